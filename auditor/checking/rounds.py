"""Two rounds of judging: first every check on what was read, then the checks that speak of what the findings leave.

A close control asks whether findings explain a difference, or how much of them was accepted, so it can only be judged
when the others have spoken. Between the rounds the findings are carried on as this run will leave them (nothing of it
is kept), and two tables of the workspace are filled from them:

| table | what it holds |
|---|---|
| fact.standing | every finding that is not resolved, with its state, its money and what it is about |
| fact.tieout | revenue and VAT of both sides per channel and month, and what of the difference nothing explains |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from auditor.checking import tieout
from auditor.checking.feeds import Feeds
from auditor.checking.library import Library
from auditor.checking.life_cycle import advance
from auditor.checking.money_once import weigh
from auditor.checking.policy import Policy
from auditor.checking.runner import TIME_LIMIT, run_checks
from auditor.clock import Clock, local_day
from auditor.model import CheckOutcome, Finding
from auditor.store.connection import Connection, shown


def run_rounds(
    con: Connection,
    library: Library,
    channels: Sequence[str],
    feeds: Feeds,
    policy: Policy,
    *,
    previous: Mapping[str, Finding],
    now: datetime,
    clock: Clock,
    time_limit: float = TIME_LIMIT,
) -> list[CheckOutcome]:
    """The outcome of every check on every channel it judges, neither weighed nor explained, in the library's order.

    previous: findings so far, by id; those of which no check of this run speaks stand as they stood.
    """

    def run(checks: Library) -> list[CheckOutcome]:
        return run_checks(con, checks, channels, feeds, policy, now=now, clock=clock, time_limit=time_limit)

    late = Library(check for check in library if check.header.after_findings)
    if not len(late):
        return run(library)
    outcomes = run(Library(check for check in library if not check.header.after_findings))
    explainers = {check.check_id for check in library if check.header.explains}
    fill(con, late, standing(previous, weigh(outcomes, previous, explainers), now))
    return sorted([*outcomes, *run(late)], key=lambda outcome: outcome.check_id)


def standing(previous: Mapping[str, Finding], outcomes: Sequence[CheckOutcome], now: datetime) -> list[Finding]:
    """All findings that are not resolved, as these outcomes leave them. outcomes: weighed."""
    moved = {finding.finding_id: finding for finding, _ in advance(previous, outcomes, now, 0)}
    return [finding for finding in (dict(previous) | moved).values() if finding.is_active]


def fill(con: Connection, late: Library, findings: Sequence[Finding]) -> None:
    """Fill the tables that these checks read. Needs `compute_facts` with what they read."""
    wanted = {table for check in late for table in check.header.reads}
    zone = ZoneInfo(con.sql("SELECT coalesce(min(timezone), 'UTC') FROM setting.channel").fetchall()[0][0])
    if "fact.standing" in wanted:
        # What a proof has planted stays.
        con.execute("DELETE FROM fact.standing WHERE is_judged")
        with shown(con, "standing_findings", _table(findings, zone)):
            con.execute("INSERT INTO fact.standing BY NAME SELECT *, TRUE AS is_judged FROM standing_findings")
    if "fact.tieout" in wanted:
        tieout.fill(con, findings, zone)


def _table(findings: Sequence[Finding], zone: ZoneInfo) -> pl.DataFrame:
    """The findings as columns of `fact.standing`."""
    text: dict[str, list[str | None]] = {
        "finding_id": [one.finding_id for one in findings],
        "check_id": [one.check_id for one in findings],
        "area": [one.area for one in findings],
        "channel": [one.channel for one in findings],
        "state": [one.state.value for one in findings],
        "currency": [one.currency for one in findings],
        "period": [_period(one, zone) for one in findings],
        **{key: [one.keys.get(key) for one in findings] for key in ("order_id", "refund_id", "payout_id")},
    }
    return pl.DataFrame(
        {
            **text,
            "money_at_risk": [one.money_at_risk for one in findings],
            "until_at": [one.until_at for one in findings],
        },
        {**dict.fromkeys(text, pl.String()), "money_at_risk": pl.Decimal(19, 6), "until_at": pl.Datetime("us")},
    )


def _period(finding: Finding, zone: ZoneInfo) -> str:
    """The company's month in which it happened, as on the bridge."""
    return f"{local_day(finding.occurred_at or finding.first_seen_at, zone):%Y-%m}"
