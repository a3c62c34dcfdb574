"""What an extract tells while it runs and when it ends; a terminal, a log or nobody may listen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class ExtractResult:
    """How the read of one stream ended; `reason` says why it is not complete."""

    system: str
    stream: str
    status: Literal["complete", "incomplete", "failed"]
    rows_read: int
    rows_new: int
    calls: int
    seconds: float
    reason: str | None = None


class Progress(Protocol):
    """Called from several threads, one per system."""

    def started(self, system: str, stream: str) -> None:
        """The stream begins to be read."""

    def advanced(self, system: str, stream: str, rows: int) -> None:
        """So many records of the stream have been read so far."""

    def finished(self, result: ExtractResult) -> None:
        """The stream has ended, well or not."""


class Silent:
    """Nobody listens."""

    def started(self, system: str, stream: str) -> None:
        pass

    def advanced(self, system: str, stream: str, rows: int) -> None:
        pass

    def finished(self, result: ExtractResult) -> None:
        pass
