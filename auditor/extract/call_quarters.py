"""The calls of an extract as figures: how many, what went wrong, how long they took, per quarter of an hour.

In: the calls that a connector noted. Out: one `CallQuarter` per quarter of an hour, for `landing.commit` or `abandon`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from auditor.connectors.base import Call
from auditor.store.landing import CallQuarter

QUARTER = timedelta(minutes=15)
_REFUSED = frozenset({401, 403})


def quarters_of(calls: Iterable[Call]) -> list[CallQuarter]:
    """In order of time."""
    begun: dict[datetime, list[Call]] = {}
    for call in calls:
        begun.setdefault(quarter_of(call.at), []).append(call)
    return [_quarter(at, found) for at, found in sorted(begun.items())]


def quarter_of(moment: datetime) -> datetime:
    """The beginning of the quarter of an hour that a moment lies in."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // QUARTER * QUARTER


def kind_of(call: Call) -> str | None:
    """What went wrong with a call, as a column of raw.call_quarter; None when nothing did."""
    status = call.status
    if call.is_timeout:
        return "timeouts"
    if status is None:
        return "connection_errors" if call.error else None
    if status >= 500:
        return "server_errors"
    if status == 429:
        return "throttled"
    if status in _REFUSED:
        return "refused"
    if status >= 300:
        return "rejected"
    return "unreadable" if call.error else None


def _quarter(at: datetime, calls: Sequence[Call]) -> CallQuarter:
    wrong = Counter(kind for kind in map(kind_of, calls) if kind is not None)
    durations = sorted(round(call.seconds * 1000) for call in calls)
    differences = sorted(round(call.clock_difference) for call in calls if call.clock_difference is not None)
    return CallQuarter(
        quarter_at=at,
        calls=len(calls),
        timeouts=wrong["timeouts"],
        connection_errors=wrong["connection_errors"],
        server_errors=wrong["server_errors"],
        throttled=wrong["throttled"],
        refused=wrong["refused"],
        rejected=wrong["rejected"],
        unreadable=wrong["unreadable"],
        p50_ms=_at(durations, 50),
        p95_ms=_at(durations, 95),
        bytes=sum(call.bytes_read for call in calls),
        clock_difference_seconds=_at(differences, 50) if differences else None,
        ends_on=min((call.ends_on for call in calls if call.ends_on is not None), default=None),
    )


def _at(ordered: Sequence[int], percent: int) -> int:
    """The value that so many per cent do not exceed (nearest rank)."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
