"""What a run of a check gives: an outcome per check and channel, and a candidate for each row it returned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from auditor.model.owner import Owner
from auditor.model.severity import Severity

B1 = "b1"
"""The system name of SAP Business One; others are a channel's id, '<channel>.settlements' and 'bank'."""


@dataclass(frozen=True, slots=True)
class Feed:
    """How one stream of one system stands at the moment of a run.

    channel:          whose tables it fills; None for what speaks for the whole company (B1, the bank)
    watermark:        newest source time read completely; None when it was never read completely
    last_status:      of the newest attempt that ended: complete | incomplete | failed; None when there was none
    failing_since:    when the oldest of the latest unbroken row of unsuccessful attempts ended
    """

    system: str
    stream: str
    cadence: timedelta
    tables: tuple[str, ...] = ()
    watermark: datetime | None = None
    last_status: str | None = None
    last_reason: str | None = None
    last_finished_at: datetime | None = None
    failing_since: datetime | None = None
    channel: str | None = None

    @property
    def is_complete(self) -> bool:
        """The newest attempt read everything."""
        return self.last_status == "complete"

    @property
    def name(self) -> str:
        """`b1 orders`: what people read."""
        return f"{self.system} {self.stream}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of a check: something that is wrong unless it is explained, muted or accepted.

    The first block comes from the check's SELECT; the second is added on the way to the finding life cycle.
    `measure` says how expected, actual and difference read: 'money', 'quantity' or 'text'.
    """

    check_id: str
    channel: str
    subject_id: str
    money_at_risk: Decimal
    currency: str | None = None
    expected: str | None = None
    actual: str | None = None
    difference: str | None = None
    measure: str = "money"
    occurred_at: datetime | None = None
    source_updated_at: datetime | None = None
    deadline_at: datetime | None = None
    cause: str | None = None
    parent_check: str | None = None
    parent_subject_id: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    area: str = ""
    subject: str = ""
    owner: Owner = Owner.INT
    severity: Severity = Severity.LOW
    muted_by: tuple[str, ...] = ()
    parent_id: str | None = None
    inhibited_by: str | None = None
    explanation: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    held: str | None = None
    """Why its finding may not open yet, one sentence; None: nothing holds it."""


class Verdict(StrEnum):
    """What a check said about a channel."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not_judged"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """The result of one check on one channel (or one system, for checks that judge systems).

    reason: one sentence; set when it was not judged or is broken, else None
    as_of:  up to when the data behind it is complete; set when it was judged
    """

    check_id: str
    channel: str
    verdict: Verdict
    reason: str | None = None
    as_of: datetime | None = None
    candidates: tuple[Candidate, ...] = ()
    consecutive: int = 1
    duration_ms: int = 0

    @property
    def is_judged(self) -> bool:
        """Only a judged outcome may open, change or resolve findings."""
        return self.verdict in (Verdict.PASSED, Verdict.FAILED)
