"""The one owner of the DuckDB file: one writer at a time, readers with their own cursor, a workspace for each run.

The file is attached under the name `store`, whatever it is called on disk. The engine is closed to files, network,
extensions and changes of its settings before the first statement of anybody else runs.
Raises `StoreBusy` when another process (or another `Store` of this one) holds the file, `StoreError` when it is
damaged, newer, foreign or cannot be written; always one sentence that can be shown as it stands.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import duckdb
import structlog

from auditor.clock import Clock
from auditor.errors import StoreBusy, StoreError
from auditor.store import faults, leftovers, migrate, workspace
from auditor.store.connection import Connection
from auditor.store.guard import Guard, recover
from auditor.store.staging import Staging
from auditor.store.workspace import STORE

T = TypeVar("T")
log = structlog.get_logger("auditor.store")
TICK = timedelta(microseconds=1)
IN_MEMORY = ":memory:"
ROW_GROUP = 30_720
"""Rows of a row group: the unit of parallel reading, and full ones are written straight into the file, past the log.

With the default of 122,880 rows a hundred thousand orders would be read by one core and written twice.
"""
ATTACHED_AS = f"(ROW_GROUP_SIZE {ROW_GROUP})"
LOG_IS_LONG = 16 * 1024 * 1024
"""Bytes of the log (`.wal`) above which a checkpoint moves it into the file."""
_WRITABLE_BESIDES = ("", ".wal", ".wal.checkpoint", ".wal.recovery")
_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "max_temp_directory_size": "0B",
    # Checkpoints are the store's own affair, each under its guard.
    "checkpoint_threshold": "1TB",
    "auto_checkpoint_skip_wal_threshold": "1000000000000",
    "checkpoint_on_detach": "DISABLED",
    # DuckDB 2.0 bounds a sum by how many rows it expects, expects too few of a join over unequal keys, and drops a
    # comparison with the sum that can then never hold: a check found nothing where it should have (a test shows it).
    # Without it all checks take a tenth longer.
    "disabled_optimizers": "statistics_propagation",
    "arrow_output_version": "1.4",  # text then leaves the engine without being copied
}
# DuckDB's own lock does not see a second opening by the same process.
_open_here: set[str] = set()
_open_here_lock = threading.Lock()


class Store:
    """Use `Store.open(path, ...)` or `Store.in_memory(clock)`; close it, or use it in a `with` statement."""

    def __init__(self, path: Path | None, memory_limit: str, clock: Clock) -> None:
        self.path = path
        self.name = str(path) if path else IN_MEMORY
        self.clock = clock
        self.staging: dict[int, Staging] = {}
        """Pages of the extracts that are running, by extract id; only landing.py touches it."""
        self._lock = threading.Lock()
        self._writing_thread: int | None = None
        self._names = itertools.count(1)
        self._seen_until: datetime | None = None
        self._closed = False
        self._root = self._start(memory_limit)
        self._guard: Guard | None = None
        try:
            self._guard = Guard(path, STORE) if path else None
            self._writer = self._cursor()
            self.schema = migrate.migrate(self._writer, clock.now(), self.name)
            self._seen_until = self.read(_last_run)
            self.write(lambda con: leftovers.clean(con, self.next_moment(clock.now())))
        except duckdb.Error as error:
            self._let_go()
            raise faults.on_open(error, self.name) from None
        except OSError as error:
            self._let_go()
            raise StoreError(f"The store {self.name} cannot be read: {error.strerror}; change its rights.") from None
        except BaseException:
            self._let_go()
            raise

    @classmethod
    def open(cls, path: Path, *, memory_limit: str = "4GB", clock: Clock) -> Store:
        """The store in this file, made if it is not there, with its schema up to date and leftovers cleaned."""
        path = Path(os.path.abspath(path))
        key = os.path.realpath(path)
        with _open_here_lock:
            if key in _open_here:
                raise StoreBusy(f"The store {path} is already open in this process ({os.getpid()}).")
            _open_here.add(key)
        try:
            _check_place(path)
            _recover(path)
            return cls(path, memory_limit, clock)
        except BaseException:
            with _open_here_lock:
                _open_here.discard(key)
            raise

    @classmethod
    def in_memory(cls, clock: Clock, *, memory_limit: str = "2GB") -> Store:
        """A store that ends with the process; for tests and trials."""
        return cls(None, memory_limit, clock)

    def write(self, fn: Callable[[Connection], T]) -> T:
        """What `fn(con)` returns, after committing all it did. On an exception nothing of it is kept."""
        if self._writing_thread == threading.get_ident():
            raise StoreError("A write began inside another write of the same thread; do both in one function.")
        with self._lock:
            self._check_open()
            self._writing_thread = threading.get_ident()
            try:
                return self._in_transaction(fn)
            except duckdb.Error as error:
                if not faults.is_machinery(error):
                    raise
                raise faults.in_use(error, self.name) from error
            finally:
                self._writing_thread = None

    def read(self, fn: Callable[[Connection], T]) -> T:
        """What `fn(con)` returns from one consistent state; fetch inside `fn`, the cursor ends with it."""
        con = self._cursor()
        try:
            con.execute("BEGIN TRANSACTION READ ONLY")
            return fn(con)
        except duckdb.Error as error:
            if not faults.is_machinery(error):
                raise
            raise faults.in_use(error, self.name) from error
        finally:
            con.close()

    @contextmanager
    def workspace(self, known_at: datetime) -> Iterator[Connection]:
        """A connection whose default catalog is a fresh scratch database showing what was known at `known_at`.

        The store itself is visible as `store.raw.*`, `store.history.*`, `store.audit.*`, and must not be written here.
        Whatever lands from now on is known later than `known_at`, so the views do not move while they are used.
        """
        self._remember_seen(known_at)
        with self.scratch() as con:
            workspace.fill(con, known_at)
            yield con

    @contextmanager
    def scratch(self) -> Iterator[Connection]:
        """A connection whose default catalog is a fresh, empty database in memory; the store is visible as `store`."""
        name = f"run_{next(self._names)}"
        con = self._cursor()
        try:
            con.execute(f"ATTACH ':memory:' AS {name}")
            con.execute(f"USE {name}")
            yield con
        except duckdb.Error as error:
            if not faults.is_machinery(error):
                raise
            raise faults.in_use(error, self.name) from error
        finally:
            self._drop_scratch(con, name)

    def known_now(self) -> datetime:
        """The moment a run of the present should ask for: now, or the latest landing if the clock was behind it."""
        latest = self.read(_last_landing)
        now = self.clock.now()
        return now if latest is None else max(now, latest)

    def next_moment(self, at: datetime) -> datetime:
        """`at`, or just after the latest moment a run has looked at. To be called inside a write.

        What a run saw as known at its moment must never gain a version later, even if the clock stood still.
        """
        if self._writing_thread != threading.get_ident():
            raise StoreError("next_moment() was asked outside a write; the answer could be overtaken.")
        if self._seen_until is not None and at <= self._seen_until:
            return self._seen_until + TICK
        return at

    def backup(self, target: Path) -> None:
        """A consistent copy of the store in another file of the same disk, put in place at once when it is complete."""
        if self.path is None:
            raise StoreError("A store in memory cannot be backed up.")
        written = _copy_path(self.path)
        with self._lock:
            self._check_open()
            try:
                _remove(written)
                self._writer.execute(f"ATTACH {_text(written)} AS copy_of_store {ATTACHED_AS}")
                try:
                    self._writer.execute(f"COPY FROM DATABASE {STORE} TO copy_of_store")
                    self._writer.execute("CHECKPOINT copy_of_store")
                finally:
                    self._writer.execute("DETACH copy_of_store")
                os.replace(written, target)
            except duckdb.Error as error:
                _remove(written)
                raise faults.in_use(error, self.name) from error
            except OSError as error:
                _remove(written)
                raise StoreError(f"The backup {target} cannot be written: {error.strerror}.") from error

    def close(self) -> None:
        """Writes what is pending into the file and lets it go. Closing twice does no harm."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            try:
                # The file alone is then the whole store.
                self._checkpoint()
                self._writer.close()
                self._root.execute(f"DETACH {STORE}")
            except (duckdb.Error, OSError) as error:
                raise faults.on_close(error, self.name) from error
            finally:
                self._let_go()
                if self.path is not None:
                    with _open_here_lock:
                        _open_here.discard(os.path.realpath(self.path))

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, memory_limit: str) -> Connection:
        """An engine with the file attached, closed to everything else."""
        try:
            con = duckdb.connect(IN_MEMORY, config={**_SETTINGS, "memory_limit": memory_limit})
        except duckdb.Error:
            raise StoreError(f"'{memory_limit}' is not a [store] memory_limit such as 4GB.") from None
        try:
            con.execute(f"ATTACH {_text(self.path or IN_MEMORY)} AS {STORE} {ATTACHED_AS}")
            allowed = [_text(path) for path in _allowed_paths(self.path)]
            con.execute(f"SET allowed_paths = [{', '.join(allowed)}]")
            # Without it, what `timestamp with time zone` means would depend on the machine.
            con.execute("SET GLOBAL TimeZone = 'UTC'")
            con.execute("SET enable_external_access = false")
            con.execute("SET lock_configuration = true")
        except duckdb.Error as error:
            con.close()
            raise faults.on_open(error, self.name) from None
        return con

    def _cursor(self) -> Connection:
        self._check_open()
        con = self._root.cursor()
        con.execute(f"USE {STORE}")
        return con

    def _in_transaction(self, fn: Callable[[Connection], T]) -> T:
        con = self._writer
        con.execute("BEGIN TRANSACTION")
        try:
            result = fn(con)
            con.execute("COMMIT")
        except BaseException:
            # A failed COMMIT has ended the transaction already.
            with suppress(duckdb.Error):
                con.execute("ROLLBACK")
            raise
        if self._log_size() > LOG_IS_LONG:
            self._checkpoint_if_possible()
        return result

    def _log_size(self) -> int:
        try:
            return os.stat(f"{self.path}.wal").st_size if self.path else 0
        except FileNotFoundError:
            return 0

    def _checkpoint(self) -> None:
        if self._guard and self._log_size():
            with self._guard.held(self._writer):
                self._writer.execute(f"CHECKPOINT {STORE}")

    def _checkpoint_if_possible(self) -> None:
        """What was written is safe in the log already; a later checkpoint moves it into the file."""
        try:
            self._checkpoint()
        except (duckdb.Error, OSError) as error:
            log.warning("the log could not be moved into the store", store=self.name, reason=str(error))

    def _let_go(self) -> None:
        self._root.close()
        if self._guard:
            self._guard.close()

    def _remember_seen(self, known_at: datetime) -> None:
        with self._lock:
            self._check_open()
            # A run of a moment that has not come yet must not push what lands today into the future.
            seen = min(known_at, self.known_now())
            if self._seen_until is None or seen > self._seen_until:
                self._seen_until = seen

    def _drop_scratch(self, con: Connection, name: str) -> None:
        with suppress(duckdb.Error):
            con.execute("ROLLBACK")
        with suppress(duckdb.Error):
            con.execute(f"USE {STORE}")
            con.execute(f"DETACH DATABASE IF EXISTS {name}")
        con.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"The store {self.name} is closed.")


def _last_run(con: Connection) -> datetime | None:
    moment: datetime | None
    ((moment,),) = con.sql("SELECT max(known_at) FROM audit.run").fetchall()
    return moment


def _last_landing(con: Connection) -> datetime | None:
    moment: datetime | None
    ((moment,),) = con.sql("SELECT max(finished_at) FROM raw.extract").fetchall()
    return moment


def _check_place(path: Path) -> None:
    """The folder exists (made if need be), can be written, and the name is not a folder's."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {path.parent} of the store cannot be made: {error.strerror}; change [store] path."
        ) from None
    if not os.access(path.parent, os.W_OK):
        raise StoreError(f"The folder {path.parent} of the store cannot be written; change its rights or [store] path.")
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a file; name a file under [store] path.")


def _recover(path: Path) -> None:
    try:
        recover(path)
    except OSError as error:
        raise StoreError(
            f"The store {path} cannot be put right after an interrupted write: {error.strerror}."
        ) from None


def _copy_path(path: Path) -> Path:
    return path.with_name(path.name + ".copying")


def _allowed_paths(path: Path | None) -> list[str]:
    if path is None:
        return []
    return [f"{base}{ending}" for base in (path, _copy_path(path)) for ending in _WRITABLE_BESIDES]


def _remove(path: Path) -> None:
    for ending in _WRITABLE_BESIDES:
        Path(f"{path}{ending}").unlink(missing_ok=True)


def _text(value: Path | str) -> str:
    return "'" + str(value).replace("'", "''") + "'"
