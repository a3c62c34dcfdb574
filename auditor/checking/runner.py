"""Runs checks. A check that raises, takes too long or breaks its contract is broken and never takes others down.

`run_check` is one check on one channel (or system); `run_checks` is the library on all of them, where a check whose
feeds are not fresh is not judged. Reads only: `con` is a run's workspace.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from auditor.checking.feeds import Feeds, NotJudged
from auditor.checking.library import Check, Library
from auditor.checking.policy import Policy
from auditor.checking.rows import BadRow, candidates
from auditor.clock import Clock
from auditor.model import B1, CheckOutcome, Verdict
from auditor.store.connection import Connection, SqlError, selected
from auditor.store.select_text import Interrupted, first_line

TIME_LIMIT = 120.0
"""Seconds that one check may take on one channel."""

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
    outcomes: list[CheckOutcome] = []
    for check in library:
        for channel in dict.fromkeys((B1, *channels, *feeds.systems)) if check.header.judges == "system" else channels:
            standing = feeds.judge(check, channel, now)
            if isinstance(standing, NotJudged):
                outcomes.append(_outcome(check, channel, Verdict.NOT_JUDGED, reason=standing.reason))
                continue
            started = clock.monotonic()
            outcome = run_check(
                con,
                check,
                channel=channel,
                as_of=standing,
                now=now,
                params=policy.values(check, channel),
                time_limit=time_limit,
            )
            outcomes.append(_timed(outcome, clock.monotonic() - started))
    return outcomes


def run_check(
    con: Connection,
    check: Check,
    *,
    channel: str,
    as_of: datetime,
    now: datetime,
    params: Mapping[str, Any] | None = None,
    time_limit: float = TIME_LIMIT,
) -> CheckOutcome:
    """One check on one channel: passed, failed with its candidates, or broken with one sentence.

    params: values that replace defaults of the header (see `Policy.values`).
    """
    values: dict[str, Any] = {
        name: parameter.bound(parameter.default) for name, parameter in check.header.params.items()
    }
    values |= {**(params or {}), "channel": channel, "as_of": as_of, "now": now}
    bound = {name: values[name] for name in check.uses}
    try:
        with _limited(con, time_limit):
            columns, rows = selected(con, check.sql, bound)
        found = candidates(check, channel, columns, rows)
    except Interrupted:
        return _broken(check, channel, f"took longer than {time_limit:g} s and was stopped")
    except SqlError as error:
        return _broken(check, channel, f"could not run: {first_line(error)}")
    except BadRow as error:
        return _broken(check, channel, str(error))
    except Exception as error:
        # Whatever one check can do wrong, the others still have to be heard.
        log.exception("check raised", check=check.check_id, channel=channel)
        return _broken(check, channel, f"raised {type(error).__name__}: {first_line(error)}")
    verdict = Verdict.FAILED if found else Verdict.PASSED
    return CheckOutcome(check.check_id, channel, verdict, None, as_of, tuple(found), check.header.consecutive)


def _broken(check: Check, channel: str, problem: str) -> CheckOutcome:
    reason = f"{check.check_id} on {channel} {problem.rstrip('.')}."
    log.error("check is broken", check=check.check_id, channel=channel, reason=reason, file=str(check.path))
    return _outcome(check, channel, Verdict.BROKEN, reason=reason)


def _outcome(check: Check, channel: str, verdict: Verdict, *, reason: str) -> CheckOutcome:
    return CheckOutcome(check.check_id, channel, verdict, reason, consecutive=check.header.consecutive)


def _timed(outcome: CheckOutcome, seconds: float) -> CheckOutcome:
    return replace(outcome, duration_ms=round(seconds * 1000))


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
