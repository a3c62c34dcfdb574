"""Events that were posted and have not landed yet, as files beside the store, so that none is lost in between.

`keep` returns once they are on the disk; the next reading of the middleware takes them, and `forget` removes what has
landed. The same batch kept twice is one file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from auditor.connectors.middleware.event import SyncEvent
from auditor.connectors.middleware.event_file import EventFile, understand
from auditor.connectors.whole_file import write_whole
from auditor.errors import StoreError

ENDING = ".jsonl"


class Inbox:
    """A folder that only this program writes to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, events: Iterable[SyncEvent]) -> None:
        """Raises `StoreError` when they cannot be written; then nothing was kept."""
        content = b"".join(event.record().body + b"\n" for event in events)
        target = self._folder / f"{hashlib.sha256(content).hexdigest()[:32]}{ENDING}"
        try:
            write_whole(target, content)
        except OSError as error:
            raise StoreError(f"The events cannot be kept in {self._folder}: {error.strerror}.") from None

    def files(self) -> list[Path]:
        """What waits, the oldest first."""
        if not self._folder.is_dir():
            return []
        found = [path for path in self._folder.iterdir() if path.suffix == ENDING]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def read(self, path: Path) -> EventFile:
        """What a file holds."""
        return understand(path.read_bytes(), None)

    def forget(self, paths: Iterable[Path]) -> None:
        """They have landed."""
        for path in paths:
            path.unlink(missing_ok=True)
