"""Reads and writes corrections in audit.action and audit.action_event; the events are never changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from auditor.acting.action import ENDED, Action, ActionEvent, ActionState, may_follow
from auditor.errors import UsageError
from auditor.store.connection import Connection

_COLUMNS = (
    "action_id, kind, finding_id, channel, state, idempotency_key, payload, before, answer, money, currency, "
    "proposed_by, proposed_at, approved_by, approved_at, sent_at, finished_at"
)


def insert(con: Connection, action: Action, reason: str) -> None:
    """A new correction with its first event."""
    row = asdict(action)
    row |= {
        "state": action.state.value,
        "payload": _json(action.payload),
        "before": _json(action.before),
        "answer": None if action.answer is None else _json(action.answer),
    }
    names = _COLUMNS.split(", ")
    con.execute(
        f"INSERT INTO audit.action ({_COLUMNS}) VALUES ({', '.join('$' + name for name in names)})",
        {name: row[name] for name in names},
    )
    _append(con, action.action_id, action.proposed_at, action.state.value, action.proposed_by, reason)


def move(
    con: Connection, action: Action, state: ActionState, *, actor: str, at: datetime, reason: str | None, **changes: Any
) -> Action:
    """Take a correction to its next state. Raises `UsageError` when that step is not allowed from where it stands."""
    stored = get(con, action.action_id)
    if stored.state != action.state or not may_follow(action.state, state):
        raise UsageError(f"Action {action.action_id} is {stored.state.value}; it cannot become {state.value} now.")
    if state in ENDED or state is ActionState.CONFIRMED:
        changes.setdefault("finished_at", at)
    after = replace(action, state=state, **changes)
    con.execute(
        "UPDATE audit.action SET state = $state, answer = $answer, approved_by = $approved_by, "
        "approved_at = $approved_at, sent_at = $sent_at, finished_at = $finished_at WHERE action_id = $action_id",
        {
            "state": after.state.value,
            "answer": None if after.answer is None else _json(after.answer),
            "approved_by": after.approved_by,
            "approved_at": after.approved_at,
            "sent_at": after.sent_at,
            "finished_at": after.finished_at,
            "action_id": after.action_id,
        },
    )
    _append(con, after.action_id, at, state.value, actor, reason)
    return after


def note(con: Connection, action_id: str, *, actor: str, at: datetime, what: str, reason: str | None) -> None:
    """Record a step that leaves the state as it is (a first of two approvals, a dry run)."""
    _append(con, action_id, at, what, actor, reason)


def get(con: Connection, action_id: str) -> Action:
    """One correction. Raises `UsageError` when there is none with this id."""
    rows = con.sql(
        f"SELECT {_COLUMNS} FROM audit.action WHERE action_id = $action_id", params={"action_id": action_id}
    ).fetchall()
    if not rows:
        raise UsageError(f"There is no action {action_id}; 'auditor actions list' shows them.")
    return _action(rows[0])


def listed(con: Connection, states: Iterable[str] | None = None) -> list[Action]:
    """Corrections, the newest first; only those in `states` when given."""
    rows = con.sql(f"SELECT {_COLUMNS} FROM audit.action ORDER BY proposed_at DESC, action_id").fetchall()
    wanted = None if states is None else set(states)
    actions = [_action(row) for row in rows]
    return [action for action in actions if wanted is None or action.state.value in wanted]


def of_finding(con: Connection, finding_id: str) -> list[Action]:
    """The corrections of one finding, the newest first."""
    return [action for action in listed(con) if action.finding_id == finding_id]


def events(con: Connection, action_id: str) -> list[ActionEvent]:
    """Everything that happened to one correction, in order."""
    rows = con.sql(
        "SELECT action_id, happened_at, state, actor, reason FROM audit.action_event "
        "WHERE action_id = $action_id ORDER BY event_id",
        params={"action_id": action_id},
    ).fetchall()
    return [ActionEvent(*row) for row in rows]


def sent_since(con: Connection, kind: str, since: datetime) -> int:
    """How many corrections of a kind were sent after `since`; the daily limit is counted with it."""
    rows = con.sql(
        "SELECT count(*) FROM audit.action WHERE kind = $kind AND sent_at >= $since",
        params={"kind": kind, "since": since},
    ).fetchall()
    return int(rows[0][0])


def last_outcomes(con: Connection, kind: str, count: int) -> list[str]:
    """States of the last corrections of a kind that were sent; the circuit breaker looks at them."""
    rows = con.sql(
        "SELECT state FROM audit.action WHERE kind = $kind AND sent_at IS NOT NULL "
        "ORDER BY sent_at DESC, action_id LIMIT $count",
        params={"kind": kind, "count": count},
    ).fetchall()
    return [str(row[0]) for row in rows]


def _append(con: Connection, action_id: str, at: datetime, state: str, actor: str, reason: str | None) -> None:
    con.execute(
        "INSERT INTO audit.action_event "
        "VALUES (nextval('audit.event_ids'), $action_id, $moment, $state, $actor, $reason)",
        {"action_id": action_id, "moment": at, "state": state, "actor": actor, "reason": reason},
    )


def _action(row: tuple[Any, ...]) -> Action:
    values: dict[str, Any] = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values["state"] = ActionState(values["state"])
    for name in ("payload", "before", "answer"):
        values[name] = None if values[name] is None else json.loads(values[name])
    values["money"] = Decimal(values["money"])
    return Action(**values)


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
