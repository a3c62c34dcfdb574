"""Closed systems in a run's workspace: whose hours they are, and what is counted without them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from auditor.checking import open_hours
from auditor.checking.facts import compute_facts
from auditor.checking.open_hours import OpenHours
from auditor.matching import fill_settings
from auditor.store.connection import Connection
from tests.checking.builders import HOUR, NOON, put_extract, store
from tests.workspace import CHANNEL, insert, settings

NIGHT = {"system": "b1", "closes": "02:00", "opens": "04:00"}
TUESDAY_NIGHT = {"system": CHANNEL, "closes": "03:00", "opens": "05:00", "days": ["tuesday"]}
FREEZE = {"system": "middleware", "closes": "2026-03-01 22:00", "opens": "2026-03-02 03:00"}


def test_of_a_channel_with_b1_everything_counts_that_stands_between_them() -> None:
    hours = OpenHours.of(settings(maintenance=[NIGHT, FREEZE, TUESDAY_NIGHT]), NOON)
    since = NOON - timedelta(days=1)
    lately = [closing for closing in hours.closings(("b1", CHANNEL)) if closing.opened_at > since]
    assert lately == [(datetime(2026, 3, 1, 22), datetime(2026, 3, 2, 4))]
    assert hours.closings((CHANNEL,))[-1] == (datetime(2026, 2, 24, 3), datetime(2026, 2, 24, 5))
    assert hours.closed_since("b1", since, NOON) == 2 * HOUR
    assert hours.closed_since("bank", since, NOON) == timedelta()


@pytest.mark.parametrize(("moment", "opens"), [(2, 4), (3.5, 4), (4, None), (1.5, None)])
def test_until_when_a_system_is_closed(moment: float, opens: int | None) -> None:
    at = datetime(2026, 3, 2) + moment * HOUR
    hours = OpenHours.of(settings(maintenance=[NIGHT]), at + timedelta(seconds=1))
    assert hours.closed_until("b1", at) == (None if opens is None else datetime(2026, 3, 2, opens))


def test_a_promise_of_a_day_is_caught_up_with_for_a_day() -> None:
    hours = OpenHours.of(settings(maintenance=[NIGHT]), NOON)
    both = ("b1", CHANNEL)
    assert hours.judged_until(NOON, both, CHANNEL, "order") == NOON
    assert hours.judged_until(NOON, both, CHANNEL, "refund") == NOON - 2 * HOUR
    longer = OpenHours.of(settings(maintenance=[NIGHT], channel={"grace": {"order": "9h"}}), NOON)
    assert longer.judged_until(NOON, both, CHANNEL, "order") == NOON - 2 * HOUR


def test_what_a_closed_system_answers_is_not_counted() -> None:
    zeros = dict.fromkeys(
        ("calls", "timeouts", "connection_errors", "server_errors", "throttled", "refused", "rejected", "unreadable",
         "p50_ms", "p95_ms", "bytes"), 0,
    )  # fmt: skip

    def land(con: Connection) -> None:
        put_extract(con, 1, system="b1")
        for hour, minute in ((1, 30), (1, 45), (2, 0), (3, 45), (4, 0)):
            quarter: dict[str, Any] = {"extract_id": 1, "quarter_at": datetime(2026, 3, 2, hour, minute), **zeros}
            insert(con, "raw.call_quarter", [quarter])

    company = settings(maintenance=[{**NIGHT, "closes": "01:50"}])
    with store() as opened:
        opened.write(land)
        with opened.workspace(NOON) as con:
            fill_settings(con, company)
            open_hours.fill(con, OpenHours.of(company, NOON), [CHANNEL])
            compute_facts(con, NOON, wanted={"fact.call_statistic"})
            left = con.sql("SELECT quarter_at FROM fact.call_statistic ORDER BY 1").fetchall()
    assert [at.strftime("%H:%M") for (at,) in left] == ["01:30", "04:00"]
