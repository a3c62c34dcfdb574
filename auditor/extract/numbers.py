"""Numbers that lie between those of known documents and were never read: the system is asked for each of them once.

A document that a list leaves out (its stamp is older than it, so that no window of time holds it) is missing without a
trace, but for its number. One that the system gives when asked has been left out by its list; one that it does not give
was never used, or is hidden from our user: whether adding a document that fails uses a number up is not known of B1, so
nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from auditor.clock import Clock
from auditor.connectors.base import Connector, Numbered, Stream
from auditor.errors import AuditorError
from auditor.extract.ask import land
from auditor.store.connection import Connection
from auditor.store.owner import Store

LATELY = timedelta(days=28)
AT_MOST = 100
"""Numbers of one stream that are asked for in one run, the newest first; the next run asks for the others."""
WIDEST = 1000
"""A gap wider than this is no loss: somebody began to count anew."""
SETTLED = timedelta(minutes=15)
"""Documents are not committed in the order of their numbers; after this time they are."""

_MISSING = """
WITH known AS (
    SELECT doc_entry AS number FROM history.{table}
    WHERE created_at > $since AND created_at <= $until GROUP BY doc_entry
), step AS (
    SELECT number, lag(number) OVER (ORDER BY number) AS before FROM known
), missing AS (
    SELECT unnest(range(before + 1, number)) AS number FROM step WHERE number - before BETWEEN 2 AND $widest
)
SELECT m.number FROM missing AS m
ANTI JOIN history.{table} AS h ON h.doc_entry = m.number
ANTI JOIN audit.number_asked AS a ON a.system = $system AND a.stream = $stream AND a.number = m.number
ORDER BY m.number DESC LIMIT $at_most
"""
_BEGINNING = """
SELECT min(coalesce(window_from, TIMESTAMP '1970-01-01')) FROM raw.extract
WHERE system = $system AND stream = $stream AND status = 'complete'
"""

log = structlog.get_logger(__name__)


def ask_for_missing(store: Store, connectors: Sequence[Connector], clock: Clock) -> int:
    """How many records came that nobody had known. Never raises for a system that does not answer."""
    news = 0
    for connector, stream, table in _numbered(connectors):
        now = clock.now()
        numbers = store.read(partial(_missing, system=connector.system, stream=stream.name, table=table, now=now))
        if not numbers:
            continue
        try:
            found = connector.look_up(stream, [str(number) for number in numbers])
        except AuditorError as error:
            log.warning("numbers_not_asked_for", system=connector.system, stream=stream.name, reason=str(error))
            continue
        news += land(store, connector.system, stream, found, clock)
        were_there = {record.key for record in found}
        answers = {number: str(number) in were_there for number in numbers}
        store.write(partial(_note, system=connector.system, stream=stream.name, answers=answers, now=now))
    return news


def _numbered(connectors: Sequence[Connector]) -> Iterator[tuple[Connector, Stream, str]]:
    for connector in connectors:
        if isinstance(connector, Numbered):
            for stream in connector.streams:
                table = connector.numbered.get(stream.name)
                if table is not None:
                    yield connector, stream, table


def _missing(con: Connection, *, system: str, stream: str, table: str, now: datetime) -> list[int]:
    """The newest numbers that nobody has asked for yet; from before the first reading none can be known."""
    about = {"system": system, "stream": stream}
    ((beginning,),) = con.sql(_BEGINNING, params=about).fetchall()
    if beginning is None:
        return []
    bounds = {"since": max(now - LATELY, beginning + timedelta(days=1)), "until": now - SETTLED}
    sql = _MISSING.format(table=table)
    rows = con.sql(sql, params={**about, **bounds, "widest": WIDEST, "at_most": AT_MOST}).fetchall()
    return [number for (number,) in rows]


def _note(con: Connection, *, system: str, stream: str, answers: Mapping[int, bool], now: datetime) -> None:
    for number, was_there in answers.items():
        con.execute(
            "INSERT INTO audit.number_asked VALUES ($system, $stream, $number, $asked_at, $was_there)",
            {"system": system, "stream": stream, "number": number, "asked_at": now, "was_there": was_there},
        )
