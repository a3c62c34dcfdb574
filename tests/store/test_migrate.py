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
from auditor.store.workspace import history_columns
from tests.workspace import order_no

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
        tables = store.read(history_columns)
    assert len(tables) > 50
    for columns in tables.values():
        assert {name for name, _ in columns} >= {"feed", "record_key", "known_from", "known_to"}


def test_every_history_table_of_orders_has_their_number() -> None:
    with Store.in_memory(FixedClock(START)) as store:
        tables = {table: {name for name, _ in columns} for table, columns in store.read(history_columns).items()}
    of_orders = {table for table, columns in tables.items() if {"channel", "order_id"} <= columns}
    assert {table for table, columns in tables.items() if "order_no" in columns} == of_orders
    assert "sales_order" in of_orders


@pytest.mark.parametrize(
    ("channel", "order_id"),
    [("shopify-uk", "gid://shopify/Order/1"), ("tiktok-uk", "ü"), ("magento-uk", None), (None, "1")],
)
def test_an_orders_number_is_the_same_whoever_makes_it(channel: str | None, order_id: str | None) -> None:
    with Store.in_memory(FixedClock(START)) as store:
        made = store.read(
            lambda con: con.sql("SELECT history.order_no($c, $i)", params={"c": channel, "i": order_id}).fetchall()
        )
    assert made == [(order_no(channel, order_id),)]


def test_orders_of_a_store_from_before_they_had_numbers_get_them() -> None:
    before = shipped()[:11]
    with duckdb.connect() as con:
        migrate(con, START, "s", before)
        con.execute(
            "INSERT INTO history.refund_line BY NAME SELECT 'shopify-uk' AS channel, '7' AS order_id, "
            "'f' AS feed, 'k' AS record_key, now()::TIMESTAMP AS known_from, now()::TIMESTAMP AS known_to"
        )
        migrate(con, START, "s")
        assert con.sql("SELECT order_no FROM history.refund_line").fetchall() == [(order_no("shopify-uk", "7"),)]
