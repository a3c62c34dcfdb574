"""What people, and the corrections they approve, do to a finding: pure functions from a finding to what it becomes.

Each demands who and why, and returns the finding with the event that records it. Raises `UsageError` with one
sentence when the finding's state does not allow it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from auditor.errors import UsageError
from auditor.model import Finding, FindingEvent, Resolution, State

Decided = tuple[Finding, FindingEvent]

_WAITING = (State.OPEN, State.ACKNOWLEDGED)
_UNDER_WAY = (State.IN_ACTION, State.AWAITING_VERIFICATION)


def acknowledge(finding: Finding, *, actor: str, reason: str, at: datetime) -> Decided:
    """Somebody has taken it on."""
    _only(finding, "acknowledged", (State.OPEN,))
    return _decided(replace(finding, state=State.ACKNOWLEDGED), "acknowledged", actor, reason, at)


def accept(
    finding: Finding, *, actor: str, reason: str, at: datetime, until: datetime | None, up_to: Decimal | None = None
) -> Decided:
    """Live with this difference until a day and up to an amount (default: what is at risk now)."""
    _only(finding, "accepted", (*_WAITING, State.SNOOZED, State.ACCEPTED))
    if until is None:
        raise UsageError("An acceptance needs an end; say until when.")
    _in_future(until, at)
    limit = finding.money_at_risk if up_to is None else up_to
    if limit < finding.money_at_risk:
        raise UsageError(f"The limit {limit} is below the money at risk {finding.money_at_risk}; accept at least that.")
    after = replace(finding, state=State.ACCEPTED, until_at=until, accepted_up_to=limit)
    return _decided(after, "accepted", actor, reason, at)


def snooze(finding: Finding, *, actor: str, reason: str, at: datetime, until: datetime | None) -> Decided:
    """Look away until a moment, or, without one, until the difference changes."""
    _only(finding, "snoozed", (*_WAITING, State.SNOOZED))
    if until is not None:
        _in_future(until, at)
    after = replace(finding, state=State.SNOOZED, until_at=until, accepted_up_to=None)
    return _decided(after, "snoozed", actor, reason, at)


def reopen(finding: Finding, *, actor: str, reason: str, at: datetime) -> Decided:
    """Take back an acknowledgement, acceptance, snooze or resolution."""
    _only(finding, "reopened", (State.ACKNOWLEDGED, State.ACCEPTED, State.SNOOZED, State.RESOLVED))
    if finding.resolution is Resolution.WITHDRAWN:
        raise UsageError(f"Finding {finding.finding_id} was never confirmed, so there is nothing to reopen.")
    after = replace(finding, state=State.OPEN, until_at=None, accepted_up_to=None, resolved_at=None, resolution=None)
    return _decided(after, "reopened", actor, reason, at)


def resolve(finding: Finding, *, actor: str, reason: str, at: datetime) -> Decided:
    """Say that it is done; only newer evidence brings it back."""
    _only(finding, "resolved", (*_WAITING, State.ACCEPTED, State.SNOOZED, State.INHIBITED))
    after = replace(
        finding,
        state=State.RESOLVED,
        resolution=Resolution.MANUAL,
        resolved_at=at,
        until_at=None,
        accepted_up_to=None,
        inhibited_by=None,
    )
    return _decided(after, "resolved", actor, reason, at)


def note(finding: Finding, *, actor: str, reason: str, at: datetime) -> Decided:
    """Write something down; nothing else changes."""
    return _decided(finding, "note", actor, reason, at)


def begin_action(finding: Finding, *, actor: str, reason: str, at: datetime) -> Decided:
    """A correction was approved and will be sent."""
    _only(finding, "put in action", _WAITING)
    return _decided(replace(finding, state=State.IN_ACTION), "in_action", actor, reason, at)


def action_sent(finding: Finding, *, actor: str, reason: str, at: datetime, sent_at: datetime) -> Decided:
    """The correction is out; from now on only data newer than `sent_at` judges it."""
    _only(finding, "sent", (State.IN_ACTION,))
    after = replace(finding, state=State.AWAITING_VERIFICATION, action_sent_at=sent_at)
    return _decided(after, "action_sent", actor, reason, at)


def action_ended(finding: Finding, *, actor: str, reason: str, at: datetime) -> Decided:
    """The correction was refused, rejected or withdrawn; somebody has to look again."""
    _only(finding, "given back", _UNDER_WAY)
    after = replace(finding, state=State.OPEN, action_sent_at=None)
    return _decided(after, "action_ended", actor, reason, at)


def _decided(after: Finding, kind: str, actor: str, reason: str, at: datetime) -> Decided:
    if not actor.strip():
        raise UsageError("A decision needs somebody who takes it; give a name.")
    if not reason.strip():
        raise UsageError("A decision needs a reason; write one sentence that others will understand later.")
    return after, FindingEvent(after.finding_id, kind, at, actor.strip(), after, None, reason.strip())


def _only(finding: Finding, what: str, allowed: Collection[State]) -> None:
    if finding.state not in allowed:
        states = ", ".join(allowed)
        raise UsageError(
            f"Finding {finding.finding_id} is {finding.state} and cannot be {what}; it would have to be: {states}."
        )


def _in_future(until: datetime, at: datetime) -> None:
    if until <= at:
        raise UsageError(f"{until:%Y-%m-%d %H:%M} UTC has passed already; give a moment in the future.")
