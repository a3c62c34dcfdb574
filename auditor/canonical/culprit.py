"""Which record, and which column of it, made a statement of shape.sql fail: found by halving the batch.

Runs on a scratch connection outside any transaction, because each failing try would end one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.canonical import plan
from auditor.canonical.batch import Batch
from auditor.canonical.prepared import Unparsed, present
from auditor.store.connection import Connection, SqlError


def find(
    con: Connection,
    batch: Batch,
    prepared: Sequence[plan.Statement],
    tables: Sequence[plan.Statement],
    columns: Mapping[str, list[tuple[str, str]]],
) -> str | None:
    """One sentence that names record, table and column; None when the failure does not come again."""

    def failure(part: Batch) -> str | None:
        return _failure(con, part, prepared, tables, columns)

    if failure(batch) is None:
        return None
    while batch.first < batch.last:
        middle = (batch.first + batch.last) // 2
        lower = Batch(batch.extract_id, batch.first, middle)
        batch = lower if failure(lower) is not None else Batch(batch.extract_id, middle + 1, batch.last)
    reason = failure(batch)
    if reason is None:
        return None
    ((system, stream, key),) = con.sql(
        f"SELECT system, stream, record_key FROM store.raw.record WHERE rowid = {batch.first}"
    ).fetchall()
    return f"{system} {stream}, record {key}: {reason}"


def _failure(
    con: Connection,
    batch: Batch,
    prepared: Sequence[plan.Statement],
    tables: Sequence[plan.Statement],
    columns: Mapping[str, list[tuple[str, str]]],
) -> str | None:
    try:
        with present(con, batch, prepared):
            for made in tables:
                reason = _misfit(con, plan.filling(con, made, columns))
                if reason is not None:
                    return reason
    except Unparsed as error:
        return f"it cannot be parsed for {error.name} ({_words(error.error)})."
    return None


def _misfit(con: Connection, filling: plan.Filling) -> str | None:
    """Which column of the table cannot be made; None when all can."""
    if _fails(con, filling, None) is None:
        return None
    for name, _ in filling.columns:
        why = _fails(con, filling, name)
        if why is not None:
            return f"{filling.table}.{name} does not fit ({_words(why)})."
    return f"{filling.table} cannot be made from it."


def _fails(con: Connection, filling: plan.Filling, column: str | None) -> SqlError | None:
    try:
        con.sql(filling.probe(column), params=filling.statement.parameters or None).fetchall()
    except SqlError as error:
        return error
    return None


def _words(error: SqlError) -> str:
    text = str(error).strip().splitlines()[0].rstrip(". ")
    return text.split("Error: ", 1)[-1]
