"""Bodies through the real landing and the real shape engine into canonical rows; all stories of a module at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.connectors.base import Record, Window
from auditor.connectors.john_lewis import JohnLewisConnector
from auditor.sandbox.john_lewis.wire import Node, dumps
from auditor.store import landing
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.connectors.john_lewis.shop import NOW, configured, stream

Row = dict[str, Any]
Tables = dict[str, list[Row]]
"""Rows by table."""
Telling = Generator[Any, Any, None]
Story = Callable[[], Telling]


def shaped(name: str, bodies: dict[str, Node], **channel: Any) -> dict[str, Tables]:
    """The rows of each body of a stream, by its key."""
    settings = configured(Path(), **channel)
    connector = JohnLewisConnector(settings, settings.channel[0], FixedClock(NOW))
    with Store.in_memory(FixedClock(NOW)) as store:
        land(store, connector, name, [Record(key, dumps(body)) for key, body in bodies.items()])
        tables = stream(connector, name).tables
        found: dict[str, Tables] = {key: {table: [] for table in tables} for key in bodies}
        for table, rows in canonical(store, tables).items():
            for row in rows:
                found[row.pop("record_key")][table].append(row)
        return found


class Stories:
    """Tests that tell of a stream's bodies and are then told their rows. Shaping once for each would take a minute.

    A story is a generator: it yields a body (or several) and is sent the rows of each.
    """

    def __init__(self, stream_name: str, always: Node | None = None, **channel: Any) -> None:
        """`always`: fields of every body that does not name them itself."""
        self._stream = stream_name
        self._always = always or {}
        self._channel = channel
        self._bodies: dict[str, Node] = {}
        self._rows: dict[str, Tables] | None = None

    def tell(self, story: Story) -> Callable[[], None]:
        """The story as a test."""
        told = story()
        asked = next(told)
        keys = []
        for body in asked if isinstance(asked, list) else [asked]:
            keys.append(f"{len(self._bodies):04d}")
            self._bodies[keys[-1]] = {**self._always, **body}

        def test() -> None:
            rows = [self._all()[key] for key in keys]
            try:
                told.send(rows if isinstance(asked, list) else rows[0])
            except StopIteration:
                return
            raise AssertionError("a story yields once")

        test.__name__, test.__doc__ = getattr(story, "__name__", "story"), story.__doc__
        return test

    def _all(self) -> dict[str, Tables]:
        if self._rows is None:
            self._rows = shaped(self._stream, self._bodies, **self._channel)
        return self._rows


def land(store: Store, connector: JohnLewisConnector, name: str, records: Iterable[Record]) -> None:
    """The records of a whole reading, landed and shaped."""
    at = connector.client.clock.now()
    extract = landing.begin(store, connector.system, name, Window(None, at), at)
    landing.stage(store, extract, list(records))
    landing.commit(store, extract, mode=stream(connector, name).mode, watermark=at, calls=1, at=at)
    for result in shape_pending(store, [connector], connector.client.clock):
        assert result.reason is None, result.reason


def canonical(store: Store, tables: Iterable[str]) -> Tables:
    """All rows, each with the key of its record."""
    return store.read(lambda con: {table: _rows(con, table) for table in tables})


def _rows(con: Connection, table: str) -> list[Row]:
    found = con.sql(f"SELECT * EXCLUDE (feed, known_from, known_to) FROM history.{table} ORDER BY ALL")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
