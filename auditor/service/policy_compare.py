"""What another policy would have raised or dropped: both are tried on the past, and nothing is kept.

Each day is looked at as its last audit knew it. Only checks whose parameters differ are run, and all of them where one
speaks of what findings leave unexplained. What the check would have opened after several readings counts as soon as one
of them shows it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from auditor.checking import record
from auditor.checking.library import Library
from auditor.checking.policy import Policy
from auditor.errors import UsageError
from auditor.model import Candidate, CheckOutcome
from auditor.service.workbench import Workbench
from auditor.store.connection import Connection

Subject = tuple[str, str, str]
"""Check, channel, subject."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What one check would have said differently on one channel, each subject as it was last seen."""

    check_id: str
    channel: str
    raised: Sequence[Candidate]
    dropped: Sequence[Candidate]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """days: moments that were looked at. differences: of every check and channel whose parameters differ."""

    days: Sequence[datetime]
    differences: Sequence[Difference]


def compare(bench: Workbench, before: Policy, after: Policy, span: timedelta) -> Comparison:
    """The past under two policies. Raises `UsageError` when there is nothing to compare."""
    changed = {
        (check.check_id, channel)
        for check in bench.library
        for channel in bench.channels
        if before.values(check, channel) != after.values(check, channel)
    }
    if not changed:
        raise UsageError("The policy changes nothing: every parameter has the value it has now.")
    days = bench.store.read(lambda con: _days(con, bench.clock.now() - span))
    if not days:
        raise UsageError("Nothing was judged yet in this time, so there is no past to try the policy on; run an audit.")
    library = _needed(bench.library, {check_id for check_id, _ in changed})
    old: dict[Subject, Candidate] = {}
    new: dict[Subject, Candidate] = {}
    for day in days:
        standing = bench.store.read(partial(record.load_as_of, moment=day))
        with bench.store.workspace(day) as con:
            feeds = bench.prepare(con, day)
            old |= _seen(bench.run(con, library, feeds, before, day, standing))
            new |= _seen(bench.run(con, library, feeds, after, day, standing))
    return Comparison(days, [_difference(check_id, channel, old, new) for check_id, channel in sorted(changed)])


def _needed(library: Library, changed: Collection[str]) -> Library:
    """The checks that must be run; for one that speaks of findings, all whose findings it may speak of."""
    speaks_of_others = any(library[check_id].header.after_findings for check_id in changed)
    return library if speaks_of_others else library.only(sorted(changed))


def _difference(
    check_id: str, channel: str, old: Mapping[Subject, Candidate], new: Mapping[Subject, Candidate]
) -> Difference:
    def own(seen: Mapping[Subject, Candidate]) -> dict[Subject, Candidate]:
        return {key: candidate for key, candidate in seen.items() if key[:2] == (check_id, channel)}

    before, after = own(old), own(new)
    return Difference(
        check_id,
        channel,
        raised=_dearest(after[key] for key in after.keys() - before.keys()),
        dropped=_dearest(before[key] for key in before.keys() - after.keys()),
        unchanged=len(before.keys() & after.keys()),
    )


def _dearest(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda each: (-each.money_at_risk, each.subject_id))


def _seen(outcomes: Iterable[CheckOutcome]) -> dict[Subject, Candidate]:
    return {
        (candidate.check_id, candidate.channel, candidate.subject_id): candidate
        for outcome in outcomes
        for candidate in outcome.candidates
    }


def _days(con: Connection, since: datetime) -> list[datetime]:
    """The last moment that was judged on each day."""
    rows = con.sql(
        "SELECT max(known_at) FROM audit.run WHERE known_at >= $since GROUP BY CAST(known_at AS DATE) ORDER BY 1",
        params={"since": since},
    ).fetchall()
    return [moment for (moment,) in rows]
