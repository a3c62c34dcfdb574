"""What checks read, made in a run's workspace: settings, matching, feeds, deadlines, acceptances, facts.

Every run begins here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from auditor.checking.clocks import allow_for_clocks
from auditor.checking.facts import compute_facts
from auditor.checking.facts.acceptances import fill_acceptances, load_acceptances
from auditor.checking.facts.health import fill_deadlines
from auditor.checking.feeds import FeedSpec, fill
from auditor.checking.library import Library
from auditor.checking.open_hours import OpenHours
from auditor.checking.open_hours import fill as fill_open_hours
from auditor.connectors.base import Connector
from auditor.matching.match import ManualLink, match
from auditor.matching.settings_tables import fill_settings
from auditor.service import connections
from auditor.settings import Settings
from auditor.store.connection import Connection
from auditor.store.owner import Store


def prepare(
    con: Connection,
    store: Store,
    settings: Settings,
    connectors: Sequence[Connector],
    library: Library,
    known_at: datetime,
) -> list[FeedSpec]:
    """Fill what this library's checks and the bridge read, from what the workspace shows; the feeds that there are."""
    specs = [
        FeedSpec(connector.system, connector.channel_id, stream.name, stream.tables, stream.cadence)
        for connector in connectors
        for stream in connector.streams
    ]
    hours = OpenHours.of(settings, known_at)
    fill_settings(con, settings)
    fill_open_hours(con, hours, [channel.id for channel in settings.channel])
    allow_for_clocks(con, known_at)
    match(con, store.read(lambda reader: _manual_links(reader, known_at)))
    fill(con, specs, known_at, hours=hours)  # facts ask up to when each side was read
    fill_deadlines(con, connections.deadlines(settings, connectors))
    fill_acceptances(con, store.read(lambda reader: load_acceptances(reader, known_at)))
    compute_facts(con, known_at, {"bridge", *(table for check in library for table in check.header.reads)})
    return specs


def _manual_links(con: Connection, known_at: datetime) -> list[ManualLink]:
    """What people had linked and unlinked by a moment, in the order in which they did it."""
    rows = con.sql(
        "SELECT channel, order_id, object, doc_entry, is_linked FROM audit.manual_link "
        "WHERE happened_at <= $known_at ORDER BY happened_at",
        params={"known_at": known_at},
    ).fetchall()
    return [ManualLink(*row) for row in rows]
