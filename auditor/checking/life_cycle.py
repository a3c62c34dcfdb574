"""The life of a finding, as one pure function: what was known and what the checks say give what is known next.

`advance` reads nothing and writes nothing. It returns only findings that moved; those whose content or state moved
come with an event that carries the finding as it stood afterwards. What it holds to:

* Only a judged outcome moves anything; not_judged and broken outcomes are as if the check had not been called, and so
  is one on older data than that on which a finding was last seen.
* A finding opens after `consecutive` complete runs, each on newer data, unless something holds it (its source was not
  asked yet), and resolves only when a judged run no longer
  returns it.
* What a person resolved comes back only on newer evidence, as regressed. What went silent by itself comes back as well
  when the same evidence shows it again, but is then not called regressed.
* An acceptance is void when the difference changes, when the money exceeds its limit, or when its time is over.
* A correction is judged only by data that is newer than the moment it was sent.
* The same outcomes once more give no event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from auditor.model import (
    AUDITOR,
    Candidate,
    CheckOutcome,
    Finding,
    FindingEvent,
    Resolution,
    State,
    identity_of,
    signature_of,
)  # fmt: skip

Change = tuple[Finding, FindingEvent | None]


def advance(
    previous: Mapping[str, Finding], outcomes: Iterable[CheckOutcome], at: datetime, run_id: int
) -> list[Change]:
    """Findings that moved, each with its event or None.

    previous: all findings so far, by finding_id.
    outcomes: candidates must carry severity, explanation, evidence, parent and inhibition already (see judge.py).
    """
    standing: dict[tuple[str, str], list[Finding]] = {}
    for finding in previous.values():
        standing.setdefault((finding.check_id, finding.channel), []).append(finding)
    changes: list[Change] = []
    for outcome in outcomes:
        if not outcome.is_judged:
            continue
        returned: set[str] = set()
        for candidate in outcome.candidates:
            finding_id = identity_of(candidate.check_id, candidate.channel, candidate.subject_id)
            returned.add(finding_id)
            change = _seen(previous.get(finding_id), finding_id, candidate, outcome, at, run_id)
            if change is not None:
                changes.append(change)
        for finding in standing.get((outcome.check_id, outcome.channel), ()):
            if finding.finding_id not in returned:
                change = _silent(finding, outcome, at, run_id)
                if change is not None:
                    changes.append(change)
    return changes


def _seen(
    old: Finding | None, finding_id: str, candidate: Candidate, outcome: CheckOutcome, at: datetime, run_id: int
) -> Change | None:
    """What a candidate does to the finding of its identity."""
    if old is None or old.resolution is Resolution.WITHDRAWN:
        fresh = _first(finding_id, candidate, outcome, at, run_id)
        return fresh, _event(fresh, _KIND_OF_STATE[fresh.state], at, run_id)
    if old.state is State.RESOLVED:
        return _back(old, candidate, outcome, at, run_id)
    if old.state is State.AWAITING_VERIFICATION:
        return _failed_to_fix(old, candidate, outcome, at, run_id)
    if _is_newer(old.as_of, outcome.as_of):
        return None
    moved: dict[str, Any] = {"last_seen_at": at, "last_run_id": run_id}
    if _is_newer(outcome.as_of, old.as_of):
        moved |= {"seen_count": old.seen_count + 1, "as_of": outcome.as_of}
    content = _content(candidate)
    is_changed = _differs(old, content)
    seen = replace(old, **moved, **(content if is_changed else {}))
    state, kind, reason = _next_state(old, seen, candidate, outcome.consecutive, at)
    if state is not old.state:
        seen = _with_state(seen, state)
        return seen, _event(seen, kind, at, run_id, reason)
    if is_changed:
        return seen, _event(seen, "changed", at, run_id)
    return (seen, None) if seen != old else None


def stays_resolved(old: Finding | None, candidate: Candidate) -> bool:
    """A person said that this is done, and the candidate brings nothing that is newer than that."""
    is_settled = old is not None and old.resolution is Resolution.MANUAL
    return old is not None and is_settled and not _has_newer_evidence(old, candidate)


def would_open(old: Finding | None, candidate: Candidate, outcome: CheckOutcome) -> bool:
    """Whether the candidate opens its finding in this run, if nothing holds it."""
    if candidate.inhibited_by is not None:
        return False
    if old is None or old.state is State.RESOLVED:
        return outcome.consecutive == 1
    if old.state is State.PENDING:
        count = old.seen_count + _is_newer(outcome.as_of, old.as_of)
        return not _is_newer(old.as_of, outcome.as_of) and count >= outcome.consecutive
    return old.state is State.INHIBITED


def _silent(old: Finding, outcome: CheckOutcome, at: datetime, run_id: int) -> Change | None:
    """What a judged run that does not return the finding does to it."""
    if old.state is State.RESOLVED or _is_newer(old.as_of, outcome.as_of):
        return None
    if old.state is State.AWAITING_VERIFICATION:
        if not _is_newer(outcome.as_of, old.action_sent_at):
            return None
        resolution, kind = Resolution.VERIFIED, "verified"
    elif old.state is State.PENDING and not old.is_regressed:
        resolution, kind = Resolution.WITHDRAWN, "withdrawn"
    else:
        resolution, kind = Resolution.SILENT, "resolved"
    gone = replace(
        _with_state(old, State.RESOLVED),
        resolution=resolution,
        resolved_at=at,
        as_of=outcome.as_of,
        seen_count=0,
        last_run_id=run_id,
        inhibited_by=None,
    )
    return gone, _event(gone, kind, at, run_id)


def _first(finding_id: str, candidate: Candidate, outcome: CheckOutcome, at: datetime, run_id: int) -> Finding:
    return Finding(
        finding_id=finding_id,
        check_id=candidate.check_id,
        channel=candidate.channel,
        subject_id=candidate.subject_id,
        state=_first_state(candidate, outcome),
        first_seen_at=at,
        last_seen_at=at,
        last_run_id=run_id,
        as_of=outcome.as_of,
        **_content(candidate),
    )


def _first_state(candidate: Candidate, outcome: CheckOutcome) -> State:
    return State.PENDING if outcome.consecutive > 1 or candidate.held else _free_state(candidate)


def _back(old: Finding, candidate: Candidate, outcome: CheckOutcome, at: datetime, run_id: int) -> Change | None:
    """A resolved finding is returned again: regressed on newer evidence, else back only if no person resolved it."""
    if stays_resolved(old, candidate):
        return None
    is_regressed = _has_newer_evidence(old, candidate)
    fresh = _first(old.finding_id, candidate, outcome, at, run_id)
    back = replace(fresh, first_seen_at=old.first_seen_at, is_regressed=is_regressed)
    kind = _KIND_OF_STATE[back.state] if back.state is not State.OPEN else "regressed" if is_regressed else "returned"
    return back, _event(back, kind, at, run_id)


def _has_newer_evidence(old: Finding, candidate: Candidate) -> bool:
    # A person resolved what was on the screen; silence resolved what was in the data, which is older than the clock.
    since = old.resolved_at if old.resolution is Resolution.MANUAL else old.as_of or old.resolved_at
    if signature_of(candidate.expected, candidate.actual, candidate.difference) != old.signature:
        return True
    return any(_is_newer(moment, since) for moment in (candidate.source_updated_at, candidate.occurred_at) if moment)


def _failed_to_fix(
    old: Finding, candidate: Candidate, outcome: CheckOutcome, at: datetime, run_id: int
) -> Change | None:
    """The correction is out, and the difference is still there on data newer than it."""
    if not _is_newer(outcome.as_of, old.action_sent_at):
        return None
    seen = replace(
        _with_state(old, _free_state(candidate)),
        last_seen_at=at,
        last_run_id=run_id,
        seen_count=old.seen_count + 1,
        as_of=outcome.as_of,
        **_content(candidate),
    )
    reason = "The correction was sent, and newer data still shows the difference."
    return seen, _event(seen, "failed_to_fix", at, run_id, reason)


def _next_state(
    old: Finding, seen: Finding, candidate: Candidate, consecutive: int, at: datetime
) -> tuple[State, str, str | None]:
    """State, kind of event and reason after a finding that is not resolved was seen again."""
    free = _free_state(candidate)
    if candidate.held:
        return old.state, "", None
    if old.state is State.PENDING and seen.seen_count >= consecutive:
        return free, "regressed" if old.is_regressed else _KIND_OF_STATE[free], None
    if old.state is State.OPEN and free is State.INHIBITED:
        return free, "inhibited", None
    if old.state is State.INHIBITED and free is State.OPEN:
        return free, "unmuted", "What muted it is gone."
    if old.state is State.ACCEPTED:
        void = _why_void(old, seen, at)
        if void:
            return free, "acceptance_void", void
    if old.state is State.SNOOZED:
        if old.until_at is not None and at >= old.until_at:
            return free, "woken", "Its time is over."
        if seen.signature != old.signature:
            return free, "woken", "The difference is another one now."
    return old.state, "", None


def _free_state(candidate: Candidate) -> State:
    """Where a confirmed finding stands that nobody has in hand."""
    return State.INHIBITED if candidate.inhibited_by else State.OPEN


def _why_void(old: Finding, seen: Finding, at: datetime) -> str | None:
    if seen.signature != old.signature:
        return "The difference is another one than the one that was accepted."
    if old.accepted_up_to is not None and seen.money_at_risk > old.accepted_up_to:
        return "The money at risk exceeds what was accepted."
    if old.until_at is not None and at >= old.until_at:
        return "The time of the acceptance is over."
    return None


def _with_state(finding: Finding, state: State) -> Finding:
    """The finding in a state, without what belonged to the state it left."""
    return replace(finding, state=state, until_at=None, accepted_up_to=None, action_sent_at=None)


def _content(candidate: Candidate) -> dict[str, Any]:
    """What a candidate says about its finding; never its state or its times of being seen."""
    return {
        "area": candidate.area,
        "subject": candidate.subject,
        "severity": candidate.severity,
        "owner": candidate.owner,
        "signature": signature_of(candidate.expected, candidate.actual, candidate.difference),
        "keys": candidate.keys,
        "currency": candidate.currency,
        "expected": candidate.expected,
        "actual": candidate.actual,
        "difference": candidate.difference,
        "money_at_risk": candidate.money_at_risk,
        "parent_id": candidate.parent_id,
        "inhibited_by": candidate.inhibited_by,
        "cause": candidate.cause,
        "explanation": candidate.explanation,
        "evidence": candidate.evidence,
        "occurred_at": candidate.occurred_at,
        "source_updated_at": candidate.source_updated_at,
        "deadline_at": candidate.deadline_at,
    }


def _differs(old: Finding, content: Mapping[str, Any]) -> bool:
    """Whether anything but the watermarks and change stamps moved: fresher data is no news about a finding."""
    for name, value in content.items():
        before = getattr(old, name)
        if name == "source_updated_at":
            continue
        if name == "evidence":
            if _without_watermarks(before) != _without_watermarks(value):
                return True
        elif before != value:
            return True
    return False


def _without_watermarks(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in evidence.items() if name not in ("watermarks", "closed", "as_of")}


def _is_newer(moment: datetime | None, than: datetime | None) -> bool:
    return moment is not None and (than is None or moment > than)


def _event(finding: Finding, kind: str, at: datetime, run_id: int, reason: str | None = None) -> FindingEvent:
    return FindingEvent(finding.finding_id, kind, at, AUDITOR, finding, run_id, reason)


_KIND_OF_STATE = {State.PENDING: "pending", State.OPEN: "opened", State.INHIBITED: "inhibited"}
