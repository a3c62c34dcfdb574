"""Carries out an approved correction: re-read, write down the intent, send once, probe when the answer is lost.

The order matters. The intent is durable before anything leaves the house, so that a process that dies in between
finds it and probes instead of sending again. A write never sits in a retry loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import structlog

from auditor.acting import ledger
from auditor.acting.action import Action, ActionState
from auditor.clock import Clock
from auditor.connectors.writer import Writer
from auditor.errors import OutcomeUnknown, Rejected, RemoteError, UsageError
from auditor.money import format_money
from auditor.store.owner import Store

_BREAKER_LOOKS_AT = 5
_BAD = {"rejected", "unknown", "failed_to_fix", "needs_human"}
log = structlog.get_logger("auditor.acting")


class Observer(Protocol):
    """Reads again, from the side that is not written, what a proposal was based on."""

    def current(self, payload: Mapping[str, Any]) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be sent. `stop_file`: while it exists, nothing is sent."""

    send: bool
    four_eyes_above: Decimal
    value_limit: Decimal
    daily_limit: int
    stop_file: Path


class Executor:
    """Approves, rejects, runs and settles corrections.

    writer_for: (channel, kind) -> the writer of that system, or a `UsageError`.
    observers:  name in `before` ('b1') -> who reads it again.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        limits: Limits,
        writer_for: Callable[[str, str], Writer],
        observers: Mapping[str, Observer],
    ) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._writer_for = writer_for
        self._observers = observers

    def approve(self, action_id: str, *, actor: str, reason: str | None = None) -> Action:
        """One approval; above the four-eyes limit a second person's is needed before the action counts as approved."""
        action = self.get(action_id)
        if action.state is not ActionState.PROPOSED:
            raise UsageError(f"Action {action_id} is {action.state.value}; only a proposed one can be approved.")
        if actor == action.proposed_by:
            raise UsageError("Who proposed a correction cannot approve it; ask a colleague.")
        if action.money > self._limits.value_limit:
            raise UsageError(
                f"Action {action_id} is worth {format_money(action.money, action.currency)}, above the limit of "
                f"{format_money(self._limits.value_limit, action.currency)}; do it by hand or raise "
                "actions.value_limit."
            )
        now = self._clock.now()
        earlier = {
            event.actor
            for event in self._store.read(lambda con: ledger.events(con, action_id))
            if event.state == "first_approval"
        }
        if actor in earlier:
            raise UsageError("You approved this correction already; a second person has to approve it too.")
        if action.money > self._limits.four_eyes_above and not earlier:
            self._store.write(
                lambda con: ledger.note(con, action_id, actor=actor, at=now, what="first_approval", reason=reason)
            )
            return action
        return self._move(action, ActionState.APPROVED, actor, reason, approved_by=actor, approved_at=now)

    def reject(self, action_id: str, *, actor: str, reason: str) -> Action:
        """A person says no; the finding stays open."""
        action = self.get(action_id)
        if action.state not in (ActionState.PROPOSED, ActionState.APPROVED):
            raise UsageError(f"Action {action_id} is {action.state.value}; it can no longer be rejected.")
        return self._move(action, ActionState.WITHDRAWN, actor, reason)

    def simulate(self, action_id: str) -> dict[str, Any]:
        """What would be written and whether what it rests on still holds; sends nothing."""
        action = self.get(action_id)
        now = self._observe(action)
        return {
            "payload": action.payload,
            "before": action.before,
            "now": now,
            "still_holds": _holds(action.before, now),
        }

    def run(self, action_id: str, *, actor: str) -> Action:
        """Send one approved correction. Raises `UsageError` when a limit, the stop switch or its state forbids it."""
        action = self.get(action_id)
        if action.state is ActionState.UNKNOWN:
            return self.probe(action_id, actor=actor)
        if action.state is not ActionState.APPROVED:
            raise UsageError(f"Action {action_id} is {action.state.value}; only an approved one can be run.")
        self._check_limits(action)
        writer = self._writer_for(action.channel, action.kind)
        if not _holds(action.before, self._observe(action)):
            reason = "What it was based on has changed since it was proposed; the next audit proposes anew if needed."
            return self._move(action, ActionState.REFUSED, actor, reason)
        action = self._move(action, ActionState.INTENT, actor, None)
        sent_at = self._clock.now()
        try:
            answer = writer.send(action.payload, action.idempotency_key)
        except Rejected as error:
            action = self._move(action, ActionState.SENT, actor, None, sent_at=sent_at)
            return self._move(action, ActionState.REJECTED, actor, str(error))
        except RemoteError as error:
            # Also a time-out or a 502 may have been carried out: only a look at the other side can tell.
            log.warning("outcome unknown", action_id=action_id, error=str(error))
            return self._move(action, ActionState.UNKNOWN, actor, str(error), sent_at=sent_at)
        action = self._move(action, ActionState.SENT, actor, None, sent_at=sent_at)
        return self._move(action, ActionState.CONFIRMED, actor, "The channel confirmed it.", answer=answer)

    def probe(self, action_id: str, *, actor: str) -> Action:
        """The only way out of `unknown`: look whether the write has happened."""
        action = self.get(action_id)
        writer = self._writer_for(action.channel, action.kind)
        try:
            found = writer.probe(action.payload, action.idempotency_key)
        except OutcomeUnknown:
            raise
        except Rejected as error:
            return self._move(action, ActionState.NEEDS_HUMAN, actor, f"The probe was refused: {error}")
        if found is not None:
            return self._move(action, ActionState.CONFIRMED, actor, "Found on the channel by a probe.", answer=found)
        return self._move(
            action, ActionState.APPROVED, actor, "A probe showed that it did not happen; it may be run again."
        )

    def recover(self) -> list[Action]:
        """After a start: an intent or a sent action without an outcome belonged to a process that died."""
        abandoned = self._store.read(lambda con: ledger.listed(con, [ActionState.INTENT, ActionState.SENT]))
        reason = "The program ended before the answer came."
        return [
            self._move(action, ActionState.UNKNOWN, "auditor", reason, sent_at=action.sent_at or self._clock.now())
            for action in abandoned
        ]

    def get(self, action_id: str) -> Action:
        return self._store.read(lambda con: ledger.get(con, action_id))

    def _check_limits(self, action: Action) -> None:
        limits = self._limits
        if not limits.send:
            raise UsageError("Corrections are only simulated (actions.send = false in auditor.toml); nothing was sent.")
        if limits.stop_file.exists():
            raise UsageError(f"The stop switch is on ({limits.stop_file} exists); remove it to send corrections again.")
        day_ago = self._clock.now() - timedelta(days=1)
        sent = self._store.read(lambda con: ledger.sent_since(con, action.kind, day_ago))
        if sent >= limits.daily_limit:
            raise UsageError(
                f"{sent} corrections of kind {action.kind} were sent within a day, which is the limit; "
                "wait or raise actions.daily_limit."
            )
        last = self._store.read(lambda con: ledger.last_outcomes(con, action.kind, _BREAKER_LOOKS_AT))
        if len(last) == _BREAKER_LOOKS_AT and all(state in _BAD for state in last):
            raise UsageError(
                f"The last {_BREAKER_LOOKS_AT} corrections of kind {action.kind} went wrong; settle those first "
                "('auditor actions list')."
            )

    def _observe(self, action: Action) -> dict[str, Any]:
        now: dict[str, Any] = {}
        for side in action.before:
            reader = self._observers.get(side) or self._writer_for(action.channel, action.kind)
            now[side] = reader.current(action.payload)
        return now

    def _move(self, action: Action, state: ActionState, actor: str, reason: str | None, **changes: Any) -> Action:
        now = self._clock.now()
        self._store.write(lambda con: ledger.move(con, action, state, actor=actor, at=now, reason=reason, **changes))
        return replace(action, state=state, **changes)


def _holds(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether what a correction rests on is as it was: everything equal, and of `remaining` no less than it needs."""
    for side, was in before.items():
        is_now = dict(now[side])
        has, needs = is_now.pop("remaining", {}), was.get("remaining", {})
        if is_now != {name: value for name, value in was.items() if name != "remaining"}:
            return False
        if any(Decimal(has.get(key, 0)) < Decimal(quantity) for key, quantity in needs.items()):
            return False
    return True
