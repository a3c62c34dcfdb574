"""The cost bucket of one app at one shop: filled at a constant rate on the clock, reserved before, settled after."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.clock import Clock
from auditor.sandbox.shopify.wire import Node

QUERY_LIMIT = 1000


@dataclass(slots=True)
class Bucket:
    size: float
    restore_rate: float
    clock: Clock
    _available: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._available = self.size
        self._at = self.clock.monotonic()

    def reserve(self, cost: int) -> bool:
        """Takes the requested cost; False, and nothing taken, when the bucket does not hold so much."""
        now = self.clock.monotonic()
        self._available = min(self.size, self._available + (now - self._at) * self.restore_rate)
        self._at = now
        if cost > self._available:
            return False
        self._available -= cost
        return True

    def give_back(self, cost: float) -> None:
        self._available = min(self.size, self._available + cost)

    def extension(self, requested: int, actual: int | None) -> Node:
        """`extensions.cost` of an answer; `actual` None when nothing was executed."""
        return {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": {
                "maximumAvailable": float(self.size),
                "currentlyAvailable": float(int(self._available)),
                "restoreRate": float(self.restore_rate),
            },
        }
