"""Findings as JSON values and back: amounts are decimal strings, instants ISO UTC.

`to_json(finding)` holds all that a finding is, so that `from_json` gives it back exactly; events keep it this way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from auditor.clock import iso, to_utc
from auditor.model.finding import Finding, Resolution, State
from auditor.model.owner import Owner
from auditor.model.severity import Severity
from auditor.money import decimal_of, plain

NAMES = tuple(field.name for field in fields(Finding))
_MOMENTS = ("first_seen_at", "last_seen_at", "occurred_at", "source_updated_at", "deadline_at", "as_of", "until_at",
            "action_sent_at", "resolved_at")  # fmt: skip
_AMOUNTS = ("money_at_risk", "accepted_up_to")
_ENUMS: Mapping[str, Callable[[Any], Any]] = {
    "state": State, "severity": Severity, "owner": Owner, "resolution": Resolution,
}  # fmt: skip


def to_json(finding: Finding) -> dict[str, Any]:
    """All fields of a finding as JSON values."""
    values = {name: getattr(finding, name) for name in NAMES}
    for name in _MOMENTS:
        if values[name] is not None:
            values[name] = iso(values[name])
    for name in _AMOUNTS:
        if values[name] is not None:
            values[name] = plain(values[name])
    for name in _ENUMS:
        if values[name] is not None:
            values[name] = values[name].value
    values["keys"] = dict(finding.keys)
    values["evidence"] = dict(finding.evidence)
    return values


def from_json(values: Mapping[str, Any]) -> Finding:
    """The finding that `to_json` wrote. Fields that this version does not know are left out."""
    known = {name: values[name] for name in NAMES if name in values}
    for name in _MOMENTS:
        if known.get(name) is not None:
            known[name] = moment_of(known[name])
    for name in _AMOUNTS:
        if known.get(name) is not None:
            known[name] = decimal_of(known[name])
    for name, kind in _ENUMS.items():
        if known.get(name) is not None:
            known[name] = kind(known[name])
    return Finding(**known)


def moment_of(text: str) -> datetime:
    """An instant from ISO text."""
    return to_utc(datetime.fromisoformat(text))


def report(finding: Finding) -> dict[str, Any]:
    """A finding as `auditor findings --json` prints it: the published schema, no more and no less."""

    def when(moment: datetime | None) -> str | None:
        return None if moment is None else iso(moment)

    return {
        "id": finding.finding_id,
        "check": finding.check_id,
        "area": finding.area,
        "channel": finding.channel,
        "subject": finding.subject,
        "keys": dict(finding.keys),
        "state": finding.state.value,
        "severity": finding.severity.value,
        "owner": finding.owner.value,
        "currency": finding.currency,
        "expected": finding.expected,
        "actual": finding.actual,
        "difference": finding.difference,
        "money_at_risk": plain(Decimal(finding.money_at_risk)),
        "first_seen_at": when(finding.first_seen_at),
        "last_seen_at": when(finding.last_seen_at),
        "occurred_at": when(finding.occurred_at),
        "cause": finding.cause,
        "explanation": finding.explanation,
        "evidence": dict(finding.evidence),
    }
