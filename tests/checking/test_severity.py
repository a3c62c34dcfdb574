"""Severity is the worst of base, money and clock."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from auditor.checking.severity import by_clock, on_ladder, severity_of
from auditor.model import Severity
from tests.checking.builders import HOUR, NOON


@pytest.mark.parametrize(
    ("amount", "currency", "severity"),
    [
        ("0", "GBP", Severity.INFO),
        ("9.99", "GBP", Severity.INFO),
        ("10", "GBP", Severity.LOW),
        ("99.99", "GBP", Severity.LOW),
        ("100", "GBP", Severity.MEDIUM),
        ("1000", "GBP", Severity.HIGH),
        ("9999.99", "GBP", Severity.HIGH),
        ("10000", "GBP", Severity.CRITICAL),
        ("1000", "JPY", Severity.LOW),
        ("10", None, Severity.LOW),
    ],
)
def test_the_ladder_steps_exactly_on_its_amounts(amount: str, currency: str | None, severity: Severity) -> None:
    assert on_ladder(Decimal(amount), currency) is severity


@pytest.mark.parametrize(
    ("before_deadline", "can_be_saved", "severity"),
    [
        (3 * HOUR, True, Severity.INFO),
        (2 * HOUR, True, Severity.INFO),
        (2 * HOUR - timedelta(seconds=1), True, Severity.HIGH),
        (timedelta(0), True, Severity.CRITICAL),
        (-HOUR, True, Severity.CRITICAL),
        (-HOUR, False, Severity.HIGH),
    ],
)
def test_the_clock_runs_towards_a_deadline(before_deadline: timedelta, can_be_saved: bool, severity: Severity) -> None:
    assert by_clock(NOON + before_deadline, NOON, can_be_saved=can_be_saved) is severity


def worst(base: Severity, money: str, *, has_ladder: bool = True, hours: int | None = None) -> Severity:
    deadline = None if hours is None else NOON + hours * HOUR
    return severity_of(
        base, Decimal(money), "GBP", has_ladder=has_ladder, deadline_at=deadline, now=NOON, can_be_saved=True
    )


def test_the_worst_of_the_three_counts() -> None:
    assert worst(Severity.MEDIUM, "5") is Severity.MEDIUM
    assert worst(Severity.LOW, "5000") is Severity.HIGH
    assert worst(Severity.LOW, "5", hours=1) is Severity.HIGH
    assert worst(Severity.INFO, "5000", has_ladder=False) is Severity.INFO
