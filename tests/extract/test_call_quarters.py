"""Calls as figures: counted by what went wrong, in quarters of an hour, and kept with the extract that made them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.connectors.answer import clock_difference, sunset
from auditor.connectors.base import Call, Window
from auditor.extract.call_quarters import kind_of, quarters_of
from auditor.store import landing
from auditor.store.owner import Store

NOON = datetime(2026, 3, 2, 12)


def call(status: int | None = 200, *, at: datetime = NOON, seconds: float = 0.1, **more: Any) -> Call:
    return Call("b1", at, "GET", "/Orders", status, seconds, 100, **more)


def test_each_call_counts_for_the_quarter_of_an_hour_in_which_it_began() -> None:
    calls = [call(at=NOON + timedelta(minutes=minutes)) for minutes in (0, 14, 15, 44)]
    assert [(each.quarter_at, each.calls) for each in quarters_of(calls)] == [
        (NOON, 2),
        (NOON + timedelta(minutes=15), 1),
        (NOON + timedelta(minutes=30), 1),
    ]


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (call(), None),
        (call(None, error="Retriable", is_timeout=True), "timeouts"),
        (call(200, error="Retriable", is_timeout=True), "timeouts"),
        (call(None, error="RemoteError"), "connection_errors"),
        (call(502, error="Retriable"), "server_errors"),
        (call(429, error="Retriable"), "throttled"),
        (call(401, error="Rejected"), "refused"),
        (call(403, error="Rejected"), "refused"),
        (call(404, error="Rejected"), "rejected"),
        (call(200, error="Retriable"), "unreadable"),
    ],
)
def test_what_went_wrong_with_a_call_has_a_name(made: Call, kind: str | None) -> None:
    assert kind_of(made) == kind


def test_nineteen_of_twenty_calls_take_at_most_the_time_that_is_told() -> None:
    (quarter,) = quarters_of([call(seconds=number / 1000) for number in range(1, 21)])
    assert (quarter.p50_ms, quarter.p95_ms, quarter.bytes) == (10, 19, 2000)


def test_of_clocks_the_middle_counts_and_of_last_days_the_first() -> None:
    calls = [call(clock_difference=60.0), call(clock_difference=61.0, ends_on=date(2026, 9, 1)), call()]
    (quarter,) = quarters_of([*calls, call(clock_difference=900.0, ends_on=date(2026, 8, 1))])
    assert (quarter.clock_difference_seconds, quarter.ends_on) == (61, date(2026, 8, 1))


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("Mon, 02 Mar 2026 12:00:00 GMT", 0),
        ("Mon, 02 Mar 2026 12:00:03 GMT", 0),
        ("Mon, 02 Mar 2026 12:02:03 GMT", 120),
        ("Mon, 02 Mar 2026 11:57:59 GMT", -120),
        ("Mon, 02 Mar 2026 13:00:03 +0100", 0),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_clock_differs_only_as_far_as_the_call_cannot_explain_it(told: str, seconds: int | None) -> None:
    assert clock_difference(httpx.Headers({"date": told}), NOON, NOON + timedelta(seconds=3)) == seconds


def test_the_last_day_that_an_answer_names_is_read() -> None:
    assert sunset(httpx.Headers({"sunset": "Tue, 01 Sep 2026 00:00:00 GMT"})) == date(2026, 9, 1)
    assert sunset(httpx.Headers({})) is None


def test_the_figures_are_kept_with_an_extract_that_succeeds_and_with_one_that_fails() -> None:
    with Store.in_memory(FixedClock(NOON)) as store:
        first = landing.begin(store, "b1", "orders", Window(None, NOON), NOON)
        quarters = quarters_of([call(), call(429)])
        landing.commit(store, first, mode="delta", watermark=NOON, calls=2, at=NOON, quarters=quarters)
        second = landing.begin(store, "b1", "orders", Window(None, NOON), NOON)
        landing.abandon(store, second, "failed", "HTTP 502.", NOON, calls=1, quarters=quarters_of([call(502)]))
        kept = store.read(
            lambda con: con.sql(
                "SELECT extract_id, calls, throttled, server_errors FROM raw.call_quarter ORDER BY extract_id"
            ).fetchall()
        )
    assert kept == [(first, 2, 1, 0), (second, 1, 0, 1)]
