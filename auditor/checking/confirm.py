"""The second phase of an alarm: who must be looked up at the source before it opens, and what the answers mean.

A check says under `confirm` where what it misses would be. Before a new finding of it opens, the pipeline asks there,
directly, for the one record (`suspects`). What comes back is landed and shaped like everything else and the checks
judge once more: a suspect that turned up is simply not returned again. `settle` gives the others their answer:

confirmed   the source was asked and had nothing (or nothing that was not known before): the finding opens
unaskable   the system cannot be asked for a single one of these: that its feed was read completely has to do
waiting     it could not be asked in this run: the finding stays pending and says so

Findings that are open already are not asked again; they keep the answer with which they opened. This module asks
nobody: it is the same for a run of a past moment, which takes the answers that were kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from auditor.checking.library import Library
from auditor.checking.life_cycle import stays_resolved, would_open
from auditor.clock import iso
from auditor.model import Candidate, CheckOutcome, Finding, identity_of

EVIDENCE = "confirmation"
"""Where the evidence of a finding says what the source answered."""
OFFLINE = "Nobody has asked the source yet: only an audit does, and this run judged what was known."
NEW = "It came to light while the others were looked up; the next audit asks."

Standing = Literal["confirmed", "unaskable", "waiting"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a missing record would be: a canonical table and the key under which it is asked for."""

    table: str
    by: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A candidate that would open now, and where to look for what it misses."""

    candidate: Candidate
    places: tuple[Place, ...]

    @property
    def finding_id(self) -> str:
        return _id_of(self.candidate)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the source said about one suspect.

    told: for each place that was asked: system, table, by, value, answer (keys of what was found, all known before)
    why:  one sentence, when it is not confirmed
    """

    state: Standing
    asked_at: datetime | None = None
    told: Sequence[Mapping[str, Any]] = ()
    why: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the evidence carries it."""
        return {
            "state": self.state,
            "asked_at": None if self.asked_at is None else iso(self.asked_at),
            "asked": [dict(one) for one in self.told],
            "why": self.why,
        }


def places_of(confirm: Iterable[str]) -> tuple[Place, ...]:
    """The places of a header: `canonical.b1_order by order_ref`."""
    split = (text.removeprefix("canonical.").partition(" by ") for text in confirm)
    return tuple(Place(table, by) for table, _, by in split)


def suspects(
    outcomes: Iterable[CheckOutcome], library: Library, previous: Mapping[str, Finding], at_most: int | None = None
) -> list[Suspect]:
    """Candidates that would open now and whose check wants the source asked first, the dearest first."""
    found: list[Suspect] = []
    for outcome in outcomes:
        places = _places(library, outcome.check_id)
        if not places or not outcome.is_judged:
            continue
        for candidate in outcome.candidates:
            old = previous.get(_id_of(candidate))
            if not stays_resolved(old, candidate) and would_open(old, candidate, outcome):
                found.append(Suspect(candidate, places))
    found.sort(key=lambda one: (-one.candidate.money_at_risk, one.finding_id))
    return found[:at_most]


def settle(
    outcomes: Iterable[CheckOutcome],
    library: Library,
    previous: Mapping[str, Finding],
    answers: Mapping[str, Confirmation],
    *,
    otherwise: str,
) -> list[CheckOutcome]:
    """The outcomes with every candidate's answer in its evidence; those without one wait.

    answers:   by finding.
    otherwise: why a suspect without an answer waits.
    """
    outcomes = list(outcomes)
    waiting = Confirmation("waiting", why=otherwise)
    asked = {one.finding_id: answers.get(one.finding_id, waiting) for one in suspects(outcomes, library, previous)}
    settled: list[CheckOutcome] = []
    for outcome in outcomes:
        if _places(library, outcome.check_id):
            told = tuple(_with_answer(candidate, asked, previous) for candidate in outcome.candidates)
            outcome = replace(outcome, candidates=told)
        settled.append(outcome)
    return settled


def _with_answer(candidate: Candidate, asked: Mapping[str, Confirmation], previous: Mapping[str, Finding]) -> Candidate:
    finding_id = _id_of(candidate)
    answer = asked.get(finding_id)
    if answer is None:
        old = previous.get(finding_id)
        kept = None if old is None else old.evidence.get(EVIDENCE)
        return candidate if kept is None else replace(candidate, evidence={**candidate.evidence, EVIDENCE: kept})
    return replace(
        candidate,
        evidence={**candidate.evidence, EVIDENCE: answer.as_json()},
        held=(answer.why or "It has not been looked up yet.") if answer.state == "waiting" else None,
    )


def _places(library: Library, check_id: str) -> tuple[Place, ...]:
    check = library.get(check_id)
    return () if check is None else places_of(check.header.confirm)


def _id_of(candidate: Candidate) -> str:
    return identity_of(candidate.check_id, candidate.channel, candidate.subject_id)
