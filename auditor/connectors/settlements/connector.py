"""The settlement files of a channel as a connector: streams in, records out. Nothing is read before it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from auditor.clock import Clock
from auditor.connectors.base import Call, Diagnosis, Page, Stream, Window
from auditor.connectors.drop_folder import DropFolder
from auditor.connectors.settlements.book import Book
from auditor.connectors.settlements.diagnose import diagnose
from auditor.connectors.settlements.recognise import understand
from auditor.connectors.settlements.report import Report
from auditor.connectors.settlements.streams import CANNOT_TELL, streams_of
from auditor.connectors.shelf import Look, Shelf
from auditor.errors import ConfigError, UsageError
from auditor.settings import Channel, Settings


class SettlementsConnector:
    """Implements `Connector` over the files that `channel.settlements`, one glob, matches."""

    def __init__(self, settings: Settings, channel: Channel, clock: Clock) -> None:
        if not channel.settlements:
            raise ConfigError(
                f"The channel '{channel.id}' names no settlement files; set settlements to a pattern such as "
                f"'settlements/{channel.id}/*.csv'."
            )
        self.system = f"{channel.id}.settlements"
        self.channel = channel
        zone = settings.company.zone
        folder = DropFolder(settings.folder, channel.settlements, clock)
        self._shelf: Shelf[Report] = Shelf(
            self.system, folder, lambda content: understand(content, zone), package=Path(__file__).parent, settings=zone
        )
        self._streams = streams_of(channel)

    @property
    def channel_id(self) -> str:
        return self.channel.id

    @property
    def cannot_tell(self) -> Mapping[str, str]:
        return CANNOT_TELL

    @property
    def streams(self) -> Sequence[Stream]:
        return self._streams

    @property
    def shape_file(self) -> Path:
        return Path(__file__).with_name("shape.sql")

    def shape_parameters(self) -> dict[str, object]:
        return {"channel": self.channel.id}

    def read(self, stream: Stream, window: Window) -> Iterator[Page]:
        """All files, whatever the window: a file tells of days that may be long past when it is dropped."""
        return self._shelf.pages(window.known_files, partial(self._pages, stream))

    def files_read(self) -> frozenset[str]:
        return self._shelf.proved

    def look_up(self, stream: Stream, keys: Sequence[str]) -> Page:
        wanted = set(keys)
        look = self._shelf.look(may_move=False)
        return [record for page in self._pages(stream, look) for record in page if record.key in wanted]

    def diagnose(self) -> Iterator[Diagnosis]:
        return diagnose(self.system, self._shelf)

    def calls(self) -> Sequence[Call]:
        return ()

    def close(self) -> None:
        """There is nothing to close."""

    def _pages(self, stream: Stream, look: Look[Report]) -> Iterator[Page]:
        book = Book(self.system, self._shelf, look)
        match stream.name:
            case "payouts":
                yield [payout.record() for payout in book.payouts()]
            case "payout_lines":
                yield from book.lines()
            case _:
                raise UsageError(f"{self.system}: there is no stream '{stream.name}'.")
