"""Files dropped into a folder, read by a connector, landed and shaped: what tests of such connectors share."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.connectors.base import Connector, Diagnosis, Window
from auditor.extract.progress import ExtractResult, Silent
from auditor.extract.run import extract_all
from auditor.store.connection import Connection
from auditor.store.owner import Store

NOW = datetime(2026, 11, 21, 12)
Row = dict[str, Any]


def drop(folder: Path, name: str, content: str | bytes, *, at: datetime = NOW - timedelta(hours=2)) -> Path:
    """A file as it would lie there since a moment."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    touch(path, at)
    return path


def touch(path: Path, at: datetime) -> None:
    stamp = at.replace(tzinfo=UTC).timestamp()
    os.utime(path, (stamp, stamp))


def records(connector: Connector, name: str) -> dict[str, bytes]:
    """key -> body of everything that a stream yields; a key that comes twice is an error."""
    stream = next(stream for stream in connector.streams if stream.name == name)
    found: dict[str, bytes] = {}
    for page in connector.read(stream, Window(None, NOW)):
        for record in page:
            assert record.key not in found, f"{record.key} came twice"
            found[record.key] = record.body
    return found


class Company:
    """A store in memory beside a connector, to read and shape as often as one likes."""

    def __init__(self, connector: Connector, clock: FixedClock) -> None:
        self.connector = connector
        self.clock = clock
        self.store = Store.in_memory(clock)

    def read(self) -> list[ExtractResult]:
        """One extract of every stream, shaped; the results of the extracts."""
        self.clock.advance(timedelta(seconds=1))
        results = extract_all(self.store, [self.connector], self.clock, timedelta(days=90), Silent())
        for shaped in shape_pending(self.store, [self.connector], self.clock):
            assert shaped.reason is None, shaped.reason
        return results

    def rows(self, table: str) -> list[Row]:
        """What is known now, without what belongs to the versions."""

        def look(con: Connection) -> list[Row]:
            found = con.sql(
                f"SELECT * EXCLUDE (feed, record_key, known_from, known_to) FROM history.{table} "
                "WHERE known_to = TIMESTAMP '9999-12-31' ORDER BY ALL"
            )
            return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

        return self.store.read(look)

    def close(self) -> None:
        self.store.close()


def said(connector: Connector) -> list[tuple[str, str, str]]:
    """What doctor says: subject, outcome, message."""
    return [_parts(line) for line in connector.diagnose()]


def wrong(lines: Sequence[tuple[str, str, str]]) -> list[str]:
    """The messages of what is not well."""
    return [message for _, outcome, message in lines if outcome != "ok"]


def _parts(line: Diagnosis) -> tuple[str, str, str]:
    return line.subject, line.outcome, line.message


class Kept:
    """What a store would keep, without one: the newest body of each key. Rows are those that shape.sql makes of them.

    Most tests are about reading; those that are about the store or shape.sql use `Company`.
    """

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        self._bodies: dict[str, dict[str, bytes]] = {stream.name: {} for stream in connector.streams}

    def read(self) -> None:
        """Every stream once. Raises what the connector raises; then nothing of that stream is kept."""
        for name, known in self._bodies.items():
            known.update(records(self.connector, name))

    def text(self) -> str:
        """Everything that is kept."""
        return "\n".join(body.decode() for known in self._bodies.values() for body in known.values())

    def rows(self, stream: str, part: str | None = None) -> list[Row]:
        """Rows of a stream in the order of their keys; `part` names the list of rows inside each body."""
        bodies = [json.loads(body) for _, body in sorted(self._bodies[stream].items())]
        return [_typed(row) for body in bodies for row in (body[part] if part else [body])]


_AMOUNTS = {"net", "gross", "fee", "amount", "opening", "closing"}


def _typed(row: Row) -> Row:
    """Amounts as decimals and instants as datetimes, which is what the tables hold."""
    found = dict(row)
    for name, value in row.items():
        if value is None:
            continue
        if name in _AMOUNTS:
            found[name] = Decimal(value)
        elif name.endswith("_at"):
            found[name] = datetime.fromisoformat(value).replace(tzinfo=None)
        elif name.endswith("_on"):
            found[name] = date.fromisoformat(value)
    return found
