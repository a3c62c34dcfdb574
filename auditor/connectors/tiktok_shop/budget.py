"""A ceiling of calls per second that is never broken, whichever thread calls.

TikTok's ceilings move with app, shop and endpoint, and no call tells them. 20 and 50 a second are quoted and not
verified; half of the lower one is what we take.
"""

from __future__ import annotations

import threading
from collections import deque

from auditor.clock import Clock
from auditor.connectors.http import Answer

CALLS_PER_SECOND = 10
WINDOW = 1.0


class CallBudget:
    """A `RateBudget` of the HTTP client: at most so many calls begin within any second."""

    def __init__(self, clock: Clock, calls: int = CALLS_PER_SECOND) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._begun: deque[float] = deque(maxlen=calls)

    def before(self) -> None:
        # Waiting inside the lock keeps the others behind it, who would have to wait at least as long.
        with self._lock:
            if len(self._begun) == self._begun.maxlen:
                wait = self._begun[0] + WINDOW - self._clock.monotonic()
                while wait > 0:
                    self._clock.sleep(wait)
                    wait = self._begun[0] + WINDOW - self._clock.monotonic()
            self._begun.append(self._clock.monotonic())

    def after(self, answer: Answer) -> None:
        """No answer tells what is left."""
