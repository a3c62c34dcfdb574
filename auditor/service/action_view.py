"""How corrections look from outside, the same over HTTP and on the command line."""

from __future__ import annotations

from typing import Any

from auditor.acting import ledger
from auditor.acting.action import Action, ActionState
from auditor.clock import iso
from auditor.errors import UsageError
from auditor.money import plain
from auditor.service.office import Office


def listed_actions(office: Office, state: str | None) -> list[dict[str, Any]]:
    """Corrections, all or of one state. Raises `UsageError` for a state that there is not."""
    if state and state not in list(ActionState):
        raise UsageError(f"'{state}' is not a state of a correction; known are: {', '.join(ActionState)}.")
    listed = office.store.read(lambda con: ledger.listed(con, [state] if state else None))
    return [action_json(action) for action in listed]


def action_json(action: Action) -> dict[str, Any]:
    """A correction with all that is known of it but its events."""
    shown: dict[str, Any] = {
        "action_id": action.action_id,
        "kind": action.kind,
        "finding_id": action.finding_id,
        "channel": action.channel,
        "state": action.state.value,
        "payload": action.payload,
        "before": action.before,
        "answer": action.answer,
        "money": plain(action.money),
        "currency": action.currency,
        "proposed_by": action.proposed_by,
        "approved_by": action.approved_by,
    }
    for name in ("proposed_at", "approved_at", "sent_at", "finished_at"):
        moment = getattr(action, name)
        shown[name] = None if moment is None else iso(moment)
    return shown


def events_json(office: Office, action_id: str) -> list[dict[str, Any]]:
    """What happened to a correction, in order."""
    return [
        {"happened_at": iso(event.at), "state": event.state, "actor": event.actor, "reason": event.reason}
        for event in office.store.read(lambda con: ledger.events(con, action_id))
    ]
