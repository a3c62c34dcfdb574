"""The ceilings that the operator publishes for each operation, held: a call too many is answered with 429.

Written from the specification's own list and not from the connector's, so that one can find out the other. `broken`
counts the calls too many. Pages that carry a page_token belong to the listing that began; of the transaction log the
specification counts the calls themselves.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from auditor.clock import Clock

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_WITHIN: dict[str, tuple[tuple[int, timedelta], ...]] = {
    "GET /api/orders": ((1, _MINUTE),),
    "POST /api/orders/async-export": ((1, timedelta(minutes=5)),),
    "GET /api/orders/async-export/status": ((1, timedelta(seconds=2)),),
    "POST /api/offers/export/async": ((1, _MINUTE),),
    "GET /api/offers/export/async/status": ((1, timedelta(seconds=10)),),
    "GET /api/returns": ((1, timedelta(minutes=5)),),
    "GET /api/sellerpayment/transactions_logs": ((20, _MINUTE), (60, _HOUR)),
    "GET /api/sellerpayment/transactions_logs/async/status": ((1, timedelta(seconds=10)),),
}
_A_DAY = {
    "POST /api/offers/export/async full",
    "POST /api/sellerpayment/transactions_logs/async",
    "GET /api/seller-billing-cycles",
    "GET /api/shipping/carriers",
    "GET /api/orders/taxes",
    "GET /api/additional_fields",
}
COUNTS_EVERY_CALL = {"GET /api/sellerpayment/transactions_logs"}
_CLOSE = timedelta(milliseconds=1)
"""Clocks that count in floating point may be this far apart."""


@dataclass(slots=True)
class Limits:
    clock: Clock
    granted: int = 1
    """How many times the published ceilings this shop may use."""
    broken: int = 0
    calls: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _days: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))

    def allow(self, call: str) -> bool:
        """Whether this call may be answered; it is counted."""
        made, now = self.calls[call], self.clock.monotonic()
        is_fine = all(
            sum(now - at < span.total_seconds() / self.granted - _CLOSE.total_seconds() for at in made[-most:]) < most
            for most, span in _WITHIN.get(call, ())
        )
        if call in _A_DAY:
            day = self.clock.now().date()
            is_fine = day not in self._days[call]
            self._days[call].add(day)
        made.append(now)
        self.broken += not is_fine
        return is_fine
