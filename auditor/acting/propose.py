"""Turns findings into proposed corrections, from what the run knew; nothing is read or written outside.

A finding gets a proposal when its check names an action, the correction can be written completely, and no earlier
proposal for the same difference is still alive. Where something is missing (an unmapped carrier, nothing left to
ship) there is no proposal, and the reason is given so that a person sees what to do first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor.acting.action import Action, ActionState
from auditor.acting.tracking import push_tracking
from auditor.model import Finding
from auditor.store.connection import Connection

PROPOSER = "auditor"


@dataclass(frozen=True, slots=True)
class NotProposed:
    """Why a finding got no proposal."""

    finding_id: str
    reason: str


def propose(
    con: Connection, findings: Iterable[Finding], kinds: dict[str, str], at: datetime
) -> tuple[list[Action], list[NotProposed]]:
    """Proposals for findings whose check names an action.

    con:   a run's workspace (canonical.*, setting.*).
    kinds: check id -> kind of action.
    """
    proposals: list[Action] = []
    refused: list[NotProposed] = []
    for finding in findings:
        builder = _BUILDERS.get(kinds.get(finding.check_id, ""))
        if builder is None:
            continue
        built = builder(con, finding)
        if isinstance(built, str):
            refused.append(NotProposed(finding.finding_id, built))
            continue
        payload, before = built
        proposals.append(_action(finding, kinds[finding.check_id], payload, before, at))
    return proposals, refused


def _action(finding: Finding, kind: str, payload: dict[str, Any], before: dict[str, Any], at: datetime) -> Action:
    # The key names the effect, not the request: the same difference always gets the same key.
    key = f"{finding.channel}:{finding.check_id}:{finding.subject_id}:{finding.signature}"
    return Action(
        action_id=hashlib.sha256(f"{key}:{at.isoformat()}".encode()).hexdigest()[:12],
        kind=kind,
        finding_id=finding.finding_id,
        channel=finding.channel,
        state=ActionState.PROPOSED,
        idempotency_key=hashlib.sha256(key.encode()).hexdigest()[:32],
        payload=payload,
        before=before,
        answer=None,
        money=finding.money_at_risk,
        currency=finding.currency,
        proposed_by=PROPOSER,
        proposed_at=at,
    )


_BUILDERS = {"push_tracking": push_tracking}
