"""What was read, through the real landing and the real shape engine, as canonical rows."""

from __future__ import annotations

from typing import Any

from auditor.canonical.shape import shape_pending
from auditor.connectors.base import Record, Window
from auditor.store import landing
from auditor.store.connection import Connection
from auditor.store.owner import Store as Database
from tests.connectors.bigcommerce.store import NOW, Store

Row = dict[str, Any]
Tables = dict[str, list[Row]]


def shaped(store: Store, *names: str) -> Tables:
    """These streams (all, when none is named) read from the store: table -> rows."""
    return shaped_records(
        store, {name: store.read(name) for name in names or [s.name for s in store.connector.streams]}
    )


def shaped_records(store: Store, records: dict[str, list[Record]]) -> Tables:
    """Rows without what belongs to the versions, in the order of their keys."""
    connector = store.connector
    streams = [stream for stream in connector.streams if stream.name in records]
    with Database.in_memory(store.clock) as database:
        for stream in streams:
            extract = landing.begin(database, connector.system, stream.name, Window(None, NOW), NOW)
            landing.stage(database, extract, records[stream.name])
            landing.commit(database, extract, mode="delta", watermark=NOW, calls=1, at=NOW)
        for result in shape_pending(database, [connector], store.clock):
            assert result.reason is None, result.reason
        tables = [table for stream in streams for table in stream.tables]
        return database.read(lambda con: {table: _rows(con, table) for table in tables})


def _rows(con: Connection, table: str) -> list[Row]:
    found = con.sql(f"SELECT * EXCLUDE (feed, record_key, known_from, known_to) FROM history.{table} ORDER BY ALL")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
