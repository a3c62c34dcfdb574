"""Hours in which a system is closed: which instants they are, and what is left of time without them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.maintenance import Closing, closed_between, closings_of, held_back, merged
from auditor.settings import Maintenance

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2026, 3, 2)
HOUR = timedelta(hours=1)


def hours(closes: str, opens: str, *days: str) -> Maintenance:
    given = {"system": "b1", "closes": closes, "opens": opens, **({"days": list(days)} if days else {})}
    return Maintenance.model_validate(given)


def found(rule: Maintenance, since: datetime, until: datetime) -> list[tuple[str, str]]:
    return [(f"{a:%d %H:%M}", f"{b:%d %H:%M}") for a, b in closings_of(rule, since, until, LONDON)]


def test_an_hour_of_each_day() -> None:
    nights = found(hours("02:00", "04:00"), MONDAY, MONDAY + timedelta(days=2))
    assert nights == [("02 02:00", "02 04:00"), ("03 02:00", "03 04:00")]


def test_what_began_the_day_before_and_what_ends_the_day_after_belong_to_it() -> None:
    assert found(hours("22:00", "04:00"), MONDAY, MONDAY + 23 * HOUR) == [
        ("01 22:00", "02 04:00"), ("02 22:00", "03 04:00"),
    ]  # fmt: skip
    assert found(hours("22:00", "00:00"), MONDAY, MONDAY + HOUR) == []


def test_only_on_the_day_on_which_it_closes() -> None:
    week = found(hours("22:00", "04:00", "sunday"), MONDAY + 5 * HOUR, MONDAY + timedelta(days=7))
    assert week == [("08 22:00", "09 04:00")]


def test_once() -> None:
    rule = hours("2026-03-07 22:00", "2026-03-08T06:00")
    assert found(rule, MONDAY, MONDAY + timedelta(days=60)) == [("07 22:00", "08 06:00")]
    assert found(rule, MONDAY + timedelta(days=7), MONDAY + timedelta(days=60)) == []


def test_the_night_in_which_the_clocks_change_is_an_hour_shorter_or_longer() -> None:
    ((closed, opened),) = closings_of(hours("00:30", "04:00"), datetime(2026, 3, 29), datetime(2026, 3, 29, 12), LONDON)
    assert opened - closed == timedelta(hours=2, minutes=30)
    ((closed, opened),) = closings_of(
        hours("00:30", "04:00"), datetime(2026, 10, 25, 1), datetime(2026, 10, 25, 12), LONDON
    )
    assert opened - closed == timedelta(hours=4, minutes=30)


def test_what_overlaps_or_touches_is_one() -> None:
    at = [MONDAY + number * HOUR for number in range(8)]
    parts = [Closing(at[5], at[6]), Closing(at[0], at[3]), Closing(at[1], at[2]), Closing(at[3], at[4])]
    assert merged(parts) == [Closing(at[0], at[4]), Closing(at[5], at[6])]


# --- laws, over closings of whole minutes

STRETCHES = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 300)), max_size=6)
MINUTES = st.integers(-100, 4000)
PROMISE = timedelta(hours=2)


def closed(stretches: list[tuple[int, int]]) -> list[Closing]:
    return merged(Closing(at(start), at(start + length)) for start, length in stretches)


def at(minutes: int) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


@given(STRETCHES, MINUTES, MINUTES)
def test_closed_time_is_counted_minute_by_minute(stretches: list[tuple[int, int]], one: int, other: int) -> None:
    since, until = sorted((one, other))
    shut = {minute for start, length in stretches for minute in range(start, start + length)}
    expected = timedelta(minutes=len(shut & set(range(since, until))))
    assert closed_between(closed(stretches), at(since), at(until)) == expected


@given(STRETCHES, MINUTES, MINUTES, st.integers(0, 120))
def test_nothing_is_late_by_the_clock_that_stood_before_its_open_hours_are_over(
    stretches: list[tuple[int, int]], happened: int, now: int, promised: int
) -> None:
    shut = closed(stretches)
    open_time = at(now) - at(happened) - closed_between(shut, at(happened), at(now))
    if at(happened) + timedelta(minutes=promised) <= held_back(shut, at(now), PROMISE) and now >= happened:
        assert open_time >= timedelta(minutes=promised)


@given(STRETCHES, MINUTES, st.integers(0, 200))
def test_the_clock_never_goes_back_and_never_ahead(stretches: list[tuple[int, int]], now: int, later: int) -> None:
    shut = closed(stretches)
    before, after = held_back(shut, at(now), PROMISE), held_back(shut, at(now + later), PROMISE)
    assert before <= after <= at(now + later)


@pytest.mark.parametrize(
    ("now", "stands"),
    [
        pytest.param(60, 60, id="as it closes"),
        pytest.param(90, 60, id="closed"),
        pytest.param(180, 60, id="as it opens"),
        pytest.param(200, 80, id="twenty minutes later"),
        pytest.param(299, 179, id="almost caught up"),
        pytest.param(300, 300, id="caught up"),
    ],
)
def test_the_clock_stands_while_it_is_closed_and_is_late_until_it_has_caught_up(now: int, stands: int) -> None:
    assert held_back(closed([(60, 120)]), at(now), PROMISE) == at(stands)
