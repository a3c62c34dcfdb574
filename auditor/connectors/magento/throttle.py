"""How hard a shop may be asked. Magento publishes no quota, so this is our own: its workers serve customers as well.

A reading occupies four of them at most (`reader.SPANS`), and no fifty calls begin within a second, however fast they
are answered. When a shop says that it is busy (429, 503), all threads wait as long as it asks, not only the one that
was told.
"""

from __future__ import annotations

import threading
from collections import deque

from auditor.clock import Clock
from auditor.connectors.http import Answer

CALLS_PER_SECOND = 50
WINDOW = 1.0
BUSY = frozenset({429, 503})
BUSY_SECONDS = 5.0  # what Adobe's own sample waits where no Retry-After says how long
LONGEST_BUSY = 300.0


class Throttle:
    """A `RateBudget` of the HTTP client: so many calls within any second. Safe to share between threads."""

    def __init__(self, clock: Clock, calls: int = CALLS_PER_SECOND) -> None:
        self._clock = clock
        self._most = calls
        self._lock = threading.Lock()
        self._begun: deque[float] = deque(maxlen=calls)
        self._not_before = 0.0

    def before(self) -> None:
        while (wait := self._wait()) > 0:
            self._clock.sleep(wait)

    def after(self, answer: Answer) -> None:
        if answer.status not in BUSY:
            return
        asked = answer.retry_after(self._clock.now())
        pause = min(BUSY_SECONDS if asked is None else asked, LONGEST_BUSY)
        with self._lock:
            self._not_before = max(self._not_before, self._clock.monotonic() + pause)

    def _wait(self) -> float:
        """Seconds until a call may begin; 0 takes the place."""
        with self._lock:
            now = self._clock.monotonic()
            wait = self._not_before - now
            if len(self._begun) == self._most:
                wait = max(wait, self._begun[0] + WINDOW - now)
            if wait <= 0:
                self._begun.append(now)
            return wait
