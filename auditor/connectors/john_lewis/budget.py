"""How often each operation may be called: Mirakl publishes a ceiling for every one of them, not for the whole API.

A ceiling of minutes counts every attempt, answered or not, and a call that comes too early waits. A ceiling of a day is
a calendar day (UTC) and counts usable answers, because a day lost to one dropped connection is out of proportion;
nobody waits for it, see `daily.py`. Pages of a listing that seeks (they carry a page_token) belong to the call that
began it, except where calls themselves are counted (TL02). Operations that stand nowhere here have no figure in the
specification.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from auditor.clock import Clock
from auditor.connectors.http import Answer
from auditor.errors import Rejected, Retriable


@dataclass(frozen=True, slots=True)
class Ceiling:
    """At most `calls` within any `seconds`."""

    calls: int
    seconds: float


MINUTE, HOUR = 60.0, 3600.0
PER_CALL: dict[str, tuple[Ceiling, ...]] = {
    "OR11": (Ceiling(1, MINUTE),),
    # Filtered by the time of the update, an export is a differential one, however far it goes back.
    "OR13": (Ceiling(1, 5 * MINUTE),),
    "OR14": (Ceiling(1, 2.0),),
    "OF52": (Ceiling(1, MINUTE),),
    "OF53": (Ceiling(1, 10.0),),
    "RT11": (Ceiling(1, 5 * MINUTE),),
    "TL02": (Ceiling(20, MINUTE), Ceiling(60, HOUR)),
    "TL04": (Ceiling(1, 10.0),),
}
_TOO_MANY = 429
PER_DAY = frozenset({"OF52 full", "TL03", "SBC11", "SH21", "OR75", "AF01"})


@dataclass(slots=True)
class _Used:
    at: deque[float] = field(default_factory=deque)
    day: date | None = None


class Budget:
    """The ceilings of one shop, kept on the clock, for all threads. Implements `RateBudget` for the operation named."""

    def __init__(self, system: str, clock: Clock, granted: int = 1) -> None:
        """granted: how many times the published ceilings this shop may use."""
        self._system = system
        self._clock = clock
        self._granted = granted
        self._lock = threading.Lock()
        self._used: dict[str, _Used] = {}
        self._now = threading.local()

    def is_spent(self, operation: str) -> bool:
        """Whether an operation that is allowed once a day has been answered today."""
        with self._lock:
            used = self._used.get(operation)
            return used is not None and used.day == self._clock.now().date()

    @contextmanager
    def of(self, operation: str) -> Iterator[None]:
        """Calls of this thread inside the block are calls of `operation`.

        Raises `Retriable` when it was answered today and is allowed once a day.
        """
        if operation in PER_DAY and self.is_spent(operation):
            raise Retriable(f"{self._system}: {operation} is allowed once a day and was called today; try tomorrow.")
        self._now.operation = operation
        try:
            yield
        finally:
            self._now.operation = None
        if operation in PER_DAY:
            with self._lock:
                self._used.setdefault(operation, _Used()).day = self._clock.now().date()

    def before(self) -> None:
        """Waits until the operation's ceilings allow one call more, and counts it."""
        operation = getattr(self._now, "operation", None)
        ceilings = PER_CALL.get(operation or "", ())
        if not ceilings:
            return
        with self._lock:
            used = self._used.setdefault(str(operation), _Used())
            now = self._clock.monotonic()
            moment = max([now, *(self._free_at(used.at, ceiling) for ceiling in ceilings)])
            # The turn is taken before the wait, so that several threads queue up behind each other.
            used.at.append(moment)
            while len(used.at) > max(ceiling.calls for ceiling in ceilings):
                used.at.popleft()
        if moment > now:
            self._clock.sleep(moment - now)

    def after(self, answer: Answer) -> None:
        """Raises `Rejected` where today's only call has been made already, by another process: trying again is vain."""
        operation = getattr(self._now, "operation", None)
        if operation in PER_DAY and answer.status == _TOO_MANY:
            raise Rejected(
                f"{self._system}: {operation} is allowed once a day and was called today already; "
                "today's earlier reading counts.",
                status=_TOO_MANY,
            )

    def _free_at(self, calls: deque[float], ceiling: Ceiling) -> float:
        """When one more call fits under a ceiling."""
        if len(calls) < ceiling.calls:
            return 0.0
        return calls[-ceiling.calls] + ceiling.seconds / self._granted
