"""Looks suspects up at their source before their findings open: from suspects to questions, from answers to proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.checking.confirm import Confirmation, Place, Suspect
from auditor.checking.open_hours import OpenHours
from auditor.clock import Clock
from auditor.connectors.base import Connector
from auditor.connectors.search import Searcher
from auditor.extract.ask import Answer, Question, ask
from auditor.extract.numbers import ask_for_missing
from auditor.model import B1, Candidate
from auditor.service import connections
from auditor.settings import Settings
from auditor.store.owner import Store


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of the suspects of a run, by finding; news: records that nobody had known before."""

    confirmations: Mapping[str, Confirmation] = field(default_factory=dict)
    news: int = 0


class Asking:
    """The systems as far as they can be asked for single records."""

    def __init__(self, store: Store, connectors: Sequence[Connector], clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._at_most = settings.checks.ask_at_most
        self._connectors = connectors

    def ask(self, suspects: Sequence[Suspect]) -> Asked:
        """Look all suspects up, at most so many in each system, and none in one that is closed.

        Never raises for a system that does not answer.
        """
        closed = self._closed()
        searchers = {
            connector.system: found
            for connector in self._connectors
            if (found := connections.searcher(connector)) is not None
        }
        questions: dict[str, list[Question]] = {}
        room = dict.fromkeys(searchers, self._at_most)
        waiting: dict[str, Confirmation] = {}
        for suspect in suspects:
            wanted = list(self._questions(suspect, searchers))
            systems = {question.system for question in wanted}
            if systems & closed:
                why = f"{' and '.join(sorted(systems & closed))} is closed for maintenance, and is asked after it."
                waiting[suspect.finding_id] = Confirmation("waiting", why=why)
                continue
            if any(room[system] == 0 for system in systems):
                waiting[suspect.finding_id] = self._beyond()
                continue
            for system in systems:
                room[system] -= 1
            questions[suspect.finding_id] = wanted
        answers = ask(self._store, searchers, [one for wanted in questions.values() for one in wanted], self._clock)
        confirmations = {
            suspect.finding_id: waiting.get(suspect.finding_id)
            or _confirmation(suspect, questions[suspect.finding_id], answers.of)
            for suspect in suspects
        }
        return Asked(confirmations, answers.news)

    def ask_for_missing_numbers(self) -> int:
        """How many documents came that no list had shown, only the gap in their numbers."""
        closed = self._closed()
        are_open = [connector for connector in self._connectors if connector.system not in closed]
        return ask_for_missing(self._store, are_open, self._clock)

    def _closed(self) -> set[str]:
        now = self._clock.now()
        hours = OpenHours.of(self._settings, now)
        return {one.system for one in self._connectors if hours.closed_until(one.system, now) is not None}

    def _questions(self, suspect: Suspect, searchers: Mapping[str, Searcher]) -> Iterator[Question]:
        """A question to each system that has one of the places and can be asked by its key."""
        candidate = suspect.candidate
        for place in suspect.places:
            value = candidate.keys.get(place.by)
            if value is None:
                continue
            for connector in self._connectors:
                searcher = searchers.get(connector.system)
                if searcher is not None and _has(connector, place, candidate) and searcher.can_search(*_named(place)):
                    yield Question(
                        connector.system, candidate.channel, place.table, place.by, value, candidate.occurred_at
                    )

    def _beyond(self) -> Confirmation:
        why = f"More than {self._at_most:,} suspects came up in one run; the next one asks for the rest."
        return Confirmation("waiting", why=why)


def _named(place: Place) -> tuple[str, str]:
    return place.table, place.by


def _has(connector: Connector, place: Place, candidate: Candidate) -> bool:
    """Whether the place is in this system: B1's tables in B1, the others in the systems of the candidate's channel."""
    if not any(place.table in stream.tables for stream in connector.streams):
        return False
    return connector.system == B1 or connector.channel_id == candidate.channel


def _confirmation(suspect: Suspect, questions: Sequence[Question], of: Mapping[Question, Answer]) -> Confirmation:
    if not questions:
        tables = ", ".join(dict.fromkeys(place.table for place in suspect.places))
        return Confirmation("unaskable", why=f"No system can be asked for a single one of {tables} by what is known.")
    answers = [(question, of[question]) for question in questions]
    problem = next((answer.problem for _, answer in answers if answer.problem is not None), None)
    if problem is not None:
        return Confirmation("waiting", why=f"The source could not be asked: {problem}")
    told = [_told(question, answer) for question, answer in answers]
    return Confirmation("confirmed", asked_at=max(answer.at for _, answer in answers), told=told)


def _told(question: Question, answer: Answer) -> dict[str, Any]:
    return {
        "system": question.system,
        "table": question.table,
        "by": question.by,
        "value": question.value,
        "answer": list(answer.keys),
    }
