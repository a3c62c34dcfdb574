"""The `-- prepare:` sections of a stream, computed once per batch and there under their names for its tables.

A section of plain columns and lists is kept as Arrow, which both cores write and read, and which is let go with the
batch; a temporary table is not before the transaction ends. Of Arrow a table reads only the columns it names, but a
structure always as a whole: a section with a structure among its columns becomes a temporary table after all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pyarrow as pa

from auditor.canonical import plan
from auditor.canonical.batch import Batch, in_small_portions, incoming
from auditor.store.connection import Connection, SqlError, shown
from auditor.store.workspace import quoted

ROWS = 10_240
"""Rows of a section that one core takes at once."""


class Unparsed(Exception):
    """A section failed on the data of the batch."""

    def __init__(self, name: str, error: SqlError) -> None:
        super().__init__(str(error))
        self.name = name
        self.error = error


@contextmanager
def present(con: Connection, batch: Batch, sections: Sequence[plan.Statement]) -> Iterator[None]:
    """`incoming` and all sections, in order, for as long as the block lasts. Raises `Unparsed`."""
    with incoming(con, batch), ExitStack() as until_then:
        for made in sections:
            try:
                until_then.enter_context(_made(con, batch, made))
            except SqlError as error:
                raise Unparsed(made.section.name, error) from error
        yield


def _made(con: Connection, batch: Batch, made: plan.Statement) -> AbstractContextManager[None]:
    """The section's rows under its name; an error of the data comes at once."""
    name, parameters = made.section.name, made.parameters or None
    if not _can_be_arrow(con, made):
        con.execute(f"CREATE OR REPLACE TEMPORARY TABLE {quoted(name)} AS\n{made.sql}", made.parameters)
        return _dropped(con, name)
    with in_small_portions(con, batch):
        rows = con.sql(made.sql, params=parameters).to_arrow_table().combine_chunks()
    return shown(con, name, pa.Table.from_batches(rows.to_batches(max_chunksize=ROWS), rows.schema))


def _can_be_arrow(con: Connection, made: plan.Statement) -> bool:
    """Whether there is no structure, and every type is still the same when it comes back."""
    nothing = con.sql(f"(\n{made.sql}\n) LIMIT 0", params=made.parameters or None)
    kinds = nothing.types
    return all(kind.id != "struct" for kind in kinds) and con.from_arrow(nothing.to_arrow_table()).types == kinds


@contextmanager
def _dropped(con: Connection, name: str) -> Iterator[None]:
    yield
    con.execute(f"DROP TABLE {quoted(name)}")
