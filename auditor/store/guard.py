"""What makes a checkpoint safe against a kill: a copy of the blocks that DuckDB rewrites in place.

A checkpoint moves the log (`.wal`) into the file. DuckDB writes data to free blocks and turns the header last, but
metadata it adds to blocks that the old header still points at: killed within such a write, a block's checksum is wrong
and the file cannot be opened any more (DuckDB 2.0; tests/store/test_guard.py does it on purpose). So the store lets
DuckDB make no checkpoint by itself, and before each of its own copies headers and metadata blocks to `<file>.guard`.
A guard that is still there when the file is opened tells of a checkpoint that did not end:

- the header is still the copied one: the metadata blocks are put back, and the log is replayed as after any kill;
- the header has turned: the checkpoint was complete, because the header is written after everything else.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.store.connection import Connection

if os.name == "posix":
    import fcntl

ENDING = ".guard"
HEADERS = 3 * 4096
"""Bytes of the main header and the two database headers that take turns; the blocks begin after them."""
_HEAD = struct.Struct("<QQ")  # block size, number of blocks
_BLOCK = struct.Struct("<Q")  # the block's number, before its bytes


class Guard:
    """The guard of an open store file. Close it after the engine has let the file go, never before."""

    def __init__(self, path: Path, catalog: str) -> None:
        self._path = _guard_of(path)
        self._catalog = catalog
        # Kept open: closing any handle of the file would drop the lock that DuckDB holds on it for this process.
        self._file = path.open("rb")

    @contextmanager
    def held(self, con: Connection) -> Iterator[None]:
        """Around a checkpoint. When the block fails, the guard stays for whoever opens the file next."""
        self._take(con)
        yield
        self._path.unlink()

    def close(self) -> None:
        self._file.close()

    def _take(self, con: Connection) -> None:
        headers = self._read(0, HEADERS)
        if _headers_in(self._path) == headers:
            # Of a checkpoint that failed; what it wrote meanwhile must not take the place of what was there before.
            return
        size, blocks = _metadata(con, self._catalog)
        end = os.fstat(self._file.fileno()).st_size
        inside = [block for block in blocks if HEADERS + (block + 1) * size <= end]
        written = self._path.with_name(self._path.name + ".new")
        with written.open("wb") as guard:
            guard.write(headers)
            guard.write(_HEAD.pack(size, len(inside)))
            for block in inside:
                guard.write(_BLOCK.pack(block))
                guard.write(self._read(HEADERS + block * size, size))
            guard.flush()
            os.fsync(guard.fileno())
        written.replace(self._path)

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)


def recover(path: Path) -> None:
    """Undoes a checkpoint that did not end. Does nothing without a guard, or while another process holds the file.

    Killed in between, it does the same again the next time.
    """
    guard = _guard_of(path)
    if not guard.exists() or not path.exists():
        return
    with path.open("r+b") as file, guard.open("rb") as copied:
        if not _is_free(file.fileno()):
            return
        if file.read(HEADERS) == copied.read(HEADERS):
            size, count = _HEAD.unpack(copied.read(_HEAD.size))
            for _ in range(count):
                (block,) = _BLOCK.unpack(copied.read(_BLOCK.size))
                file.seek(HEADERS + block * size)
                file.write(copied.read(size))
            file.flush()
            os.fsync(file.fileno())
    guard.unlink()


def _guard_of(path: Path) -> Path:
    return path.with_name(path.name + ENDING)


def _headers_in(guard: Path) -> bytes | None:
    if not guard.exists():
        return None
    with guard.open("rb") as copied:
        return copied.read(HEADERS)


def _metadata(con: Connection, catalog: str) -> tuple[int, list[int]]:
    """The size of a block in bytes, and the numbers of the blocks that hold metadata."""
    ((size,),) = con.sql(
        "SELECT block_size FROM pragma_database_size() WHERE database_name = $catalog", params={"catalog": catalog}
    ).fetchall()
    rows = con.sql(
        "SELECT DISTINCT block_id FROM pragma_metadata_info($catalog) ORDER BY block_id", params={"catalog": catalog}
    ).fetchall()
    return size, [block for (block,) in rows]


def _is_free(handle: int) -> bool:
    """Whether no other process holds the file. Elsewhere than on POSIX an engine's file cannot even be opened."""
    if os.name != "posix":
        return True
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
