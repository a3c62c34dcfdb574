"""`fact.payout_sum`: each payout beside its lines, the day it was issued and the moment it should be in the books.

Working days are counted in the company's zone.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from auditor.checking.facts.frames import insert_rows
from auditor.checking.facts.statements import run
from auditor.clock import add_business_days, from_zone, local_day
from auditor.store.connection import Connection


def sum_payouts(con: Connection) -> None:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE payout_day (channel VARCHAR, payout_id VARCHAR, issued_on DATE, due_at TIMESTAMP)"
    )
    payouts = con.sql(
        "SELECT p.channel, p.payout_id, p.issued_at, c.timezone, c.grace_payout_days FROM canonical.payout AS p "
        "JOIN setting.channel AS c ON c.channel = p.channel WHERE p.issued_at IS NOT NULL"
    ).fetchall()
    holidays = read_holidays(con)
    insert_rows(
        con,
        "payout_day",
        [
            (channel, payout_id, *due(issued_at, ZoneInfo(zone), days, holidays))
            for channel, payout_id, issued_at, zone, days in payouts
        ],
    )
    run(con, "payout_sums")


def read_holidays(con: Connection) -> frozenset[date]:
    """The company's days off, from `setting.holiday`."""
    return frozenset(day for (day,) in con.sql("SELECT day FROM setting.holiday").fetchall())


def due(issued_at: datetime, zone: ZoneInfo, days: int, holidays: Collection[date] = ()) -> tuple[date, datetime]:
    """The day of issue, and the first moment of the working day on which a posting is due."""
    issued_on = local_day(issued_at, zone)
    return issued_on, from_zone(datetime.combine(add_business_days(issued_on, days, holidays), time()), zone)
