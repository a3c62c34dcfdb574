"""Runs checks. A check that raises, takes too long or breaks its contract is broken and never takes others down.

`run_checks` is the library on all channels (and systems), where a check whose feeds are not fresh is not judged; `ask`
is some checks, each on the channels that it is given. They are asked side by side, each for all its channels together.
One that has no answer then, whether the fault is its own or its neighbour took the memory, is asked again when nothing
runs beside it, for each channel alone: what is wrong on one channel is broken there. Reads only: `con` is a run's
workspace.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import structlog

from auditor.checking.feeds import Feeds, NotJudged
from auditor.checking.library import Check, Library
from auditor.checking.policy import Policy
from auditor.checking.question import Scope, question
from auditor.checking.rows import BadRow, candidates
from auditor.clock import Clock
from auditor.model import B1, CheckOutcome, Verdict
from auditor.store.connection import Connection, SqlError, selected, side_by_side
from auditor.store.select_text import Interrupted, first_line

TIME_LIMIT = 120.0
"""Seconds that one check may take, on one channel or on all of them together."""

log = structlog.get_logger("auditor.checking")


def run_checks(
    con: Connection,
    library: Library,
    channels: Sequence[str],
    feeds: Feeds,
    policy: Policy,
    *,
    now: datetime,
    clock: Clock,
    time_limit: float = TIME_LIMIT,
) -> list[CheckOutcome]:
    """The outcome of every check on every channel it judges. Data problems never raise."""
    unjudged: list[CheckOutcome] = []
    asked: list[Asked] = []
    for check in library:
        scopes: list[Scope] = []
        for channel in dict.fromkeys((B1, *channels, *feeds.systems)) if check.header.judges == "system" else channels:
            standing = feeds.judge(check, channel, now)
            if isinstance(standing, NotJudged):
                unjudged.append(_outcome(check, channel, Verdict.NOT_JUDGED, reason=standing.reason))
            else:
                scopes.append(Scope(channel, standing, policy.values(check, channel)))
        if scopes:
            asked.append(Asked(check, scopes))
    answered = ask(con, asked, now=now, clock=clock, time_limit=time_limit)
    order = {check.check_id: place for place, check in enumerate(library)}
    return sorted([*unjudged, *answered], key=lambda outcome: order[outcome.check_id])


class Asked(NamedTuple):
    """A check and where it is to judge: at least one channel or system."""

    check: Check
    scopes: Sequence[Scope]


_Way = Callable[[Connection, Check, Sequence[Scope], datetime, float], list[CheckOutcome]]


def ask(
    con: Connection, asked: Sequence[Asked], *, now: datetime, clock: Clock, time_limit: float = TIME_LIMIT
) -> list[CheckOutcome]:
    """The outcomes of these checks, in their order, each with the time that it took."""
    found: dict[str, list[CheckOutcome]] = {}

    def answer(one: Asked, way: _Way, own: Connection) -> None:
        started = clock.monotonic()
        outcomes = way(own, *one, now, time_limit)
        # One question for all of them: nobody can tell whose part took how long.
        share = (clock.monotonic() - started) / len(one.scopes)
        found[one.check.check_id] = [replace(outcome, duration_ms=round(share * 1000)) for outcome in outcomes]

    side_by_side(con, [partial(answer, one, _together) for one in asked])
    for one in asked:
        if not found[one.check.check_id]:
            answer(one, _one_by_one, con)
    return [outcome for one in asked for outcome in found[one.check.check_id]]


def _together(
    con: Connection, check: Check, asked: Sequence[Scope], now: datetime, time_limit: float
) -> list[CheckOutcome]:
    """Nothing when there is no answer for all of them."""
    try:
        return _answers(con, check, asked, now, time_limit)
    except Interrupted:
        # Nobody waits twice for what is asked in the same way.
        return [_too_long(check, asked[0], time_limit)] if len(asked) == 1 else []
    except Exception as error:
        log.info("check asked again alone", check=check.check_id, reason=first_line(error))
        return []


def _one_by_one(
    con: Connection, check: Check, asked: Sequence[Scope], now: datetime, time_limit: float
) -> list[CheckOutcome]:
    return [_alone(con, check, one, now, time_limit) for one in asked]


def _alone(con: Connection, check: Check, asked: Scope, now: datetime, time_limit: float) -> CheckOutcome:
    try:
        (outcome,) = _answers(con, check, [asked], now, time_limit)
    except Interrupted:
        return _too_long(check, asked, time_limit)
    except SqlError as error:
        return _broken(check, asked.channel, f"could not run: {first_line(error)}")
    except Exception as error:
        # Whatever one check can do wrong, the others still have to be heard.
        log.exception("check raised", check=check.check_id, channel=asked.channel)
        return _broken(check, asked.channel, f"raised {type(error).__name__}: {first_line(error)}")
    return outcome


def _answers(
    con: Connection, check: Check, asked: Sequence[Scope], now: datetime, time_limit: float
) -> list[CheckOutcome]:
    """Raises `SqlError` or `Interrupted` when there is no answer at all."""
    asking = question(check, asked, now)
    with _limited(con, time_limit):
        columns, rows = selected(con, asking.sql, asking.values)
    rows_of: list[list[tuple[Any, ...]]] = [[] for _ in asked]
    for row in rows:
        rows_of[row[0]].append(row[1:])
    return [_judged(check, one, columns[1:], own) for one, own in zip(asked, rows_of, strict=True)]


def _judged(check: Check, asked: Scope, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> CheckOutcome:
    try:
        found = candidates(check, asked.channel, columns, rows)
    except BadRow as error:
        return _broken(check, asked.channel, str(error))
    verdict = Verdict.FAILED if found else Verdict.PASSED
    return CheckOutcome(
        check.check_id, asked.channel, verdict, None, asked.as_of, tuple(found), check.header.consecutive
    )


def _too_long(check: Check, asked: Scope, time_limit: float) -> CheckOutcome:
    return _broken(check, asked.channel, f"took longer than {time_limit:g} s and was stopped")


def _broken(check: Check, channel: str, problem: str) -> CheckOutcome:
    reason = f"{check.check_id} on {channel} {problem.rstrip('.')}."
    log.error("check is broken", check=check.check_id, channel=channel, reason=reason, file=str(check.path))
    return _outcome(check, channel, Verdict.BROKEN, reason=reason)


def _outcome(check: Check, channel: str, verdict: Verdict, *, reason: str) -> CheckOutcome:
    return CheckOutcome(check.check_id, channel, verdict, reason, consecutive=check.header.consecutive)


@contextmanager
def _limited(con: Connection, seconds: float) -> Iterator[None]:
    """Interrupts whatever runs on `con` when the time is over."""
    lock, is_over = threading.Lock(), False

    def stop() -> None:
        # Under the lock, so that the interrupt can never hit the statement that comes after.
        with lock:
            if not is_over:
                con.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            is_over = True
        timer.cancel()
