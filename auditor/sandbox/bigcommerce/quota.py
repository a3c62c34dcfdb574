"""The store's quota: so many requests per window, told with each answer, refused with 429 beyond it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from auditor.sandbox.bigcommerce.state import BigCommerceState


@dataclass(slots=True)
class Quota:
    """`most` is the largest number of requests that one window has seen, refused ones among them."""

    state: BigCommerceState
    most: int = 0
    _used: int = 0
    _ends: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        """Counts a request; False when the window holds no more."""
        with self._lock:
            now = self.state.clock.monotonic()
            if self._ends is None or now >= self._ends:
                self._used, self._ends = 0, now + self.state.window_seconds
            self._used += 1
            self.most = max(self.most, self._used)
            return self._used <= self.state.quota

    def headers(self) -> dict[str, str]:
        with self._lock:
            now = self.state.clock.monotonic()
            left = 0.0 if self._ends is None else max(0.0, self._ends - now)
            return {
                "X-Rate-Limit-Time-Window-Ms": str(int(self.state.window_seconds * 1000)),
                "X-Rate-Limit-Time-Reset-Ms": str(int(left * 1000)),
                "X-Rate-Limit-Requests-Quota": str(self.state.quota),
                "X-Rate-Limit-Requests-Left": str(max(0, self.state.quota - self._used)),
            }
