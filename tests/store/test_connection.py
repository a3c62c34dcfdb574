"""Rows that are shown as a view for as long as a block lasts, and work that is done side by side."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from threading import Barrier, Event

import polars as pl
import pytest

from auditor.clock import FixedClock
from auditor.store.connection import Connection, SqlError, shown, side_by_side
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


def _make(name: str, con: Connection) -> None:
    con.execute("CREATE TEMP TABLE scratch (n INTEGER)")  # each has its own
    con.execute(f"CREATE TABLE {name} AS SELECT 1 AS n")


def test_what_is_made_side_by_side_is_there_afterwards_and_nothing_temporary_is(store: Store) -> None:
    with store.scratch() as con:
        side_by_side(con, [partial(_make, name) for name in ("one", "two", "three")])
        assert con.sql("SELECT count(*) FROM one, two, three").fetchall() == [(1,)]
        with pytest.raises(SqlError, match="scratch does not exist"):
            con.sql("FROM scratch").fetchall()


def test_it_is_side_by_side_indeed(store: Store) -> None:
    with store.scratch() as con:
        ((threads,),) = con.sql("SELECT current_setting('threads')").fetchall()
        all_are_here = Barrier(int(threads), timeout=30)
        side_by_side(con, [lambda own: all_are_here.wait() and None] * int(threads))


def test_within_a_transaction_the_jobs_see_what_it_has_made(store: Store) -> None:
    with store.scratch() as con:
        con.execute("BEGIN")
        con.execute("CREATE TABLE given AS SELECT 7 AS n")
        side_by_side(con, [lambda own: own.execute("INSERT INTO given VALUES (8)") and None] * 2)
        assert con.sql("SELECT sum(n) FROM given").fetchall() == [(23,)]
        con.execute("ROLLBACK")


def test_the_first_error_is_told_and_what_had_not_begun_is_left_out(store: Store) -> None:
    done: list[Connection] = []

    def stumble(con: Connection) -> None:
        con.execute("FROM nowhere")

    def dawdle(con: Connection) -> None:
        Event().wait(0.05)
        done.append(con)

    with store.scratch() as con, pytest.raises(SqlError, match="nowhere does not exist"):
        side_by_side(con, [stumble, *[dawdle] * 50])
    assert len(done) < 50
