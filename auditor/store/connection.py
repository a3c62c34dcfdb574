"""The names under which other stages speak of the database, so that only this folder imports duckdb."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from duckdb import DuckDBPyConnection as Connection
from duckdb import Error as SqlError
from duckdb import Statement

__all__ = ["Connection", "SqlError", "run_script", "selected", "shown", "side_by_side"]


def run_script(con: Connection, script: str) -> None:
    """Runs the statements of a script without parameters."""
    for statement in _parsed(con, script):
        con.execute(statement)


def selected(
    con: Connection, query: str, params: Mapping[str, Any] | None = None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Names of the columns, and the rows, of one query. params: exactly those that it names.

    Half the time of `con.sql(...)`, which plans a query to know its columns, and again to run it.
    """
    (statement,) = _parsed(con, query)
    con.execute(statement, dict(params or {}))
    return [column[0] for column in con.description or ()], con.fetchall()


_statements: dict[str, list[Statement]] = {}


def _parsed(con: Connection, script: str) -> list[Statement]:
    """Parsing is a fifth of the time of a small query, and each run asks the same ones: they are kept."""
    if script not in _statements:
        _statements[script] = con.extract_statements(script)
    return _statements[script]


def side_by_side(con: Connection, jobs: Sequence[Callable[[Connection], None]]) -> None:
    """Runs these at the same time, each on a connection of its own to the same databases, as many as the engine has
    threads: most of the time of a small statement is planning, which keeps one core busy.

    No job sees the temporary tables of `con` or of another. What a transaction has made only its own connection sees:
    within one they run on it, one after the other. The first error is raised when those that had begun have ended.
    """
    if _is_in_transaction(con):
        for job in jobs:
            job(con)
        return
    ((catalog, threads),) = con.sql("SELECT current_database(), current_setting('threads')").fetchall()

    def run(job: Callable[[Connection], None]) -> None:
        own = con.cursor()
        try:
            own.execute(f'USE "{catalog}"')
            job(own)
        finally:
            own.close()

    pool = ThreadPoolExecutor(int(threads), thread_name_prefix="beside")
    try:
        for future in [pool.submit(run, job) for job in jobs]:
            future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _is_in_transaction(con: Connection) -> bool:
    """Outside of one, every statement is a transaction of its own, with a number of its own."""
    first, second = (con.sql("SELECT txid_current()").fetchall() for _ in range(2))
    return first == second


@contextmanager
def shown(con: Connection, name: str, rows: object) -> Iterator[None]:
    """Rows in Arrow or polars as a view of this name, for as long as the block lasts."""
    con.register(name, rows)
    try:
        yield
    finally:
        # A transaction in which something failed takes the view with it, and can do nothing else any more.
        with suppress(SqlError):
            con.unregister(name)
