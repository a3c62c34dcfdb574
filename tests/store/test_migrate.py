"""Migrations: each once, in one transaction, and no store that this program would read wrongly."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from auditor.clock import FixedClock
from auditor.errors import StoreError
from auditor.store.connection import SqlError
from auditor.store.migrate import Migration, migrate, shipped
from auditor.store.owner import Store

START = datetime.fromisoformat("2026-03-02T12:00:00")
FIRST = Migration(1, "first", "CREATE TABLE one (id INTEGER)")
SECOND = Migration(2, "second", "CREATE TABLE two (id INTEGER)")
BROKEN = Migration(2, "broken", "CREATE TABLE two (id INTEGER); SELECT * FROM nowhere")


def tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    rows = con.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'").fetchall()
    return {name for (name,) in rows}


def test_each_migration_is_applied_once_and_noted() -> None:
    with duckdb.connect() as con:
        assert migrate(con, START, "s", [FIRST]) == 1
        assert migrate(con, START, "s", [FIRST, SECOND]) == 2
        assert migrate(con, START, "s", [FIRST, SECOND]) == 2
        assert tables(con) == {"one", "two"}
        assert con.sql("SELECT number, name, applied_at FROM meta.migration ORDER BY 1").fetchall() == [
            (1, "first", START),
            (2, "second", START),
        ]


def test_a_migration_that_fails_leaves_the_store_as_it_was() -> None:
    with duckdb.connect() as con:
        migrate(con, START, "s", [FIRST])
        with pytest.raises(SqlError):
            migrate(con, START, "s", [FIRST, BROKEN])
        assert tables(con) == {"one"}
        assert migrate(con, START, "s", [FIRST, SECOND]) == 2


def test_a_migration_that_was_changed_afterwards_is_refused() -> None:
    with duckdb.connect() as con:
        migrate(con, START, "s", [FIRST])
        with pytest.raises(StoreError, match="another 0001_first"):
            migrate(con, START, "s", [Migration(1, "first", "CREATE TABLE one (id BIGINT)")])


def test_a_store_newer_than_the_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    with Store.open(path, clock=FixedClock(START)) as store:
        store.write(
            lambda con: con.execute("INSERT INTO meta.migration VALUES (999, 'later', 'x', TIMESTAMP '2030-01-01')")
        )
    with pytest.raises(StoreError, match=r"newer version of this program \(schema 999"):
        Store.open(path, clock=FixedClock(START))


def test_the_shipped_migrations_are_numbered_without_gaps_and_every_history_table_has_its_versions() -> None:
    assert [migration.number for migration in shipped()] == list(range(1, len(shipped()) + 1))
    with Store.in_memory(FixedClock(START)) as store:
        rows = store.read(
            lambda con: con.sql(
                "SELECT table_name, count(*) FILTER (WHERE column_name IN ('feed', 'record_key', 'known_from', "
                "'known_to')) FROM information_schema.columns WHERE table_schema = 'history' GROUP BY table_name"
            ).fetchall()
        )
    assert len(rows) > 50
    assert {count for _, count in rows} == {4}
