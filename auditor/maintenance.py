"""Hours in which a system is closed, as auditor.toml tells them, and how much time is left without them.

A closed system can neither be read nor written to, so what waits for it is not late: promises count the hours in which
everything was open. Hours are written in the company's time and handled as instants (UTC).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, get_args
from zoneinfo import ZoneInfo

from auditor.clock import from_zone, local_day
from auditor.settings import Maintenance, Weekday

_WEEK = get_args(Weekday)
_DAY = timedelta(days=1)
_ZERO = timedelta()


class Closing(NamedTuple):
    """A stretch of time in which a system is closed (UTC)."""

    closed_at: datetime
    opened_at: datetime


def closings_of(maintenance: Maintenance, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Closing]:
    """Those that touch a stretch of time (UTC), the oldest first."""
    for closes, opens in _stretches(maintenance, local_day(since, zone) - _DAY, local_day(until, zone)):
        closing = Closing(from_zone(closes, zone), from_zone(opens, zone))
        if closing.closed_at < until and closing.opened_at > since:
            yield closing


def _stretches(maintenance: Maintenance, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """As the company reads them, those that begin on these days."""
    closes, opens = maintenance.closes, maintenance.opens
    if isinstance(closes, datetime) and isinstance(opens, datetime):
        yield closes, opens
    elif isinstance(closes, time) and isinstance(opens, time):
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
            if maintenance.days is None or _WEEK[day.weekday()] in maintenance.days:
                yield datetime.combine(day, closes), datetime.combine(day if opens > closes else day + _DAY, opens)


def merged(closings: Iterable[Closing]) -> list[Closing]:
    """The same stretches without overlaps, the oldest first; those that touch are one."""
    found: list[Closing] = []
    for closing in sorted(closings):
        if found and closing.closed_at <= found[-1].opened_at:
            found[-1] = Closing(found[-1].closed_at, max(found[-1].opened_at, closing.opened_at))
        else:
            found.append(closing)
    return found


def closed_between(closings: Sequence[Closing], since: datetime, until: datetime) -> timedelta:
    """How much of a stretch of time was closed; `closings` are merged."""
    return sum(
        (max(_ZERO, min(until, closing.opened_at) - max(since, closing.closed_at)) for closing in closings),
        _ZERO,
    )


def held_back(closings: Sequence[Closing], moment: datetime, catching_up: timedelta) -> datetime:
    """The moment by a clock that stands while it is closed and, for `catching_up` after that, is late by as much.

    What had `catching_up` open hours or less to arrive is then late by that clock exactly when it is late by open
    hours. `closings` are merged.
    """
    for closing in reversed(closings):
        if closing.closed_at < moment < closing.opened_at + catching_up:
            moment = closing.closed_at + max(_ZERO, moment - closing.opened_at)
    return moment
