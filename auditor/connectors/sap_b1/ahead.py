"""Runs iterators ahead of their consumer, so that B1 answers the next page while the last one is stored."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from queue import Queue
from typing import Generic, TypeVar

Element = TypeVar("Element")
AHEAD = 2


class _End:
    """A source has ended, with this error or well."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def run_ahead(sources: Sequence[Iterator[Element]]) -> Iterator[Element]:
    """The elements of all sources as they come, each source running in a thread of its own.

    The first error of a source is raised here. When the consumer stops early, the sources end after the element at
    which they are, and nothing keeps running.
    """
    yield from _Ahead(sources).elements()


class _Ahead(Generic[Element]):
    def __init__(self, sources: Sequence[Iterator[Element]]) -> None:
        self._box: Queue[Element | _End] = Queue(maxsize=AHEAD * len(sources))
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(source,), name="b1-read") for source in sources]

    def elements(self) -> Iterator[Element]:
        for thread in self._threads:
            thread.start()
        running = len(self._threads)
        try:
            while running:
                element = self._box.get()
                if not isinstance(element, _End):
                    yield element
                    continue
                running -= 1
                if element.error is not None:
                    raise element.error
        finally:
            self._stop.set()
            while running and any(thread.is_alive() for thread in self._threads):
                running -= isinstance(self._box.get(), _End)
            for thread in self._threads:
                thread.join()

    def _run(self, source: Iterator[Element]) -> None:
        error: BaseException | None = None
        try:
            for element in source:
                if self._stop.is_set():
                    break
                self._box.put(element)
        except BaseException as raised:
            # Not swallowed: it is raised where the elements are consumed.
            error = raised
        self._box.put(_End(error))
