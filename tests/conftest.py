"""What holds for all tests."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Five thousand tests are objects that stay; without this the collector walks over them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
