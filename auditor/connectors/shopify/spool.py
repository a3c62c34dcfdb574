"""The lines of a bulk result, kept on disk until parents and children can be put together.

A result file gives each node its own line, in no promised order, with the parent's id. It may be larger than memory, so
the lines go into a private temporary database that the operating system forgets when it is closed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any

import msgspec
import orjson

from auditor.connectors.shopify.selection import Line

Node = dict[str, Any]
_MANY = 500
# Records that are put together at once. Each may have hundreds of lines, and all of them are in memory then.
PORTION = 100


class Spool:
    """Lines by id and by parent. Used by the thread that made it.

    `decode` says of a line where it belongs, and raises `msgspec.ValidationError` for one that lacks something.
    """

    def __init__(self, decode: Callable[[bytes], Line] | None = None) -> None:
        self._decode = decode or _decode_place
        self._db = _empty()

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def fill(self, lines: Iterable[bytes]) -> tuple[int, int]:
        """Keeps all lines; returns how many there are, and how many of them have no parent.

        Raises `ValueError` for a line that is no JSON object, `msgspec.ValidationError` for one that is not whole.
        """
        self._db.close()
        self._db = _empty()
        count = _Count(self._decode)
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO line (id, parent, body) VALUES (?, ?, ?)", count.rows(lines))
        self._db.execute("COMMIT")
        self._db.execute("CREATE INDEX by_parent ON line (parent)")
        self._db.execute("CREATE INDEX by_id ON line (id)")
        return count.total, count.roots

    def orphans(self) -> int:
        """Lines whose parent is not among the lines."""
        query = "SELECT count(*) FROM line AS c WHERE parent IS NOT NULL AND NOT EXISTS " + (
            "(SELECT 1 FROM line AS p WHERE p.id = c.parent)"
        )
        ((count,),) = self._db.execute(query)
        return int(count)

    def roots(self) -> Iterator[list[Node]]:
        """Lines without a parent, in portions. Of an id that came twice, the later line counts."""
        return self._portions("r.parent IS NULL", ())

    def below(self, parent: str) -> Iterator[list[Node]]:
        """Lines of one parent, in portions. Of an id that came twice, the later line counts."""
        return self._portions("r.parent = ?", (parent,))

    def _portions(self, condition: str, values: tuple[str, ...]) -> Iterator[list[Node]]:
        last = -1
        while True:
            rows = self._db.execute(
                f"SELECT seq, body FROM line AS r WHERE {condition} AND seq > ? AND NOT EXISTS "
                "(SELECT 1 FROM line AS later WHERE later.id = r.id AND later.parent IS r.parent "
                "AND later.seq > r.seq) ORDER BY seq LIMIT ?",
                (*values, last, PORTION),
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [orjson.loads(body) for _, body in rows]

    def children(self, parents: Sequence[str]) -> dict[str, list[Node]]:
        """parent id -> its lines, in the order of the file."""
        found: dict[str, list[Node]] = {parent: [] for parent in parents}
        for parent, body in self._select("parent, body", "parent", parents):
            found[parent].append(orjson.loads(body))
        return found

    def by_id(self, ids: Sequence[str]) -> dict[str, Node]:
        """id -> line, for those that are there."""
        return {identity: orjson.loads(body) for identity, body in self._select("id, body", "id", ids)}

    def _select(self, columns: str, column: str, values: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        for start in range(0, len(values), _MANY):
            part = list(values[start : start + _MANY])
            marks = ",".join("?" * len(part))
            yield from self._db.execute(f"SELECT {columns} FROM line WHERE {column} IN ({marks}) ORDER BY seq", part)


class _Place(msgspec.Struct):
    """What of a line says where it belongs; the rest is only parsed when it is read back."""

    id: str | None = None
    parent: str | None = msgspec.field(default=None, name="__parentId")


_decode_place: Callable[[bytes], Line] = msgspec.json.Decoder(_Place).decode


class _Count:
    """Counts lines while they pass."""

    def __init__(self, decode: Callable[[bytes], Line]) -> None:
        self._decode = decode
        self.total = 0
        self.roots = 0

    def rows(self, lines: Iterable[bytes]) -> Iterator[tuple[str | None, str | None, bytes]]:
        for line in lines:
            place = self._decode(line)
            self.total += 1
            self.roots += place.parent is None
            yield place.id, place.parent, line


def _empty() -> sqlite3.Connection:
    # An empty name stands for a temporary database on disk. It is never recovered, so it needs no journal.
    database = sqlite3.connect("", isolation_level=None)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("CREATE TABLE line (seq INTEGER PRIMARY KEY, id TEXT, parent TEXT, body BLOB NOT NULL)")
    return database
