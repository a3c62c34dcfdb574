"""Progress of long work: bars on a terminal, one plain line per finished stream elsewhere."""

from __future__ import annotations

import threading
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from auditor.extract.progress import ExtractResult


class Bars:
    """Shows each feed while it is read. Thread-safe; used as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._bars: Progress | None = None
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __enter__(self) -> Bars:
        if self._console.is_terminal:
            self._bars = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", justify="left"),
                BarColumn(bar_width=24),
                TextColumn("{task.completed:>9,.0f} records"),
                TimeElapsedColumn(),
                console=self._console,
                transient=False,
            )
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def started(self, system: str, stream: str) -> None:
        if self._bars is not None:
            words = f"{system:<14} {stream.replace('_', ' '):<20}"
            with self._lock:
                self._tasks[system, stream] = self._bars.add_task(words, total=None)

    def advanced(self, system: str, stream: str, rows: int) -> None:
        """`rows` records have been read so far."""
        if self._bars is not None:
            with self._lock:
                self._bars.update(self._tasks[system, stream], completed=rows)

    def finished(self, result: ExtractResult) -> None:
        if self._bars is None:
            words = result.stream.replace("_", " ")
            self._console.print(
                f"{result.system} {words}: {result.rows_read:,} records, {result.status}", highlight=False
            )
            return
        with self._lock:
            full = max(result.rows_read, 1)
            self._bars.update(self._tasks[result.system, result.stream], total=full, completed=full)
