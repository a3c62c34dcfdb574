"""The store's tables, made and changed by numbered SQL files, each once and in one transaction.

`meta.migration` says which were applied. A store that knows a migration this program does not is refused, and so is
one whose applied migration differs from the file: either would be read wrongly.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from auditor.errors import StoreError
from auditor.store.connection import Connection, run_script

_NAME = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped() -> list[Migration]:
    """The migrations of this program, in order."""
    found: list[Migration] = []
    for entry in resources.files("auditor.store").joinpath("migrations").iterdir():
        match = _NAME.fullmatch(entry.name)
        if match:
            sql = entry.read_text(encoding="utf-8").replace("\r\n", "\n")
            found.append(Migration(int(match[1]), match[2], sql))
    return sorted(found, key=lambda migration: migration.number)


def migrate(con: Connection, at: datetime, path: str, migrations: list[Migration] | None = None) -> int:
    """Brings the store's schema up to date and returns its number. Raises `StoreError` when it must not be touched."""
    known = shipped() if migrations is None else migrations
    applied = _applied(con, path)
    newest = known[-1].number if known else 0
    if applied and max(applied) > newest:
        raise StoreError(
            f"The store {path} was written by a newer version of this program (schema {max(applied)}, "
            f"this program knows {newest}); install the newer version."
        )
    for migration in known:
        if migration.number not in applied:
            _apply(con, migration, at)
        elif applied[migration.number] != migration.sha256:
            raise StoreError(
                f"The store {path} was made with another {migration.number:04}_{migration.name} than this program has; "
                "use the program version that made it, or begin a new file."
            )
    return newest


def _applied(con: Connection, path: str) -> dict[int, str]:
    """Number and hash of what was applied; makes the table in a new store."""
    tables = con.sql(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database()"
    ).fetchall()
    if ("meta", "migration") in tables:
        return dict(con.sql("SELECT number, sha256 FROM meta.migration").fetchall())
    if tables:
        raise StoreError(f"The file {path} is a DuckDB file of another program; name another file under [store] path.")
    con.execute(
        "BEGIN; CREATE SCHEMA IF NOT EXISTS meta; CREATE TABLE meta.migration (number INTEGER PRIMARY KEY, "
        "name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL); COMMIT"
    )
    return {}


def _apply(con: Connection, migration: Migration, at: datetime) -> None:
    con.execute("BEGIN")
    try:
        run_script(con, migration.sql)
        con.execute(
            "INSERT INTO meta.migration VALUES ($number, $name, $sha256, $applied_at)",
            {
                "number": migration.number,
                "name": migration.name,
                "sha256": migration.sha256,
                "applied_at": at,
            },
        )
    except BaseException:
        con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")
