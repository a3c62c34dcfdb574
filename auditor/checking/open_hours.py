"""Closed systems and the promises that wait for them: up to when a check may count on what should have arrived.

`OpenHours.judged_until` holds back the moment of a judgement while a system behind it is closed and as long as it
catches up; `fill` writes what is closed into `setting.closed_hours` (each system's own hours) and
`setting.standstill` (those in which nothing can move between a channel and B1) of a run's workspace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auditor.maintenance import Closing, closed_between, closings_of, held_back, merged
from auditor.model import B1
from auditor.settings import Channel, Settings
from auditor.store.connection import Connection

MIDDLEWARE = "middleware"
LOOK_BACK = timedelta(days=60)
"""Longer than anything is compared with, and than any feed stands still unnoticed."""
AT_LEAST = timedelta(hours=1)
"""What is promised to nobody in auditor.toml has an hour, or less, of its own."""


@dataclass(frozen=True, slots=True)
class OpenHours:
    """When which system was closed during the last weeks, and how long each channel's promises are.

    closed:   by system, the oldest first, without overlaps
    promises: (channel, promise of a check's header) -> how long after an opening it is still caught up with
    """

    closed: Mapping[str, Sequence[Closing]] = field(default_factory=dict)
    promises: Mapping[tuple[str, str | None], timedelta] = field(default_factory=dict)

    @staticmethod
    def of(settings: Settings, now: datetime) -> OpenHours:
        """What auditor.toml says, up to a moment."""
        closed: dict[str, list[Closing]] = {}
        for one in settings.maintenance:
            found = closings_of(one, now - LOOK_BACK, now, settings.company.zone)
            closed[one.system] = merged([*closed.get(one.system, ()), *found])
        promises = {
            (channel.id, promise): length for channel in settings.channel for promise, length in _promises(channel)
        }
        return OpenHours(closed, promises)

    def closings(self, systems: Iterable[str]) -> list[Closing]:
        """When any of these systems was closed."""
        return merged(closing for _, closing in self.each(systems))

    def each(self, systems: Iterable[str]) -> Iterator[tuple[str, Closing]]:
        """The same with whose hours they are; between a channel and B1 stands the middleware."""
        names = set(systems)
        if B1 in names:
            names.add(MIDDLEWARE)
        yield from ((name, closing) for name in sorted(names) for closing in self.closed.get(name, ()))

    def closed_until(self, system: str, moment: datetime) -> datetime | None:
        """When a system opens that is closed at a moment."""
        closings = self.closed.get(system, ())
        return next((opened_at for closed_at, opened_at in closings if closed_at <= moment < opened_at), None)

    def closed_since(self, system: str, since: datetime, until: datetime) -> timedelta:
        """For how long a system was closed within a stretch of time."""
        return closed_between(self.closed.get(system, ()), since, until)

    def judged_until(self, moment: datetime, systems: Iterable[str], channel: str, promise: str | None) -> datetime:
        """Up to when a check on a channel may count on what these systems should have shown."""
        catching_up = self.promises.get((channel, promise), AT_LEAST)
        return held_back(self.closings(systems), moment, catching_up)


def fill(con: Connection, hours: OpenHours, channels: Iterable[str]) -> None:
    """What is closed, into the tables that `fill_settings` made."""
    for system, closings in hours.closed.items():
        _insert(con, "closed_hours", system, closings)
    for channel in (*channels, MIDDLEWARE):
        _insert(con, "standstill", channel, hours.closings((channel, B1)))


def _insert(con: Connection, table: str, name: str, closings: Sequence[Closing]) -> None:
    for closed_at, opened_at in closings:
        con.execute(
            f"INSERT INTO setting.{table} VALUES ($name, $closed_at, $opened_at)",
            {"name": name, "closed_at": closed_at, "opened_at": opened_at},
        )


def _promises(channel: Channel) -> Iterable[tuple[str | None, timedelta]]:
    grace = channel.grace
    # Levels are held against pushes up to three cadences old.
    usual = max(AT_LEAST, grace.order, grace.tracking, 3 * channel.cadence.stock)
    return (
        (None, usual),
        ("order", usual),
        ("tracking", usual),
        ("refund", max(usual, grace.refund)),
        ("payout", usual),
    )
