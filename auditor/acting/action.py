"""One correction and where it stands.

    proposed -> approved -> intent -> sent -> confirmed -> verified | failed_to_fix
                    |          |        |-> rejected
                    |          |        '-> unknown -> (probe) confirmed | approved again | needs_human
                    '-> refused (what was read when it was proposed has changed)

Only a probe leads out of `unknown`. `needs_human` and `failed_to_fix` are ends that somebody sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class ActionState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    INTENT = "intent"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    VERIFIED = "verified"
    FAILED_TO_FIX = "failed_to_fix"
    NEEDS_HUMAN = "needs_human"


ENDED = frozenset(
    {
        ActionState.REJECTED,
        ActionState.REFUSED,
        ActionState.WITHDRAWN,
        ActionState.VERIFIED,
        ActionState.FAILED_TO_FIX,
        ActionState.NEEDS_HUMAN,
    }
)

_NEXT: dict[ActionState, frozenset[ActionState]] = {
    ActionState.PROPOSED: frozenset({ActionState.APPROVED, ActionState.REJECTED, ActionState.WITHDRAWN}),
    ActionState.APPROVED: frozenset({ActionState.INTENT, ActionState.REFUSED, ActionState.WITHDRAWN}),
    ActionState.INTENT: frozenset({ActionState.SENT, ActionState.UNKNOWN}),
    ActionState.SENT: frozenset({ActionState.CONFIRMED, ActionState.REJECTED, ActionState.UNKNOWN}),
    ActionState.UNKNOWN: frozenset({ActionState.CONFIRMED, ActionState.APPROVED, ActionState.NEEDS_HUMAN}),
    ActionState.CONFIRMED: frozenset({ActionState.VERIFIED, ActionState.FAILED_TO_FIX}),
}


def may_follow(before: ActionState, after: ActionState) -> bool:
    """Whether `after` is a legal next state."""
    return after in _NEXT.get(before, frozenset())


@dataclass(frozen=True, slots=True)
class Action:
    """A correction as stored. `payload` is what will be written, `before` what was read when it was proposed."""

    action_id: str
    kind: str
    finding_id: str
    channel: str
    state: ActionState
    idempotency_key: str
    payload: dict[str, Any]
    before: dict[str, Any]
    answer: dict[str, Any] | None
    money: Decimal
    currency: str | None
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None
    sent_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActionEvent:
    """One step of a correction: who did what, when and why."""

    action_id: str
    at: datetime
    state: str
    actor: str
    reason: str | None
