"""A system whose clock is wrong makes nothing late that is not: the graces grow by what its clock is off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from auditor.checking.clocks import allow_for_clocks
from auditor.matching.settings_tables import fill_settings
from auditor.store.connection import Connection
from tests.checking.builders import HOUR, NOON, put_extract, store
from tests.workspace import CHANNEL, insert, settings

Told = list[tuple[str, timedelta, int | None]]
"""System, how long before noon it answered, and by how many seconds its clock differed."""


def graces(told: Told) -> list[tuple[str, int, int, int]]:
    """Minutes by which the graces of both channels for orders, tracking and refunds have grown."""

    def answers(con: Connection) -> None:
        for number, (system, ago, seconds) in enumerate(told):
            put_extract(con, number, system=system, finished_at=NOON - ago)
            zeros = dict.fromkeys(
                ("calls", "timeouts", "connection_errors", "server_errors", "throttled", "refused", "rejected",
                 "unreadable", "p50_ms", "p95_ms", "bytes"), 0,
            )  # fmt: skip
            quarter = {"extract_id": number, "quarter_at": NOON - ago, "clock_difference_seconds": seconds, **zeros}
            insert(con, "raw.call_quarter", [quarter])

    look = (
        "SELECT channel, grace_order_minutes, grace_tracking_minutes, grace_refund_minutes FROM setting.channel "
        "ORDER BY channel"
    )
    with store() as opened:
        opened.write(answers)
        with opened.workspace(NOON) as con:
            fill_settings(con, settings({"id": "other-shop", "card_code": "C-OTHER"}))
            before = con.sql(look).fetchall()
            allow_for_clocks(con, NOON)
            after = con.sql(look).fetchall()
    return [
        (now[0], *(wide - usual for wide, usual in zip(now[1:], then[1:], strict=True)))
        for now, then in zip(after, before, strict=True)
    ]


@pytest.mark.parametrize(
    ("told", "own", "other"),
    [
        pytest.param([], 0, 0, id="nobody answered"),
        pytest.param([(CHANNEL, HOUR, None)], 0, 0, id="the answer had no time on it"),
        pytest.param([(CHANNEL, HOUR, 60)], 0, 0, id="a minute is allowed"),
        pytest.param([(CHANNEL, HOUR, 61)], 2, 0, id="a second more is begun as a minute"),
        pytest.param([(CHANNEL, HOUR, -300), (CHANNEL, HOUR / 2, -290)], 5, 0, id="slow, in all answers"),
        pytest.param([(CHANNEL, HOUR, -300), (CHANNEL, HOUR / 2, 290)], 0, 0, id="nobody knows"),
        pytest.param([(CHANNEL, 5 * HOUR, 300), (CHANNEL, HOUR / 2, 1)], 0, 0, id="it was put right since"),
        pytest.param([("b1", HOUR, 120)], 2, 2, id="B1 dates the documents of every channel"),
        pytest.param([("b1", HOUR, 120), (CHANNEL, HOUR, -180)], 5, 2, id="both, each in its own way"),
        pytest.param([(CHANNEL, -HOUR, 300)], 0, 0, id="nobody knew of it yet"),
    ],
)
def test_what_a_clock_is_off_is_added_to_the_graces(told: Told, own: int, other: int) -> None:
    assert graces(told) == [("other-shop", other, other, other), (CHANNEL, own, own, own)]
