"""A kill in the middle of a checkpoint: every block it changes half written, and the file still opens with everything.

The first test shows that the danger is real. When it fails because DuckDB no longer rewrites what its header points at,
the guard can go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from auditor.store.guard import HEADERS, Guard, recover

BLOCK = 262_144
PAGE = 4096
TABLES = range(24)


@dataclass(frozen=True)
class Interrupted:
    """A checkpoint seen from outside: the file before and after, the log before, the guard of it, and the content."""

    before: bytes
    after: bytes
    log: bytes
    guard: bytes
    content: list[object]

    def changed(self) -> list[int]:
        """Offsets of the blocks that were there before and are changed."""
        offsets = range(HEADERS, len(self.before) - BLOCK + 1, BLOCK)
        return [at for at in offsets if self.before[at : at + BLOCK] != self.after[at : at + BLOCK]]

    def torn(self, offset: int, pages: int) -> bytes:
        """The file after a kill within the write of one block: the others are written, the header is not."""
        file = bytearray(self.after)
        file[:HEADERS] = self.before[:HEADERS]
        middle = offset + pages * PAGE
        file[middle : offset + BLOCK] = self.before[middle : offset + BLOCK]
        return bytes(file)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> list[Interrupted]:
    return list(_checkpoints(tmp_path_factory.mktemp("made") / "s.duckdb"))


def _checkpoints(path: Path) -> Iterator[Interrupted]:
    """Six checkpoints of a store that changes a little between them."""
    con = duckdb.connect(config={"checkpoint_threshold": "1TB"})
    con.execute(f"ATTACH '{path}' AS store (ROW_GROUP_SIZE 30720)")
    con.execute("USE store")
    for table in TABLES:
        con.execute(f"CREATE TABLE t{table} AS SELECT i, 'row ' || i AS word, i / 7 AS share FROM range(3000) AS r(i)")
    con.execute("CHECKPOINT")
    guard = Guard(path, "store")
    for turn in range(6):
        for table in list(TABLES)[turn::5]:
            con.execute(f"DELETE FROM t{table} WHERE i % 11 = {turn}")
            con.execute(f"INSERT INTO t{table} SELECT i, 'new ' || i, i / 3 FROM range(400) AS r(i)")
        before, log = path.read_bytes(), path.with_name("s.duckdb.wal").read_bytes()
        with guard.held(con):
            copied = path.with_name("s.duckdb.guard").read_bytes()
            con.execute("CHECKPOINT")
        yield Interrupted(before, path.read_bytes(), log, copied, _content(con))
    con.close()
    guard.close()


def _content(con: duckdb.DuckDBPyConnection) -> list[object]:
    return [
        con.sql(f"SELECT count(*), sum(i), sum(hash(word)), sum(share) FROM t{table}").fetchall() for table in TABLES
    ]


def _left(path: Path, checkpoint: Interrupted, file: bytes) -> None:
    """What a kill leaves on the disk."""
    path.write_bytes(file)
    path.with_name(path.name + ".wal").write_bytes(checkpoint.log)
    path.with_name(path.name + ".guard").write_bytes(checkpoint.guard)


def _opened(path: Path) -> list[object]:
    with duckdb.connect(str(path)) as con:
        return _content(con)


def test_without_a_guard_a_half_written_block_would_end_the_store(
    checkpoints: list[Interrupted], tmp_path: Path
) -> None:
    broken = 0
    for number, checkpoint in enumerate(checkpoints):
        for offset in checkpoint.changed():
            path = tmp_path / f"{number}-{offset}.duckdb"
            _left(path, checkpoint, checkpoint.torn(offset, 1))
            try:
                _opened(path)
            except duckdb.Error:
                broken += 1
    assert broken


@pytest.mark.parametrize("pages", [0, 1, 32, 63])
def test_a_store_killed_at_any_block_of_a_checkpoint_loses_nothing(
    pages: int, checkpoints: list[Interrupted], tmp_path: Path
) -> None:
    for number, checkpoint in enumerate(checkpoints):
        assert checkpoint.changed()
        for offset in checkpoint.changed():
            path = tmp_path / f"{number}-{offset}.duckdb"
            _left(path, checkpoint, checkpoint.torn(offset, pages))
            recover(path)
            assert _opened(path) == checkpoint.content
            assert not path.with_name(path.name + ".guard").exists()


@pytest.mark.parametrize("moment", ["before_header", "before_truncate"])
def test_a_checkpoint_that_ends_beside_its_header_is_undone_or_done(moment: str, tmp_path: Path) -> None:
    """Just before it, the log tells already of the checkpoint; just after it, the log is still there."""
    path = tmp_path / "s.duckdb"
    with duckdb.connect(config={"checkpoint_threshold": "1TB"}) as con:
        con.execute(f"ATTACH '{path}' AS store")
        con.execute("CREATE TABLE store.t AS SELECT 1 AS n")
        con.execute("CHECKPOINT store")
        con.execute("INSERT INTO store.t VALUES (2)")
        con.execute(f"SET debug_checkpoint_abort = '{moment}'")
        guard = Guard(path, "store")
        with pytest.raises(duckdb.Error), guard.held(con):
            con.execute("CHECKPOINT store")
        left = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
        guard.close()
    again = tmp_path / "again"
    again.mkdir()
    for name, content in left.items():
        (again / name).write_bytes(content)
    recover(again / "s.duckdb")
    with duckdb.connect(str(again / "s.duckdb")) as con:
        assert con.sql("SELECT n FROM t ORDER BY n").fetchall() == [(1,), (2,)]


def test_a_guard_of_another_file_is_dropped(checkpoints: list[Interrupted], tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    _left(path, checkpoints[3], checkpoints[0].before)
    recover(path)
    assert path.read_bytes() == checkpoints[0].before
    assert not path.with_name("s.duckdb.guard").exists()


def test_without_a_file_or_a_guard_nothing_happens(tmp_path: Path) -> None:
    recover(tmp_path / "none.duckdb")
    (tmp_path / "none.duckdb.guard").write_bytes(b"")
    recover(tmp_path / "none.duckdb")
    assert not (tmp_path / "none.duckdb").exists()


def test_after_a_checkpoint_that_failed_the_first_guard_stays(tmp_path: Path) -> None:
    path = tmp_path / "s.duckdb"
    con = duckdb.connect()
    con.execute(f"ATTACH '{path}' AS store")
    con.execute("CREATE TABLE store.t AS SELECT 1 AS n")
    con.execute("CHECKPOINT store")
    guard, copied = Guard(path, "store"), path.with_name("s.duckdb.guard")
    with pytest.raises(ZeroDivisionError), guard.held(con):
        raise ZeroDivisionError
    first = copied.stat().st_ino
    with guard.held(con):
        assert copied.stat().st_ino == first
    assert not copied.exists()
    con.close()
    guard.close()
