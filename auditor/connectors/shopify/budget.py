"""Shopify's cost bucket: points that refill with time, per app and shop.

Each answer says how many points are left and how fast they come back. Before a query whose cost is known the budget
waits until enough are there; a query that is not known yet goes out and, if it is refused as THROTTLED, has told its
cost by that. Other processes drain the same bucket, so a refusal is normal and only ever means: wait.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from auditor.clock import Clock
from auditor.connectors.http import Answer

# Waiting a little longer than needed keeps several processes from asking again in the same instant.
JITTER_SECONDS = 0.25
LONGEST_WAIT = 60.0
# What is taken as the rate when an answer was refused without saying: the smallest plan's.
SMALLEST_RATE = 100.0


@dataclass(slots=True)
class _Bucket:
    available: float
    maximum: float
    rate: float
    seen: float


class CostBudget:
    """A `RateBudget` of the HTTP client. Safe to share between threads."""

    def __init__(self, clock: Clock, jitter: Callable[[], float]) -> None:
        self._clock = clock
        self._jitter = jitter
        self._lock = threading.Lock()
        self._bucket: _Bucket | None = None
        self._costs: dict[tuple[str, int], float] = {}
        self._next = threading.local()

    def expect(self, operation: str, size: int = 0) -> None:
        """The next calls of this thread are this operation, asking for so many records."""
        self._next.operation = operation, size

    def before(self) -> None:
        wait = self._lack()
        if wait > 0:
            self._clock.sleep(min(wait, LONGEST_WAIT) + self._jitter() * JITTER_SECONDS)

    def after(self, answer: Answer) -> None:
        """Learns from `extensions.cost`, also from a refusal; an answer without it changes nothing."""
        cost = _cost_of(answer)
        if cost is None:
            return
        throttle = cost.get("throttleStatus")
        with self._lock:
            if isinstance(throttle, Mapping):
                self._bucket = _Bucket(
                    available=float(throttle.get("currentlyAvailable") or 0),
                    maximum=float(throttle.get("maximumAvailable") or 0),
                    rate=float(throttle.get("restoreRate") or SMALLEST_RATE),
                    seen=self._clock.monotonic(),
                )
            operation = getattr(self._next, "operation", None)
            if operation is not None and cost.get("requestedQueryCost") is not None:
                self._costs[operation] = float(cost["requestedQueryCost"])

    def _lack(self) -> float:
        """Seconds until the bucket holds what the next call costs."""
        with self._lock:
            cost = self._costs.get(getattr(self._next, "operation", ("", 0)), 0.0)
            bucket = self._bucket
            if bucket is None or cost <= 0:
                return 0.0
            since = self._clock.monotonic() - bucket.seen
            available = bucket.available + since * bucket.rate
            if bucket.maximum > 0:
                # More than the bucket holds can never be there; the provider will say that it is too expensive.
                available, cost = min(bucket.maximum, available), min(bucket.maximum, cost)
            return max(0.0, cost - available) / bucket.rate


def _cost_of(answer: Answer) -> Mapping[str, Any] | None:
    # Most of a body is data; the costs stand at its end or beginning, so the body is only parsed when they are there.
    if b'"throttleStatus"' not in answer.body:
        return None
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    cost = (body.get("extensions") or {}).get("cost") if isinstance(body, dict) else None
    return cost if isinstance(cost, Mapping) else None
