"""Fields that a platform no longer sends: what every record had, and the newest have not.

In: a run's workspace. Out: one `SilentField` for each field that has lately been silent. Two kinds of records:
new      orders, refunds and the like: the newest of them lie without the field behind those that have it
changed  products and levels: records that changed have lost it, and none that changed since has kept it
Only fields that stand in a record from its beginning are looked at, so that nothing is silent that is only early.
What is not told at all (another kind of channel) was never there and is no news. B1 is asked for each field by its name
and refuses one that it does not know, so nothing falls silent there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auditor.store.connection import Connection, selected
from auditor.store.workspace import OPEN_END

DAYS = 28
MOST = 1000
"""Of more records than this per channel, the newest are looked at."""
FEWEST = 5
"""Silence of fewer records is not even noted; the check asks for more."""

# table -> the column with its moment, and the columns that are known from the beginning
_NEW: dict[str, tuple[str, tuple[str, ...]]] = {
    "sales_order": (
        "placed_at",
        ("order_ref", "currency", "total", "tax", "shipping", "subtotal", "discount", "is_tax_included", "country"),
    ),
    "shipment": ("shipped_at", ("location",)),
    "refund": ("created_at", ("currency", "total", "item", "tax", "shipping")),
    "payout_line": ("processed_at", ("currency", "gross", "fee", "net", "source_type")),
}
# what belongs to orders and has their moment -> its columns
_OF_ORDERS: dict[str, tuple[str, ...]] = {
    "sales_order_line": ("sku", "title", "quantity", "unit_price", "net", "gross", "tax", "tax_rate"),
    "sales_payment": ("gateway", "amount", "currency"),
}
# table -> what names a record of it, and its columns
_CHANGED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "listing": (("channel", "listing_id"), ("sku", "title", "barcode", "price", "currency")),
    "channel_stock": (("channel", "location", "sku"), ("available",)),
}


_NEWEST = """
CREATE OR REPLACE TEMP TABLE newest_record AS
SELECT channel, order_no, {moment} AS happened_at, {columns},
       row_number() OVER (PARTITION BY channel ORDER BY {moment} DESC) AS place
FROM canonical.{table}
WHERE {moment} > CAST($now AS TIMESTAMP) - INTERVAL {days} DAY AND {moment} <= $now
QUALIFY place <= {most}
"""
_COUNTED = """
count(nullif(CAST({column} AS VARCHAR), '')), min(CASE WHEN CAST({column} AS VARCHAR) <> '' THEN place END)
"""
_LINES_OF_NEWEST = """(
SELECT n.channel, n.happened_at, {columns}, row_number() OVER (PARTITION BY n.channel ORDER BY n.place) AS place
FROM canonical.{table} AS l JOIN newest_record AS n ON n.order_no = l.order_no)
"""
_SINCE = "SELECT min(happened_at) FROM {source} WHERE channel = $channel AND place < $first"
_LAST_CHANGE = """
CREATE OR REPLACE TEMP TABLE changed_record AS
SELECT a.channel, a.known_from, {columns}
FROM history_at.{table} AS a JOIN history_at.{table} AS b ON b.known_to = a.known_from AND {same}
WHERE a.known_to = {never} AND b.known_to < {never}
"""
_LOST = """
WITH lost AS (
    SELECT channel, min(known_from) AS since, count(*) AS silent FROM changed_record
    WHERE old_{column} IS NOT NULL AND {column} IS NULL GROUP BY channel HAVING count(*) >= {fewest}
)
SELECT l.channel, l.silent, count(*), count(c.{column}), l.since
FROM lost AS l
JOIN changed_record AS c ON c.channel = l.channel AND c.known_from >= l.since AND c.old_{column} IS NOT NULL
GROUP BY l.channel, l.silent, l.since ORDER BY l.channel
"""


@dataclass(frozen=True, slots=True)
class SilentField:
    """silent: the newest records without it, or the changed records that lost it
    others: the records before them, or the changed records that might have kept it; told: those of them that have it
    since:  the moment of the oldest silent record, or of the reading that first lacked it
    """

    channel: str
    table: str
    column: str
    kind: Literal["new", "changed"]
    silent: int
    others: int
    told: int
    since: datetime | None


def find(con: Connection, now: datetime) -> Sequence[SilentField]:
    """All of them, in the order of their tables."""
    found: list[SilentField] = []
    for table, (moment, columns) in _NEW.items():
        _look_at_newest(con, table, moment, columns, now)
        found += _new(con, table, "newest_record", columns)
        for lines, of_line in _OF_ORDERS.items() if table == "sales_order" else ():
            own = ", ".join(f"l.{name}" for name in of_line)
            found += _new(con, lines, _LINES_OF_NEWEST.format(table=lines, columns=own), of_line)
    con.execute("DROP TABLE newest_record")
    for table, (keys, columns) in _CHANGED.items():
        found += _changed(con, table, keys, columns)
    return found


def _look_at_newest(con: Connection, table: str, moment: str, columns: Sequence[str], now: datetime) -> None:
    sql = _NEWEST.format(table=table, moment=moment, columns=", ".join(columns), days=DAYS, most=MOST)
    con.execute(sql, {"now": now})


def _new(con: Connection, table: str, source: str, columns: Sequence[str]) -> Iterator[SilentField]:
    """Where the newest records lie without a column, up to the first that has it."""
    figures = ", ".join(_COUNTED.format(column=name) for name in columns)
    rows = selected(con, f"SELECT channel, count(*), {figures} FROM {source} GROUP BY channel ORDER BY channel")[1]
    for channel, records, *counted in rows:
        for column, told, first in zip(columns, counted[::2], counted[1::2], strict=True):
            if told and first > FEWEST:
                params = {"channel": channel, "first": first}
                ((since,),) = selected(con, _SINCE.format(source=source), params)[1]
                yield SilentField(channel, table, column, "new", first - 1, records - first + 1, told, since)


def _changed(con: Connection, table: str, keys: Sequence[str], columns: Sequence[str]) -> Iterator[SilentField]:
    """Records whose last change took a column from them, beside those that changed since then and had it before."""
    con.execute(
        _LAST_CHANGE.format(
            table=table,
            columns=", ".join(f"a.{name}, b.{name} AS old_{name}" for name in columns),
            same=" AND ".join(f"b.{name} = a.{name}" for name in keys),
            never=f"TIMESTAMP '{OPEN_END}'",
        )
    )
    for column in columns:
        for channel, silent, others, told, since in selected(con, _LOST.format(column=column, fewest=FEWEST))[1]:
            yield SilentField(channel, table, column, "changed", silent, others, told, since)
    con.execute("DROP TABLE changed_record")
