"""The readings of one system's streams: each in its turn, and what the provider has to prepare asked for early.

A provider takes minutes to prepare an answer (a bulk operation, an export), and it prepares several at once. So these
are asked for together, and the turns of the streams come while they are being prepared. A window ends when it is asked
for: what changes later belongs to the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import structlog

from auditor.connectors.base import Connector, Page, Stream, Window
from auditor.errors import AuditorError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    window: Window
    pages: Iterator[Page]


class Readings:
    """Keeps what was asked for early until its turn. window_of: the window that a stream gets when it is asked for."""

    def __init__(self, connector: Connector, window_of: Callable[[Stream], Window]) -> None:
        self._connector = connector
        self._window_of = window_of
        self._asked: dict[str, _Asked] = {}

    def ask(self, streams: Sequence[Stream]) -> None:
        """Asks for those of these streams that the provider prepares.

        Where one cannot be asked for, it and the rest wait for their turns, which meet the reason again and tell it.
        """
        for stream in streams:
            if not stream.is_prepared:
                continue
            window = self._window_of(stream)
            try:
                self._asked[stream.name] = _Asked(window, self._connector.read(stream, window))
            except AuditorError as error:
                log.info("not_asked_early", system=self._connector.system, stream=stream.name, reason=str(error))
                return

    def window(self, stream: Stream) -> Window:
        """Of a stream whose turn it is."""
        asked = self._asked.get(stream.name)
        return self._window_of(stream) if asked is None else asked.window

    def pages(self, stream: Stream, window: Window) -> Iterator[Page]:
        """All records of the window. Raises what `Connector.read` does."""
        asked = self._asked.pop(stream.name, None)
        return self._connector.read(stream, window) if asked is None else asked.pages
