"""What may be asked for once a day: today's answer counts until tomorrow, whoever asks again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Generic, TypeVar

from auditor.clock import Clock

Answered = TypeVar("Answered")


class Daily(Generic[Answered]):
    """Remembers one reading for the rest of its (UTC) day. A reading that fails is not remembered."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: tuple[date, Answered] | None = None

    def get(self, read: Callable[[], Answered]) -> Answered:
        """Today's reading; made now when there is none."""
        with self._lock:
            held = self._today()
            if held is None:
                held = (self._clock.now().date(), read())
                self._held = held
            return held[1]

    def peek(self) -> Answered | None:
        """Today's reading, if it has been made."""
        with self._lock:
            held = self._today()
            return None if held is None else held[1]

    def _today(self) -> tuple[date, Answered] | None:
        if self._held is not None and self._held[0] == self._clock.now().date():
            return self._held
        return None
