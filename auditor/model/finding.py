"""A finding and its events: what is stored, shown and rebuilt for any past moment.

Only `last_seen_at`, `seen_count`, `as_of` and `last_run_id` of a finding move without an event; everything else
changes together with a `FindingEvent` that carries the finding as it stood afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from auditor.model.owner import Owner
from auditor.model.severity import Severity
from auditor.money import ZERO

AUDITOR = "auditor"
"""The actor of events that no person caused."""


class State(StrEnum):
    PENDING = "pending"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    IN_ACTION = "in_action"
    AWAITING_VERIFICATION = "awaiting_verification"
    RESOLVED = "resolved"
    ACCEPTED = "accepted"
    SNOOZED = "snoozed"
    INHIBITED = "inhibited"


class Resolution(StrEnum):
    """How a finding came to be resolved, which decides what may bring it back."""

    SILENT = "silent"
    """A complete run no longer returned it."""
    VERIFIED = "verified"
    """A correction was sent and the check is silent on newer data."""
    MANUAL = "manual"
    """A person said so; only newer evidence brings it back."""
    WITHDRAWN = "withdrawn"
    """It went before it was confirmed often enough to open."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference, identified by check, channel and business key.

    expected, actual, difference: text for people; amounts are decimal text
    parent_id:      the finding that carries the money, or the common cause
    inhibited_by:   the finding that mutes this one
    as_of:          up to when the data was complete on which it was last seen
    seen_count:     consecutive complete runs, each on newer data
    accepted_up_to: the money a person accepted; above it the acceptance is void
    """

    finding_id: str
    check_id: str
    area: str
    channel: str
    subject: str
    subject_id: str
    state: State
    severity: Severity
    owner: Owner
    signature: str
    first_seen_at: datetime
    last_seen_at: datetime
    seen_count: int = 1
    last_run_id: int = 0
    keys: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    expected: str | None = None
    actual: str | None = None
    difference: str | None = None
    money_at_risk: Decimal = ZERO
    parent_id: str | None = None
    inhibited_by: str | None = None
    cause: str | None = None
    explanation: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None
    source_updated_at: datetime | None = None
    deadline_at: datetime | None = None
    as_of: datetime | None = None
    is_regressed: bool = False
    until_at: datetime | None = None
    accepted_up_to: Decimal | None = None
    action_sent_at: datetime | None = None
    resolved_at: datetime | None = None
    resolution: Resolution | None = None

    @property
    def is_active(self) -> bool:
        """Not resolved: it counts, or would count if nobody had accepted, snoozed or muted it."""
        return self.state is not State.RESOLVED


@dataclass(frozen=True, slots=True)
class FindingEvent:
    """Something happened to a finding. `run_id` is None when a person did it. `after`: the finding afterwards."""

    finding_id: str
    kind: str
    happened_at: datetime
    actor: str
    after: Finding
    run_id: int | None = None
    reason: str | None = None


def identity_of(check_id: str, channel: str, subject_id: str) -> str:
    """The identity of a finding: the same business key gives the same id in every run, on every machine."""
    return _hash(check_id, channel, subject_id)


def signature_of(expected: str | None, actual: str | None, difference: str | None) -> str:
    """Changes when the differing values change; what a person accepted was this difference and no other."""
    return _hash(expected, actual, difference)


def _hash(*parts: str | None) -> str:
    # A length before each part: no two different lists of parts give the same text.
    text = "".join("-;" if part is None else f"{len(part)}:{part};" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
