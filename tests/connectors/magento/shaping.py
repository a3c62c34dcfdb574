"""Bodies of a stream through shape.sql into rows, one table at a time and without a store: quick enough for a sentence
each. That the same statements run in the shape engine is shown by `test_whole_stack`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from auditor.canonical import shape_file
from auditor.canonical.shape_file import ShapeFile
from auditor.connectors import magento

Row = dict[str, Any]
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Tables:
    """The rows of a table when it is asked for, in the order of their keys."""

    def __init__(self, stream: str, bodies: tuple[Mapping[str, Any], ...]) -> None:
        self._stream = stream
        con, file = _connection(), _file()
        con.execute("CREATE OR REPLACE TEMP TABLE incoming (record_key VARCHAR, body VARCHAR)")
        for place, body in enumerate(bodies):
            con.execute(
                "INSERT INTO incoming VALUES ($key, $body)", {"key": str(place), "body": _encode(body).decode()}
            )
        for section in file.sections:
            if stream in section.streams and section.kind != "table":
                what = "VIEW" if section.kind == "view" else "TABLE"
                con.execute(f"CREATE OR REPLACE TEMP {what} {section.name} AS {section.sql}")

    def __getitem__(self, table: str) -> list[Row]:
        (section,) = [one for one in _file().tables(self._stream) if one.name == table]
        found = _connection().sql(section.sql.rstrip(";"), params={"channel": "magento-uk"})
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
        return sorted(({k: v for k, v in row.items() if k != "record_key"} for row in rows), key=_order)


def shaped(stream: str, *bodies: Mapping[str, Any]) -> Tables:
    return Tables(stream, bodies)


def _order(row: Row) -> list[str]:
    return [str(value) for value in row.values()]


@cache
def _file() -> ShapeFile:
    return shape_file.load(Path(magento.__file__).with_name("shape.sql"))


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET threads = 1")  # a row needs no second one
    return con
