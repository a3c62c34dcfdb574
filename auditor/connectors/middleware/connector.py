"""The middleware's sync events as a connector.

| stream | key | what is read | proof |
|---|---|---|---|
| sync_events | event_id | every line of every dropped file, and what was posted since the last time | each line |

Who pushes alone knows what there is to tell, so nobody can ask whether something is missing. What is known for sure is
up to when we heard of anything: that is the feed's watermark, and a middleware that falls silent makes its feed stale
instead of making everything look well.

New files are read; one that tells of nothing later than was known already may stand behind another, so then all are.
Landing keeps only what is new, so a file counts once, and archiving one takes nothing back. A file with a wrong line is
set aside with a note that names it, and doctor warns until the note is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from auditor.clock import Clock
from auditor.connectors.base import Call, Diagnosis, Page, Stream, Window
from auditor.connectors.drop_folder import DropFolder
from auditor.connectors.middleware.event import SyncEvent
from auditor.connectors.middleware.event_file import EventFile, understand
from auditor.connectors.middleware.inbox import Inbox
from auditor.connectors.shelf import Look, Shelf, of_folder
from auditor.errors import ConfigError, UsageError
from auditor.settings import Settings

SYSTEM = "middleware"
STREAM = "sync_events"
INBOX = "arrived"
"""Beside the store: what was posted and has not landed yet."""


class MiddlewareConnector:
    """Implements `Connector` over the files that `middleware.events`, one glob, matches; and `Pushed`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        if settings.middleware is None:
            raise ConfigError("auditor.toml has no [middleware]; add it so that sync events are taken.")
        self.system = SYSTEM
        self.stream = Stream(STREAM, ("sync_event",), settings.middleware.cadence)
        self.channels = tuple(channel.id for channel in settings.channel)
        self._newest: datetime | None = None
        self._inbox = Inbox(settings.store_path.parent / INBOX)
        self._taken: list[Path] = []
        self._shelf: Shelf[EventFile] | None = None
        if settings.middleware.events is not None:
            folder = DropFolder(settings.folder, settings.middleware.events, clock)
            self._shelf = Shelf(
                SYSTEM,
                folder,
                lambda content: understand(content, self.channels),
                package=Path(__file__).parent,
                settings=self.channels,
            )

    @property
    def channel_id(self) -> None:
        return None

    @property
    def cannot_tell(self) -> Mapping[str, str]:
        return {}

    @property
    def streams(self) -> Sequence[Stream]:
        return (self.stream,)

    @property
    def shape_file(self) -> Path:
        return Path(__file__).with_name("shape.sql")

    def shape_parameters(self) -> dict[str, object]:
        return {}

    def read(self, stream: Stream, window: Window) -> Iterator[Page]:
        """New files, whatever the window: what is dropped today may tell of yesterday."""
        if stream.name != STREAM:
            raise UsageError(f"{self.system}: there is no stream '{stream.name}'.")
        self._newest, self._taken = None, []
        look = self._new(window) if self._shelf else None
        if look:
            yield from self._dropped(look)
        yield from self._posted()
        if self._shelf and look:
            self._shelf.prove(look)

    def files_read(self) -> frozenset[str]:
        return self._shelf.proved if self._shelf else frozenset()

    def take(self, events: Iterable[SyncEvent]) -> None:
        """Keep events that were posted until the next reading lands them."""
        self._inbox.keep(events)

    def heard_until(self, window: Window) -> datetime | None:
        """The latest moment that any event told of, those of earlier readings included; never in the future."""
        heard = [moment for moment in (window.since, self._newest) if moment is not None]
        return min(max(heard), window.cut_off) if heard else None

    def landed(self) -> None:
        self._inbox.forget(self._taken)
        self._taken = []

    def look_up(self, stream: Stream, keys: Sequence[str]) -> Page:
        wanted = set(keys)
        look = self._shelf.look(may_move=False) if self._shelf else None
        pages = self._dropped(look) if look else ()
        return [record for page in pages for record in page if record.key in wanted]

    def diagnose(self) -> Iterator[Diagnosis]:
        """What lies in the folder; that events may be posted as well. It moves nothing."""
        if self._shelf is None:
            yield Diagnosis("events", "ok", "events are taken at POST /api/sync-events only; no folder is named.")
            return
        look = self._shelf.look(may_move=False)
        yield from of_folder(self._shelf, look)
        if look.taken:
            count = sum(taken.summary.count for taken in look.taken)
            newest = max((taken.summary.newest for taken in look.taken if taken.summary.newest), default=None)
            last = f"; the newest is of {newest:%Y-%m-%d %H:%M} UTC" if newest else ""
            yield Diagnosis("files", "ok", f"{len(look.taken)} file(s) with {count:,} event(s){last}.")

    def calls(self) -> Sequence[Call]:
        return ()

    def close(self) -> None:
        """There is nothing to close."""

    def _new(self, window: Window) -> Look[EventFile]:
        """The files that are not known; all of them where a new one tells of nothing later than what is known."""
        assert self._shelf is not None
        look = self._shelf.look(skip=window.known_files)
        newest = [taken.summary.newest for taken in look.taken]
        is_later = all(window.since is not None and one is not None and one > window.since for one in newest)
        return look if is_later else self._shelf.look()

    def _dropped(self, look: Look[EventFile]) -> Iterator[Page]:
        """File by file, the oldest first: of an event that comes twice the later one counts."""
        assert self._shelf is not None
        for taken in look.taken:
            yield self._heard(self._shelf.all_of(taken))

    def _posted(self) -> Iterator[Page]:
        for path in self._inbox.files():
            yield self._heard(self._inbox.read(path))
            self._taken.append(path)

    def _heard(self, file: EventFile) -> Page:
        if file.newest is not None and (self._newest is None or file.newest > self._newest):
            self._newest = file.newest
        return [event.record() for event in file.events]
