"""Rows that are shown as a view for as long as a block lasts."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest

from auditor.clock import FixedClock
from auditor.store.connection import Connection, SqlError, shown
from auditor.store.owner import Store
from tests.extract.fake import moment


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory(FixedClock(moment("2026-03-02T12:00"))) as opened:
        yield opened


def test_rows_are_there_within_the_block_only(store: Store) -> None:
    def look(con: Connection) -> list[tuple[int]]:
        with shown(con, "given", pl.DataFrame({"n": [1, 2]})):
            return con.sql("SELECT n FROM given ORDER BY n").fetchall()

    assert store.write(look) == [(1,), (2,)]
    with pytest.raises(SqlError, match="given does not exist"):
        store.write(lambda con: con.sql("FROM given").fetchall())


def test_what_fails_within_the_block_is_what_is_told_and_the_name_is_free_again(store: Store) -> None:
    def stumble(con: Connection) -> None:
        with shown(con, "given", pl.DataFrame({"n": ["ten"]})):
            con.sql("SELECT CAST(n AS INTEGER) FROM given").fetchall()

    for _ in range(2):
        with pytest.raises(SqlError, match="ten"):
            store.write(stumble)
