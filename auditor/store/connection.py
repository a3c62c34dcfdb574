"""The names under which other stages speak of the database, so that only this folder imports duckdb."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from duckdb import DuckDBPyConnection as Connection
from duckdb import Error as SqlError

__all__ = ["Connection", "SqlError", "shown"]


@contextmanager
def shown(con: Connection, name: str, rows: object) -> Iterator[None]:
    """Rows in Arrow or polars as a view of this name, for as long as the block lasts."""
    con.register(name, rows)
    try:
        yield
    finally:
        # A transaction in which something failed takes the view with it, and can do nothing else any more.
        with suppress(SqlError):
            con.unregister(name)
