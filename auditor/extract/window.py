"""Which part of a stream is read next, and which records are read again although nothing says that they changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from auditor.connectors.base import Stream, Window
from auditor.store import landing
from auditor.store.connection import Connection
from auditor.store.owner import Store
from auditor.store.workspace import OPEN_END, quoted

# B1 stamps neither every cancellation nor every line that was closed, so open documents are read again until they
# are closed. The first canonical table of these streams has a `status`.
OPEN_DOCUMENT_STREAMS = {
    "b1": frozenset({"orders", "deliveries", "invoices", "credit_memos", "returns"}),
}
OPEN_FOR_LONG = timedelta(days=30)
"""What has been open for longer is read again once a day: where nobody settles invoices, all of them stay open."""


def next_window(store: Store, system: str, stream: Stream, now: datetime, history: timedelta) -> Window:
    """From the last complete watermark less the lookback, else from the beginning of the history, up to now."""

    def look(con: Connection) -> Window:
        if stream.mode == "snapshot":
            return Window(since=None, cut_off=now)
        watermark = landing.last_watermark(con, system, stream.name)
        since = now - history if watermark is None else watermark - stream.lookback
        again = _corrected_keys(con, system, stream)
        if stream.name not in OPEN_DOCUMENT_STREAMS.get(system, ()):
            files = landing.files_read(con, system, stream.name)
            return Window(since=since, cut_off=now, open_keys=again, known_files=files)
        is_first_of_day = watermark is None or watermark.date() < now.date()
        open_since = None if is_first_of_day else now - OPEN_FOR_LONG
        again |= _open_keys(con, system, stream, open_since)
        return Window(since=since, cut_off=now, open_keys=again, open_since=open_since)

    return store.read(look)


def _open_keys(con: Connection, system: str, stream: Stream, since: datetime | None) -> frozenset[str]:
    rows = con.sql(
        f"SELECT DISTINCT record_key FROM history.{quoted(stream.tables[0])} "
        f"WHERE feed = $feed AND known_to = TIMESTAMP '{OPEN_END}' AND status = 'open' "
        "AND ($since IS NULL OR created_at IS NULL OR created_at >= $since)",
        params={"feed": f"{system}/{stream.name}", "since": since},
    ).fetchall()
    return frozenset(key for (key,) in rows)


def _corrected_keys(con: Connection, system: str, stream: Stream) -> frozenset[str]:
    """Parcels that a correction was sent for and that still has to prove itself: not every channel says that a parcel
    which got its number later has changed."""
    if "shipment" not in stream.tables:
        return frozenset()
    rows = con.sql(
        "SELECT DISTINCT h.record_key FROM audit.action AS a JOIN history.shipment AS h "
        "ON h.channel = a.channel AND h.order_id = json_extract_string(a.payload, '$.order_id') "
        f"WHERE a.state = 'confirmed' AND h.feed = $feed AND h.known_to = TIMESTAMP '{OPEN_END}'",
        params={"feed": f"{system}/{stream.name}"},
    ).fetchall()
    return frozenset(key for (key,) in rows)
