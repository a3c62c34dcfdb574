"""Instants are UTC, days are the company's, and the clock goes on when it is told to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.clock import (
    FixedClock,
    ShiftedClock,
    SystemClock,
    add_business_days,
    from_zone,
    is_iso,
    iso,
    local_day,
    to_utc,
    to_zone,
)

LONDON, NEW_YORK, AUCKLAND = ZoneInfo("Europe/London"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Auckland")
INSTANTS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1))
ZONES = st.sampled_from([LONDON, NEW_YORK, AUCKLAND, ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")])
DAYS = st.dates(date(2015, 1, 1), date(2035, 1, 1))


@given(INSTANTS, ZONES)
def test_an_instant_read_in_any_zone_is_the_same_instant(moment: datetime, zone: ZoneInfo) -> None:
    assert to_utc(to_zone(moment, zone)) == moment
    assert to_utc(moment) == moment
    assert local_day(moment, zone) == to_zone(moment, zone).date()


@given(INSTANTS, ZONES)
def test_a_local_time_leads_back_to_its_instant_but_for_the_hour_that_occurs_twice(
    moment: datetime, zone: ZoneInfo
) -> None:
    local = to_zone(moment, zone)
    back = from_zone(local.replace(tzinfo=None, fold=0), zone)
    assert back == (moment if not local.fold else moment - timedelta(hours=1))


def test_the_hour_that_occurs_twice_means_the_first() -> None:
    """On 25 October 2026 London's clocks go from 02:00 back to 01:00."""
    assert from_zone(datetime(2026, 10, 25, 1, 30), LONDON) == datetime(2026, 10, 25, 0, 30)
    assert (
        to_zone(datetime(2026, 10, 25, 0, 30), LONDON).hour == to_zone(datetime(2026, 10, 25, 1, 30), LONDON).hour == 1
    )


def test_the_hour_that_does_not_occur_is_no_error() -> None:
    """On 29 March 2026 London's clocks go from 01:00 to 02:00; 01:30 was written by somebody all the same."""
    assert from_zone(datetime(2026, 3, 29, 1, 30), LONDON) == datetime(2026, 3, 29, 1, 30)


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (datetime(2026, 10, 31, 23, 30), LONDON, date(2026, 10, 31)),
        (datetime(2026, 7, 31, 23, 30), LONDON, date(2026, 8, 1)),  # half past midnight in summer
        (datetime(2026, 11, 1, 3, 59), NEW_YORK, date(2026, 10, 31)),
        (datetime(2026, 10, 31, 11, 0), AUCKLAND, date(2026, 11, 1)),
    ],
)
def test_a_sale_belongs_to_the_companys_day(moment: datetime, zone: ZoneInfo, day: date) -> None:
    assert local_day(moment, zone) == day


@pytest.mark.parametrize(
    ("start", "hours"), [(datetime(2026, 3, 29), 23), (datetime(2026, 10, 25), 25), (datetime(2026, 6, 1), 24)]
)
def test_a_day_has_as_many_hours_as_the_clocks_give_it(start: datetime, hours: int) -> None:
    length = from_zone(start + timedelta(days=1), LONDON) - from_zone(start, LONDON)
    assert length == timedelta(hours=hours)


HOLIDAYS = st.frozensets(st.integers(1, 40), max_size=9)


@given(DAYS, st.integers(0, 60), HOLIDAYS)
def test_business_days_are_counted_one_by_one(day: date, count: int, off: frozenset[int]) -> None:
    holidays = {day + timedelta(days=step) for step in off}
    later = add_business_days(day, count, holidays)
    between = [day + timedelta(days=step) for step in range(1, (later - day).days + 1)]
    assert sum(each.weekday() < 5 and each not in holidays for each in between) == count
    assert not count or (later.weekday() < 5 and later not in holidays)


@given(DAYS, st.integers(0, 30), st.integers(0, 30), HOLIDAYS)
def test_waiting_twice_is_waiting_for_the_sum(day: date, first: int, second: int, off: frozenset[int]) -> None:
    holidays = {day + timedelta(days=step) for step in off}
    once = add_business_days(day, first, holidays)
    assert add_business_days(once, second, holidays) == add_business_days(day, first + second, holidays)


def test_three_business_days_after_thursday_is_tuesday() -> None:
    thursday = date(2026, 10, 22)
    assert add_business_days(thursday, 3) == date(2026, 10, 27)
    assert add_business_days(date(2026, 10, 24), 1) == date(2026, 10, 26)  # from a Saturday


@given(INSTANTS)
def test_text_of_an_instant_leads_back_to_it(moment: datetime) -> None:
    assert iso(moment).endswith("Z")
    assert to_utc(datetime.fromisoformat(iso(moment))) == moment


def test_a_moment_with_another_offset_becomes_utc() -> None:
    assert to_utc(datetime(2026, 3, 2, 12, tzinfo=timezone(timedelta(hours=2)))) == datetime(2026, 3, 2, 10)
    assert iso(datetime(2026, 3, 2, 12)) == "2026-03-02T12:00:00Z"
    assert is_iso(iso(datetime(2026, 3, 2, 12, 0, 0, 5)))
    assert not is_iso("2026-03-02")


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
    assert clock.now() == clock.now() == datetime(2026, 3, 2, 12)
    clock.sleep(90)
    clock.sleep(-5)
    clock.advance(timedelta(days=1))
    assert clock.now() == datetime(2026, 3, 3, 12, 1, 30)
    assert clock.monotonic() == 86_490


def test_a_shifted_clock_lives_on_another_day_and_time_still_passes() -> None:
    real, shifted = SystemClock(), ShiftedClock(timedelta(days=-30))
    before = real.now()
    moved = shifted.now()
    assert before - timedelta(days=30) <= moved <= real.now() - timedelta(days=30)
    assert moved.tzinfo is None
    assert shifted.now() >= moved
    started = real.monotonic()
    real.sleep(-1)
    assert real.monotonic() >= started
