"""What a person may decide about a finding, under the names that the API and the dashboard use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from auditor.checking import people
from auditor.checking.people import Decided
from auditor.errors import UsageError
from auditor.model import Finding


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what, when and why; `until` and `cap` where the decision has an end or a limit in money."""

    kind: str
    actor: str
    reason: str
    at: datetime
    until: datetime | None = None
    cap: Decimal | None = None


APPROVERS_DECIDE = frozenset({"accept", "resolve"})
"""Decisions that take a difference off the table need the role approver; the others the role operator."""


def decide(finding: Finding, decision: Decision) -> Decided:
    """The finding afterwards and the event. Raises `UsageError` for an unknown or impossible decision."""
    made = _MADE.get(decision.kind)
    if made is None:
        raise UsageError(f"'{decision.kind}' is not a decision; known are: {', '.join(sorted(_MADE))}.")
    return made(finding, decision)


def _accept(finding: Finding, said: Decision) -> Decided:
    return people.accept(finding, actor=said.actor, reason=said.reason, at=said.at, until=said.until, up_to=said.cap)


def _snooze(finding: Finding, said: Decision) -> Decided:
    return people.snooze(finding, actor=said.actor, reason=said.reason, at=said.at, until=said.until)


def _plain(make: Callable[..., Decided]) -> Callable[[Finding, Decision], Decided]:
    return lambda finding, said: make(finding, actor=said.actor, reason=said.reason, at=said.at)


_MADE: dict[str, Callable[[Finding, Decision], Decided]] = {
    "acknowledge": _plain(people.acknowledge),
    "accept": _accept,
    "snooze": _snooze,
    "reopen": _plain(people.reopen),
    "resolve": _plain(people.resolve),
    "note": _plain(people.note),
}
