"""Asks systems for single suspects, and lands what they answer.

What comes back goes the way of everything that is read: landed as a `targeted` extract of its stream, to be shaped
with the others. It moves no watermark, because it says nothing about the rest of the stream. A system that does not
answer is not asked again in the same run; one that refuses a question is asked the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from auditor.clock import Clock
from auditor.connectors.base import Record, Stream, Window
from auditor.connectors.search import Hit, Searcher
from auditor.errors import AuditorError, Rejected
from auditor.store import landing
from auditor.store.owner import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """Is there a record of this canonical table that bears this value? since: nothing that could is older."""

    system: str
    channel: str
    table: str
    by: str
    value: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """keys: of the records that bear the value; problem: why the system did not answer, one sentence."""

    at: datetime
    keys: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """of: each question's; news: records that were not known before in this form."""

    of: Mapping[Question, Answer]
    news: int


def ask(store: Store, searchers: Mapping[str, Searcher], questions: Sequence[Question], clock: Clock) -> Answers:
    """All answers. `searchers` by system, each able to answer the questions put to it."""
    found: dict[Question, Answer] = {}
    silent: dict[str, str] = {}
    news = 0
    for (system, channel, table, by), asked in _grouped(questions).items():
        at, answered = clock.now(), list[tuple[Stream, Sequence[Hit]]]()
        problem = silent.get(system)
        if problem is None:
            try:
                answered = _search(searchers[system], channel, table, by, asked)
                news += sum(
                    land(store, system, stream, [hit.record for hit in hits], clock) for stream, hits in answered
                )
            except AuditorError as error:
                log.warning("suspects_not_looked_up", system=system, table=table, reason=str(error))
                problem = str(error)
                if not isinstance(error, Rejected):
                    silent[system] = problem
        for question in asked:
            keys = () if problem else _keys(answered, question.value)
            found[question] = Answer(at, keys, problem)
    return Answers(found, news)


def _grouped(questions: Sequence[Question]) -> dict[tuple[str, str, str, str], list[Question]]:
    groups: dict[tuple[str, str, str, str], list[Question]] = {}
    for question in dict.fromkeys(questions):
        key = question.system, question.channel, question.table, question.by
        groups.setdefault(key, []).append(question)
    return groups


def _search(
    searcher: Searcher, channel: str, table: str, by: str, asked: Sequence[Question]
) -> list[tuple[Stream, Sequence[Hit]]]:
    moments = [question.since for question in asked]
    since = None if None in moments else min(moment for moment in moments if moment is not None)
    return list(searcher.search(table, by, [question.value for question in asked], channel=channel, since=since))


def _keys(answered: Sequence[tuple[Stream, Sequence[Hit]]], value: str) -> tuple[str, ...]:
    return tuple(sorted({hit.record.key for _, hits in answered for hit in hits if hit.value == value}))


def land(store: Store, system: str, stream: Stream, records: Sequence[Record], clock: Clock) -> int:
    """Records that were looked up, as a targeted extract; how many of them were not known before in this form."""
    if not records:
        return 0
    now = clock.now()
    extract_id = landing.begin(store, system, stream.name, Window(None, now), now)
    landing.stage(store, extract_id, list({record.key: record for record in records}.values()))
    landed = landing.commit(store, extract_id, mode="delta", watermark=None, calls=0, at=clock.now(), status="targeted")
    return landed.rows_new
