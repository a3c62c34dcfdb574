"""A store in memory for tests that begin with canonical rows: put rows in, look at them as a run would.

Rows are plain dicts; a canonical row is known from long ago to for ever unless it says otherwise with `known_from` and
`known_to`. Columns that a row leaves out are NULL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from auditor.clock import FixedClock
from auditor.settings import Settings, parse
from auditor.store.connection import Connection
from auditor.store.owner import Store
from auditor.store.select_text import canonical_columns

LONG_AGO = datetime(2000, 1, 1)
FOR_EVER = datetime(9999, 12, 31)
CHANNEL = "shopify-uk"

Row = Mapping[str, Any]

SETTINGS: dict[str, Any] = {
    "company": {"name": "Harbour & Pine Ltd", "currency": "GBP", "timezone": "Europe/London"},
    "b1": {
        "base_url": "https://b1.example.com:50000",
        "company_db": "HARBOURPINE",
        "username": "auditor",
        "password": {"env": "B1_PASSWORD"},
    },
    "channel": {
        "id": CHANNEL,
        "kind": "shopify",
        "base_url": "https://example.myshopify.com",
        "credentials": {"access_token": {"env": "SHOPIFY_TOKEN"}},
        "card_code": "C-SHOPIFY",
        "reference": {"field": "NumAtCard", "prefix": "#"},
        "locations": {"L1": ["01"]},
    },
    "booking": {
        "shipping_expenses": [1],
        "goodwill_expenses": [2],
        "tip_expenses": [3],
        "gift_card_items": ["GIFTCARD"],
    },
}


def settings(
    *more_channels: Row,
    channel: Row | None = None,
    booking: Row | None = None,
    folder: Path | None = None,
    **other: Any,
) -> Settings:
    """Checked settings: the company above, with some keys of its channel and booking replaced."""
    raw = {**SETTINGS, **other}
    first = {**SETTINGS["channel"], **(channel or {})}
    raw["channel"] = [first, *({**first, **more} for more in more_channels)]
    raw["booking"] = {**SETTINGS["booking"], **(booking or {})}
    return parse(raw, folder=folder or Path())


def insert(con: Connection, table: str, rows: Iterable[Row]) -> None:
    """Rows into any table, by column name; rows with the same columns go in together."""
    alike: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        alike.setdefault(tuple(row), []).append(row)
    for names, found in alike.items():
        places = ", ".join(f"({', '.join('?' * len(names))})" for _ in found)
        values = [value for row in found for value in row.values()]
        con.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES {places}", values)


def order_no(channel: str | None, order_id: str | None) -> int | None:
    """The number that the store writes beside what belongs to an order."""
    if channel is None or order_id is None:
        return None
    return int.from_bytes(hashlib.md5(f"{channel}\x1f{order_id}".encode()).digest()[8:], "little")


def versions(table: str, rows: Iterable[Row], **known: Any) -> list[Row]:
    """Rows of a history table from canonical ones; `known` replaces its columns of the version."""
    version = {"feed": "test", "known_from": LONG_AGO, "known_to": FOR_EVER, **known}
    is_numbered = "order_no" in canonical_columns()[table]
    return [
        {
            **version,
            "record_key": f"{table}:{place}",
            **({"order_no": order_no(row.get("channel"), row.get("order_id"))} if is_numbered else {}),
            **row,
        }
        for place, row in enumerate(rows)
    ]


def remember(store: Store, tables: Mapping[str, Iterable[Row]]) -> None:
    """Canonical rows, by the table's name without schema, as versions of history."""
    versioned = {f"history.{table}": versions(table, rows) for table, rows in tables.items()}

    def write(con: Connection) -> None:
        for table, rows in versioned.items():
            insert(con, table, rows)

    store.write(write)


@contextmanager
def workspace(tables: Mapping[str, Iterable[Row]], known_at: datetime) -> Iterator[Connection]:
    """A run's workspace over these canonical rows."""
    with Store.in_memory(FixedClock(known_at)) as store:
        remember(store, tables)
        with store.workspace(known_at) as con:
            yield con
