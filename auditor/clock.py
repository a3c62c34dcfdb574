"""The only place that reads the wall clock. Every stage gets its clock passed in.

Instants are naive `datetime` values in UTC throughout the program and the store; a time zone appears only where
a person reads a time or where a business day is meant.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class Clock(Protocol):
    def now(self) -> datetime:
        """The current instant, naive UTC."""

    def monotonic(self) -> float:
        """Seconds that only move forward; for deadlines and durations."""

    def sleep(self, seconds: float) -> None:
        """Wait; a simulated clock only moves."""


class SystemClock:
    """The real clock."""

    def now(self) -> datetime:
        return datetime.now(UTC).replace(tzinfo=None)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


class FixedClock:
    """A clock that moves only when told, so that a year can be simulated in seconds."""

    def __init__(self, now: datetime) -> None:
        self._now = to_utc(now)
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=max(0.0, seconds)))

    def advance(self, by: timedelta) -> None:
        self._now += by
        self._elapsed += by.total_seconds()


class ShiftedClock(SystemClock):
    """The real clock with an offset: lets a demo or a test live on another day while time still passes."""

    def __init__(self, offset: timedelta) -> None:
        self._offset = offset

    def now(self) -> datetime:
        return super().now() + self._offset


def to_utc(moment: datetime) -> datetime:
    """Naive UTC from any datetime; a naive one is taken as UTC already."""
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The business day of an instant in the company's zone."""
    return moment.replace(tzinfo=UTC).astimezone(zone).date()


def to_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """An instant as people in `zone` read it (aware)."""
    return moment.replace(tzinfo=UTC).astimezone(zone)


def from_zone(local: datetime, zone: ZoneInfo) -> datetime:
    """Naive UTC from a wall-clock time in `zone`; of an hour that occurs twice, the first is meant."""
    return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def iso(moment: datetime) -> str:
    """`2026-03-02T12:00:00Z`, with fractions only when there are any."""
    return moment.isoformat() + "Z"


def is_iso(text: str) -> bool:
    """Whether a text is an instant as `iso` writes it."""
    return _ISO.fullmatch(text) is not None


def is_business_day(day: date, holidays: Collection[date] = ()) -> bool:
    """Whether people work on a day: not on Saturdays, Sundays and the company's holidays."""
    return day.weekday() < 5 and day not in holidays


def add_business_days(day: date, count: int, holidays: Collection[date] = ()) -> date:
    """`count` working days later."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_business_day(day, holidays)
    return day
