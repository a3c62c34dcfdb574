"""The scratch database of one run: what was known at a moment, as views, and room for what the run concludes.

`canonical.*` shows each record as it was known then; `history_at.*` shows every version known by then, with feed,
record_key, known_from and known_to. Versions that were closed later still appear open, so that a run of a past moment
sees exactly what a run at that moment saw.
"""

from __future__ import annotations

from datetime import datetime

from auditor.store.connection import Connection

STORE = "store"
"""The catalog name of the store's file in every connection."""

OPEN_END = datetime.fromisoformat("9999-12-31T00:00:00")
VERSION_COLUMNS = ("feed", "record_key", "known_from", "known_to")
ORDER_NO = "order_no"
"""The number of the order that a row belongs to, in every table that has channel and order_id. The store writes it."""
SCHEMAS = ("canonical", "history_at", "setting", "matching", "fact")


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def order_no(channel: str = "channel", order_id: str = "order_id") -> str:
    """The SQL that makes an order's number of the two that name it; NULL where either is."""
    return f"{STORE}.history.order_no({channel}, {order_id})"


def history_columns(con: Connection) -> dict[str, list[tuple[str, str]]]:
    """Table → (column, type) of `history.*`, in order."""
    rows = con.sql(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_catalog = $store AND table_schema = 'history' ORDER BY table_name, ordinal_position",
        params={"store": STORE},
    ).fetchall()
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in rows:
        tables.setdefault(table, []).append((column, kind))
    return tables


def fill(con: Connection, known_at: datetime) -> None:
    """Makes the schemas and views in the connection's default catalog."""
    moment = f"TIMESTAMP '{known_at.isoformat(sep=' ')}'"
    tables = con.sql(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = $store AND schema_name = 'history'",
        params={"store": STORE},
    ).fetchall()
    statements = [f"CREATE SCHEMA {schema}" for schema in SCHEMAS]
    for (table,) in tables:
        source = f"{STORE}.history.{quoted(table)}"
        statements.append(
            f"CREATE VIEW canonical.{quoted(table)} AS SELECT * EXCLUDE ({', '.join(VERSION_COLUMNS)}) FROM {source} "
            f"WHERE known_from <= {moment} AND known_to > {moment}"
        )
        statements.append(
            f"CREATE VIEW history_at.{quoted(table)} AS SELECT * REPLACE (CASE WHEN known_to > {moment} "
            f"THEN TIMESTAMP '{OPEN_END}' ELSE known_to END AS known_to) FROM {source} WHERE known_from <= {moment}"
        )
    con.execute("; ".join(statements))
