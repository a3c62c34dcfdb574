"""A dropped file of sync events: JSON lines, one event each.

In: the bytes of a file. Out: an `EventFile`. Raises `Damaged` with the first line that is wrong, `Unfinished` when the
last line is cut off: then nothing of the file counts, because nobody can tell what else is wrong with it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.connectors.drop_folder import Damaged, Unfinished
from auditor.connectors.middleware.event import NoEvent, SyncEvent, read_text

MEND = "mend the line, or take it out, and drop the file again"


@dataclass(frozen=True, slots=True)
class EventFile:
    """events is empty when only the summary is kept; count and newest stay."""

    events: tuple[SyncEvent, ...]
    count: int
    newest: datetime | None

    @property
    def produced_at(self) -> datetime | None:
        """Of an event in two files the one in the later file counts."""
        return self.newest

    def without_lines(self) -> EventFile:
        return replace(self, events=())


def understand(content: bytes, channels: Collection[str] | None) -> EventFile:
    """What a file says."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = content[: error.start].count(b"\n") + 1
        raise Damaged(wrong, "it is not UTF-8 text", "write the file as UTF-8") from None
    events: list[SyncEvent] = []
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            events.append(read_text(line, channels))
        except NoEvent as problem:
            is_cut_off = number == len(lines) and not line.rstrip().endswith("}")
            raise (Unfinished if is_cut_off else Damaged)(number, str(problem), MEND) from None
    moments = [event.newest for event in events if event.newest is not None]
    return EventFile(tuple(events), len(events), max(moments, default=None))
