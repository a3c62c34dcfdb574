"""Runs the SQL files beside this module."""

from __future__ import annotations

from functools import cache
from importlib import resources

from auditor.store.connection import Connection, run_script


def run(con: Connection, name: str) -> None:
    """All statements of `sql/<name>.sql`."""
    run_script(con, _text(name))


@cache
def _text(name: str) -> str:
    return resources.files("auditor.checking.facts").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
