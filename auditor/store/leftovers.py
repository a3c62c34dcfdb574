"""What a process that was killed left in the store: its extracts have failed; what they had staged ended with it."""

from __future__ import annotations

from datetime import datetime

from auditor.store.connection import Connection

ENDED_EARLY = "the program ended before the extract was complete"


def clean(con: Connection, at: datetime) -> None:
    """Notes the extracts that still seem to run as failed."""
    con.execute(
        "UPDATE raw.extract SET status = 'failed', finished_at = $finished_at, reason = $reason "
        "WHERE status = 'running'",
        {"finished_at": at, "reason": ENDED_EARLY},
    )
