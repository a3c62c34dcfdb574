"""Several calls at once: what belongs to an order can only be asked order by order, and each call takes its time.

Whichever way a piece of work ends, nothing of it keeps running: what has begun is waited for, the rest is dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")

# As many calls under way as the client keeps connections for, less one for whoever looks something up.
AT_ONCE = 8


class Workers:
    """Threads that are started with the first work and end with `close`. Work must not wait for other work."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def map(self, work: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
        """Results in the order of the items. The first error is raised."""
        futures = [self._threads().submit(work, item) for item in items]
        try:
            return [future.result() for future in futures]
        finally:
            _end(futures)

    def ahead(self, pages: Iterator[Made]) -> Iterator[Made]:
        """The elements of an iterator, the next of which is fetched while the last is dealt with."""
        end = object()
        waiting = self._threads().submit(next, pages, end)
        try:
            while (page := waiting.result()) is not end:
                waiting = self._threads().submit(next, pages, end)
                yield page  # type: ignore[misc]  # everything but `end` is an element
        finally:
            _end([waiting])

    def close(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="bigcommerce")
            return self._pool


def _end(futures: list[Future[Any]]) -> None:
    for future in futures:
        future.cancel()
    wait(futures)
