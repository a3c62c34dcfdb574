"""One judgement of everything: feeds, checks, money counted once, severity, evidence and explanation.

In: a run's workspace with canonical, setting, matching and fact tables filled. Out: a `Judgement` whose candidates are
ready for the finding life cycle (`record.record_run`). Reads only; a run of a past moment uses the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.checking import evidence, explain
from auditor.checking.abilities import CannotTell
from auditor.checking.feeds import Feeds, FeedSpec, fill
from auditor.checking.library import Library
from auditor.checking.money_once import weigh
from auditor.checking.open_hours import OpenHours
from auditor.checking.policy import Policy
from auditor.checking.rounds import run_rounds
from auditor.checking.runner import TIME_LIMIT
from auditor.checking.severity import severity_of
from auditor.clock import Clock
from auditor.model import Candidate, CheckOutcome, Finding
from auditor.store.connection import Connection


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run concluded: an outcome per check and channel, and how fresh every feed was."""

    outcomes: Sequence[CheckOutcome]
    feeds: Feeds


def judge(
    con: Connection,
    library: Library,
    *,
    policy: Policy,
    specs: Iterable[FeedSpec],
    channels: Sequence[str],
    known_at: datetime,
    clock: Clock,
    previous: Mapping[str, Finding],
    derived: Mapping[str, Sequence[str]] | None = None,
    cannot_tell: Iterable[CannotTell] = (),
    hours: OpenHours | None = None,
    time_limit: float = TIME_LIMIT,
) -> Judgement:
    """Every check on every channel, with candidates ready for `advance`.

    specs:       every stream of every connector.
    previous:    findings so far (record.load_current, or load_as_of for a past moment), by id.
    derived:     tables that the run computed -> the tables they were computed from (`fact.x` -> `canonical.y` ...).
    cannot_tell: what the connectors say they have no word for.
    hours:       when systems were closed.
    """
    feeds = fill(con, specs, known_at, derived, cannot_tell, hours)
    outcomes = run_rounds(
        con, library, channels, feeds, policy, previous=previous, now=known_at, clock=clock, time_limit=time_limit
    )
    explainers = {check.check_id for check in library if check.header.explains}
    outcomes = weigh(outcomes, previous, explainers)
    proofs = evidence.collect(con, outcomes, library, feeds)
    return Judgement(
        [
            replace(
                outcome,
                candidates=tuple(_told(candidate, library, proofs, known_at) for candidate in outcome.candidates),
            )
            for outcome in outcomes
        ],
        feeds,
    )


def _told(candidate: Candidate, library: Library, proofs: evidence.Proofs, now: datetime) -> Candidate:
    """The candidate with severity, evidence and explanation."""
    header = library[candidate.check_id].header
    proof = proofs.of(candidate)
    told = explain.explain(candidate, header, proof, library)
    return replace(
        candidate,
        severity=severity_of(
            candidate.severity,
            candidate.money_at_risk,
            candidate.currency,
            has_ladder=header.ladder,
            deadline_at=candidate.deadline_at,
            now=now,
            can_be_saved=header.action is not None,
        ),
        cause=told.cause,
        explanation=told.text,
        evidence=proof.as_json(arithmetic=told.arithmetic),
    )
