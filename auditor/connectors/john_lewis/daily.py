"""What may be asked for once a day: today's answer counts until tomorrow, whoever asks again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
import structlog
from msgspec import Raw, Struct

from auditor.clock import Clock
from auditor.connectors.whole_file import write_whole

log = structlog.get_logger(__name__)

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


class _Kept(Struct):
    day: date
    source: str
    answer: Raw


class DailyFile:
    """An answer of today in a file, for other processes: what doctor asked for, the audit after it need not ask again.

    A file that cannot be read counts as none, and one that cannot be written costs nothing but the second process's
    answer. It holds what the operator says about its platform, nothing of any customer.
    """

    def __init__(self, path: Path, source: str, clock: Clock) -> None:
        """source: whose answer it is; that of another address does not count."""
        self._path = path
        self._source = source
        self._clock = clock

    def read(self) -> bytes | None:
        """Today's answer, if one was kept."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError):
            return None
        is_current = kept.source == self._source and kept.day == self._clock.now().date()
        return bytes(kept.answer) if is_current else None

    def write(self, answer: bytes) -> None:
        kept = _Kept(self._clock.now().date(), self._source, Raw(answer))
        try:
            write_whole(self._path, msgspec.json.encode(kept))
        except OSError as error:
            log.warning("answer_not_kept", path=str(self._path), reason=error.strerror)
