"""`fact.acceptance`: who accepted which finding, when and why, up to the run's moment.

Comes from the events of findings, which live in the store and not in the workspace; so it is filled by the run's
preparation, before `compute_facts`, which only makes sure that the table is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from auditor.checking.facts.frames import insert_rows
from auditor.store.connection import Connection

_TABLE = """
CREATE SCHEMA IF NOT EXISTS fact;
CREATE TABLE IF NOT EXISTS fact.acceptance (
    finding_id VARCHAR, accepted_at TIMESTAMP, accepted_by VARCHAR, reason VARCHAR
)
"""
_LATEST = """
SELECT finding_id, max(happened_at), max_by(actor, event_id), max_by(reason, event_id)
FROM audit.finding_event WHERE kind = 'accepted' AND happened_at <= $moment GROUP BY finding_id ORDER BY finding_id
"""

Acceptance = tuple[str, datetime, str, str | None]
"""Finding, when, who, why."""


def load_acceptances(con: Connection, moment: datetime) -> list[Acceptance]:
    """The latest acceptance of each finding up to a moment, from the store."""
    return [tuple(row) for row in con.sql(_LATEST, params={"moment": moment}).fetchall()]


def fill_acceptances(con: Connection, acceptances: Sequence[Acceptance]) -> None:
    """Into a run's workspace."""
    con.execute(_TABLE)
    if acceptances:
        insert_rows(con, "fact.acceptance", acceptances)


def make_acceptances(con: Connection) -> None:
    con.execute(_TABLE)
