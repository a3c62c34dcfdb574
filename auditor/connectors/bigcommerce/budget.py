"""BigCommerce's quota: requests per window of 30 seconds, shared with every other app of the store.

Each answer says how many are left and when the window ends. The last tenth is left to the others. Until the first
answer the quota of the smallest plan is assumed. A 429 without these headers means that the platform is overloaded,
not that we asked too often: then nothing is sent for longer and longer.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from auditor.clock import Clock
from auditor.connectors.http import Answer

SMALLEST_QUOTA = 150
WINDOW_SECONDS = 30.0
RESERVE = 0.1
# Several processes that wait for the same window must not all begin with its first millisecond.
JITTER_SECONDS = 0.5
OVERLOADED_SECONDS = 30.0
LONGEST_OVERLOAD = 120.0
LONGEST_CALL_SECONDS = 120.0


class WindowBudget:
    """A `RateBudget` of the HTTP client. Safe to share between threads."""

    def __init__(self, clock: Clock, jitter: Callable[[], float]) -> None:
        self._clock = clock
        self._jitter = jitter
        self._lock = threading.Lock()
        self._quota = SMALLEST_QUOTA
        self._left = SMALLEST_QUOTA
        self._in_flight: deque[float] = deque()
        self._ends: float | None = None
        self._is_told = False
        self._window = WINDOW_SECONDS
        self._resumes = 0.0
        self._overloads = 0

    @property
    def quota(self) -> int:
        """Requests per window as BigCommerce told last."""
        return self._quota

    def before(self) -> None:
        """Takes one request from the window, or waits for the next."""
        while (wait := self._take()) > 0:
            self._clock.sleep(wait + self._jitter() * JITTER_SECONDS)

    def after(self, answer: Answer) -> None:
        told = _Told(answer)
        with self._lock:
            now = self._clock.monotonic()
            if self._in_flight:
                self._in_flight.popleft()
            if told.quota is not None and told.left is not None and told.reset is not None:
                self._learn(told.quota, told.left, now + told.reset)
            if answer.status != 429:
                self._overloads = 0
            elif told.reset is not None:
                self._left, self._ends = 0, now + told.reset
            else:
                pause = min(LONGEST_OVERLOAD, OVERLOADED_SECONDS * 2**self._overloads)
                self._overloads += 1
                self._resumes = max(self._resumes, now + pause)

    def _learn(self, quota: int, left: int, ends: float) -> None:
        # Answers overtake each other: within one window the smallest number is the newest. The first answer replaces
        # what was assumed; what is under way may not be counted in it.
        is_new = not self._is_told or self._ends is None or ends > self._ends + self._window / 2
        if not self._is_told:
            left -= len(self._in_flight)
        self._left = left if is_new else min(self._left, left)
        self._ends = ends if is_new else self._ends
        self._quota = quota
        self._is_told = True

    def _take(self) -> float:
        """0 when a request may go out now (it is counted), else how long to wait."""
        with self._lock:
            now = self._clock.monotonic()
            if now < self._resumes:
                return self._resumes - now
            if self._ends is None or now >= self._ends:
                # What is still under way will be counted in the new window; what broke off is never answered.
                while self._in_flight and self._in_flight[0] < now - LONGEST_CALL_SECONDS:
                    self._in_flight.popleft()
                self._left = self._quota - len(self._in_flight)
                self._ends = now + self._window
            if self._left <= self._quota * RESERVE:
                return max(0.001, self._ends - now)
            self._left -= 1
            self._in_flight.append(now)
            return 0.0


class _Told:
    """The headers of an answer; None for what is missing or no number."""

    def __init__(self, answer: Answer) -> None:
        self.quota = _whole(answer, "x-rate-limit-requests-quota")
        self.left = _whole(answer, "x-rate-limit-requests-left")
        reset = _whole(answer, "x-rate-limit-time-reset-ms")
        self.reset = None if reset is None else reset / 1000


def _whole(answer: Answer, name: str) -> int | None:
    text = answer.headers.get(name, "").strip()
    return int(text) if text.isdigit() else None
