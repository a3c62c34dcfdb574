"""Reading and judging make millions of objects that hold no cycles, and looking for cycles among them is dear.

A third of the time of a first load went into Python's collector, and a tenth of a judgement's. Meanwhile it looks more
rarely; what holds no cycle is freed at once all the same.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (200_000, 50, 100)
_AS_USUAL = gc.get_threshold()


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Cycles are looked for after 200,000 new objects instead of 700; afterwards as usual."""
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*_AS_USUAL)
