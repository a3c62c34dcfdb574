"""Many rows computed in Python into a table at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditor.store.connection import Connection

_AT_ONCE = 1000


def insert_rows(con: Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows in the order of the table's columns; a thousand per statement."""
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        places = ", ".join("(" + ", ".join(["?"] * len(part[0])) + ")" for _ in part)
        con.execute(f"INSERT INTO {table} VALUES {places}", [value for row in part for value in row])
