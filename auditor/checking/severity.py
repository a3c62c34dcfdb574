"""Severity of a finding: the worst of the check's base, the ladder on its money at risk, and the SLA clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from auditor.model import Severity
from auditor.money import minor_unit

LADDER = (
    (Decimal(10), Severity.INFO),
    (Decimal(100), Severity.LOW),
    (Decimal(1_000), Severity.MEDIUM),
    (Decimal(10_000), Severity.HIGH),
)
"""Below each amount the severity beside it; from the last amount on, critical."""

SOON = timedelta(hours=2)


def severity_of(
    base: Severity,
    money: Decimal,
    currency: str | None,
    *,
    has_ladder: bool,
    deadline_at: datetime | None,
    now: datetime,
    can_be_saved: bool,
) -> Severity:
    """max(base, ladder, clock).

    has_ladder:   False for checks whose severity does not follow the money
    can_be_saved: after the deadline something can still be done (the check has a correction)
    """
    found = [base]
    if has_ladder:
        found.append(on_ladder(money, currency))
    if deadline_at is not None:
        found.append(by_clock(deadline_at, now, can_be_saved=can_be_saved))
    return max(found)


def on_ladder(money: Decimal, currency: str | None) -> Severity:
    """The severity of an amount. The steps are in hundreds of minor units, so that 1,000 yen are no emergency."""
    scale = minor_unit(currency or "") * 100
    for step, severity in LADDER:
        if money < step * scale:
            return severity
    return Severity.CRITICAL


def by_clock(deadline_at: datetime, now: datetime, *, can_be_saved: bool) -> Severity:
    """Info long before the deadline, high when it is near, critical after it while something can still be done."""
    if now >= deadline_at:
        return Severity.CRITICAL if can_be_saved else Severity.HIGH
    return Severity.HIGH if deadline_at - now < SOON else Severity.INFO
