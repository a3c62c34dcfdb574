"""The records of an extract in portions that fit into memory, each visible as `incoming(record_key, body)`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from auditor.store.connection import Connection, shown

BYTES = 256_000_000
MAX_RECORDS = 491_520
PORTION = 256
"""Records that are parsed at once where it matters."""
_SAMPLE = 2_000


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of an extract between two positions of the raw table, both included."""

    extract_id: int
    first: int
    last: int


def batches(con: Connection, extract_id: int) -> Iterator[Batch]:
    """The extract's records in order; nothing when it brought none."""
    ((first, last),) = con.sql(
        "SELECT min(rowid), max(rowid) FROM store.raw.record WHERE extract_id = $extract_id AND body IS NOT NULL",
        params={"extract_id": extract_id},
    ).fetchall()
    if first is None:
        return
    size = _batch_size(con, Batch(extract_id, first, min(last, first + _SAMPLE)))
    for start in range(first, last + 1, size):
        yield Batch(extract_id, start, min(start + size - 1, last))


@contextmanager
def incoming(con: Connection, batch: Batch) -> Iterator[None]:
    """`incoming` shows the batch for as long as the block lasts."""
    con.execute(_view(batch))
    yield
    con.execute("DROP VIEW incoming")


@contextmanager
def in_small_portions(con: Connection, batch: Batch) -> Iterator[None]:
    """Within the block `incoming` comes so that what is made of a portion fits into a core's cache.

    DuckDB parses a vector of 2,048 bodies at once, column by column: those of orders, parsed, are 15 MB. In small
    portions the same work takes half the time; the copy costs a quarter of what that saves.
    """
    con.execute("DROP VIEW incoming")
    with shown(con, "incoming", con.sql(_select(batch)).to_arrow_table(PORTION)):
        yield
    con.execute(_view(batch))


def _view(batch: Batch) -> str:
    return f"CREATE OR REPLACE TEMPORARY VIEW incoming AS {_select(batch)}"


def _select(batch: Batch) -> str:
    return (
        f"SELECT record_key, body FROM store.raw.record WHERE extract_id = {batch.extract_id} "
        f"AND rowid BETWEEN {batch.first} AND {batch.last} AND body IS NOT NULL"
    )


def _batch_size(con: Connection, sample: Batch) -> int:
    ((average,),) = con.sql(f"SELECT CAST(ceil(avg(strlen(body))) AS BIGINT) FROM ({_select(sample)})").fetchall()
    return max(1, min(MAX_RECORDS, BYTES // max(1, int(average))))
