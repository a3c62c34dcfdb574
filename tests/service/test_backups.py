"""Copies of the store: the newest stay, each is a store of its own, and one that fails leaves the earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from auditor.clock import FixedClock
from auditor.errors import StoreError
from auditor.service.backups import keep
from auditor.store.owner import Store

CLOCK = FixedClock(datetime(2026, 3, 2, 3))
MONDAY = date(2026, 3, 2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "auditor.duckdb", clock=CLOCK) as store:
        yield store


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "backup").iterdir())


def test_the_newest_copies_stay(store: Store, tmp_path: Path) -> None:
    for night in range(5):
        keep(store, MONDAY + timedelta(days=night), 3)
    assert names(tmp_path) == [f"auditor-2026-03-0{day}.duckdb" for day in (4, 5, 6)]


def test_a_second_copy_of_a_day_takes_the_place_of_the_first(store: Store, tmp_path: Path) -> None:
    first = keep(store, MONDAY, 3)
    store.write(lambda con: con.execute("CREATE TABLE audit.later AS SELECT 1 AS n"))
    assert keep(store, MONDAY, 3) == first
    assert first is not None
    with Store.open(first, clock=CLOCK) as copy:
        assert copy.read(lambda con: con.sql("SELECT n FROM audit.later").fetchall()) == [(1,)]


def test_none_is_made_where_none_is_wanted(store: Store, tmp_path: Path) -> None:
    assert keep(store, MONDAY, 0) is None
    assert not (tmp_path / "backup").exists()
    with Store.in_memory(CLOCK) as passing:
        assert keep(passing, MONDAY, 3) is None


def test_a_folder_that_cannot_be_made_is_told_and_earlier_copies_stay(store: Store, tmp_path: Path) -> None:
    (tmp_path / "backup").write_text("a file")
    with pytest.raises(StoreError, match=r"The folder .*backup for backups cannot be made: "):
        keep(store, MONDAY, 3)
