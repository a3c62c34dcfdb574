"""DuckDB's words about a broken file, a full disk or a busy one, turned into one sentence with its mend.

Faults of the machinery become `StoreError` or `StoreBusy`. Faults of a statement (unknown column, a value that does
not fit) are not translated here: they belong to whoever wrote the statement.
"""

from __future__ import annotations

import os
import re

import duckdb

from auditor.errors import StoreBusy, StoreError

# What can happen to any statement, however right it is.
_MACHINERY = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.OutOfMemoryException,
    duckdb.SerializationException,
    duckdb.PermissionException,
    duckdb.ConnectionException,
)
_HOLDER = re.compile(r"held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")
_FULL = ("No space left", "File too large", "Disk quota", "disk is full")


def is_machinery(error: duckdb.Error) -> bool:
    """Whether the fault lies with file, disk or memory rather than with the statement."""
    # A wrong checksum comes as the base class.
    return isinstance(error, _MACHINERY) or type(error) is duckdb.Error


def on_open(error: duckdb.Error, path: str) -> StoreError:
    """Why a store could not be opened."""
    text = str(error)
    if "Could not set lock" in text or "Conflicting lock" in text:
        return StoreBusy(_busy(text, path))
    if _is_full(text):
        return StoreError(_full(path))
    if "not a valid DuckDB database file" in text:
        return StoreError(f"The file {path} is not a store of this program; name another file under [store] path.")
    if "Is a directory" in text:
        return StoreError(f"{path} is a folder, not a file; name a file under [store] path.")
    if "Permission denied" in text or "Read-only file system" in text:
        return StoreError(f"The store {path} cannot be written by this user; change its rights or [store] path.")
    if "newer version" in text or "Please use DuckDB version" in text:
        return StoreError(f"The store {path} was written by a newer version of DuckDB; install the newer program.")
    if isinstance(error, duckdb.OutOfMemoryException):
        return StoreError(_memory(path))
    return StoreError(_damaged(text, path))


def in_use(error: duckdb.Error, path: str) -> StoreError:
    """Why an open store could not do what was asked; nothing of the transaction was kept."""
    text = str(error)
    if _is_full(text):
        return StoreError(_full(path))
    if isinstance(error, duckdb.OutOfMemoryException):
        return StoreError(_memory(path))
    if isinstance(error, duckdb.PermissionException):
        return StoreError(f"A statement asked for what the store forbids: {_first_line(text)}")
    if isinstance(error, duckdb.ConnectionException):
        return StoreError(f"The store {path} is closed.")
    if "has been invalidated" in text and "Original error" not in text:
        return StoreError(f"The store {path} stopped after an earlier fault; start the program again.")
    return StoreError(_damaged(text, path))


def on_close(error: duckdb.Error | OSError, path: str) -> StoreError:
    """Why what is pending could not be moved into the file; it stays in the log beside it and is read from there."""
    if _is_full(str(error)):
        return StoreError(
            f"The disk that holds {path} is full; nothing is lost, the newest part is in {path}.wal: "
            "free some space and use the store again."
        )
    if isinstance(error, OSError):
        return StoreError(
            f"The store {path} could not be put in order ({error.strerror}); nothing is lost, the newest part is in "
            f"{path}.wal and is read from there."
        )
    return in_use(error, path)


def _is_full(text: str) -> bool:
    return any(words in text for words in _FULL)


def _busy(text: str, path: str) -> str:
    holder = _HOLDER.search(text)
    if holder is None:
        return f"The store {path} is held by another process; stop it or use its API, only one may open the file."
    program = os.path.basename(holder["program"])
    return (
        f"The store {path} is held by process {holder['pid']} ({program}); "
        "stop that process or use its API, only one may open the file."
    )


def _full(path: str) -> str:
    return f"The disk that holds {path} is full; nothing of this step was kept: free some space and repeat it."


def _memory(path: str) -> str:
    return f"The store {path} needs more memory than [store] memory_limit allows; raise it and repeat the command."


def _damaged(text: str, path: str) -> str:
    return (
        f"The store {path} is damaged ({_first_line(text)}); "
        "restore its last backup (folder backup beside it), or begin a new file."
    )


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0].rstrip(". ")[:200] if text.strip() else "no reason given"
