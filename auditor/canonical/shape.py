"""Raw bodies into canonical rows, each version with the interval in which it was known.

For each complete extract that is not yet shaped, in order and in one transaction: the rows of the records it brought
are closed (known_to), their new versions are added (known_from), and the extract is marked as shaped. Records that are
gone just close. The cost follows the records of the extract, not what is stored.

A record that does not fit keeps its whole extract unshaped, with the reason, and the later extracts of the same stream
wait behind it; all other streams go on. Raises `ConfigError` when a shape.sql is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.canonical import culprit, plan, shape_file
from auditor.canonical.batch import Batch, batches
from auditor.canonical.prepared import Unparsed, present
from auditor.clock import Clock
from auditor.connectors.base import Connector
from auditor.errors import ConfigError
from auditor.store.connection import Connection, SqlError
from auditor.store.owner import Store
from auditor.store.workspace import OPEN_END, history_columns, quoted


@dataclass(frozen=True, slots=True)
class Pending:
    extract_id: int
    system: str
    stream: str
    finished_at: datetime
    rows_new: int
    """Bodies and keys that are gone; the others are as they were shaped before."""

    @property
    def feed(self) -> str:
        return feed_name(self.system, self.stream)


@dataclass(frozen=True, slots=True)
class ShapeResult:
    """What became of one extract: canonical rows added, or the reason why there are none."""

    extract_id: int
    system: str
    stream: str
    rows: int
    seconds: float
    reason: str | None = None


class _Unfit(Exception):
    """A statement failed on the data of a batch."""

    def __init__(self, batch: Batch, error: SqlError) -> None:
        super().__init__(str(error))
        self.batch = batch
        self.error = error


def feed_name(system: str, stream: str) -> str:
    """What `history.*.feed` holds."""
    return f"{system}/{stream}"


def shape_pending(store: Store, connectors: Iterable[Connector], clock: Clock) -> list[ShapeResult]:
    """Shapes what has landed. Extracts of systems that are not among the connectors stay as they are."""
    shapers = {connector.system: _Shaper(store, connector) for connector in connectors}
    results: list[ShapeResult] = []
    blocked: set[str] = set()
    for pending in store.read(_pending):
        shaper = shapers.get(pending.system)
        if shaper is None or pending.feed in blocked:
            continue
        started = clock.monotonic()
        rows, reason = shaper.shape(pending, clock.now())
        if reason is not None:
            blocked.add(pending.feed)
        results.append(
            ShapeResult(pending.extract_id, pending.system, pending.stream, rows, clock.monotonic() - started, reason)
        )
    return results


class _Shaper:
    """Shapes the extracts of one system."""

    def __init__(self, store: Store, connector: Connector) -> None:
        self._store = store
        self._parameters = connector.shape_parameters()
        self._file = shape_file.load(connector.shape_file)
        self._file.check_streams([(stream.name, stream.tables) for stream in connector.streams])
        self._columns = store.read(history_columns)
        for section in self._file.sections:
            if section.kind == "table" and section.name not in self._columns:
                raise ConfigError(f"{section.place}: there is no table history.{section.name}.")

    def shape(self, pending: Pending, at: datetime) -> tuple[int, str | None]:
        """Rows added, or the reason why the extract cannot be shaped."""
        try:
            return self._store.write(lambda con: self._shape(con, pending, at)), None
        except _Unfit as unfit:
            reason = self._explain(pending, unfit)
        self._store.write(lambda con: _note_reason(con, pending.extract_id, reason))
        return 0, reason

    def _shape(self, con: Connection, pending: Pending, at: datetime) -> int:
        known_from = self._store.next_moment(pending.finished_at)
        tables = self._file.tables(pending.stream) if pending.rows_new else []
        for section in tables:
            _close_versions(con, section.name, pending, known_from)
        rows = 0
        for batch in batches(con, pending.extract_id) if tables else ():
            rows += self._add_versions(con, pending, batch, known_from)
        _mark_shaped(con, pending.extract_id, known_from, at)
        return rows

    def _add_versions(self, con: Connection, pending: Pending, batch: Batch, known_from: datetime) -> int:
        prepared, tables = self._statements(con, pending.stream)
        rows = 0
        try:
            with present(con, batch, prepared):
                for made in tables:
                    filling = plan.filling(con, made, self._columns)
                    values = made.parameters | {"shape_feed": pending.feed, "shape_known_from": known_from}
                    ((count,),) = con.execute(filling.insert(), values).fetchall()
                    rows += int(count)
        except Unparsed as error:
            raise _Unfit(batch, error.error) from error
        except SqlError as error:
            raise _Unfit(batch, error) from error
        return rows

    def _statements(self, con: Connection, stream: str) -> tuple[list[plan.Statement], list[plan.Statement]]:
        def made(section: shape_file.Section) -> plan.Statement:
            return plan.statement(con, section, self._parameters, self._file.views(section, stream))

        prepared = [made(section) for section in self._file.prepares(stream)]
        return prepared, [made(section) for section in self._file.tables(stream)]

    def _explain(self, pending: Pending, unfit: _Unfit) -> str:
        with self._store.scratch() as con:
            prepared, tables = self._statements(con, pending.stream)
            found = culprit.find(con, unfit.batch, prepared, tables, self._columns)
        return found or f"{pending.feed} cannot be shaped: {unfit.error}"


def _pending(con: Connection) -> Sequence[Pending]:
    rows = con.sql(
        "SELECT extract_id, system, stream, finished_at, rows_new FROM raw.extract "
        "WHERE status IN ('complete', 'targeted') AND shaped_at IS NULL ORDER BY extract_id"
    ).fetchall()
    return [Pending(*row) for row in rows]


def _close_versions(con: Connection, table: str, pending: Pending, known_from: datetime) -> None:
    con.execute(
        f"UPDATE history.{quoted(table)} SET known_to = $known_from "
        f"WHERE feed = $feed AND known_to = TIMESTAMP '{OPEN_END}' "
        "AND record_key IN (SELECT record_key FROM raw.record WHERE extract_id = $extract_id)",
        {"known_from": known_from, "feed": pending.feed, "extract_id": pending.extract_id},
    )


def _mark_shaped(con: Connection, extract_id: int, known_from: datetime, at: datetime) -> None:
    # finished_at follows known_from: a run between landing and shaping has not seen these rows, so it must not be
    # told afterwards that the feed was complete at its moment.
    con.execute(
        "UPDATE raw.extract SET shaped_at = $at, finished_at = $known_from, reason = NULL "
        "WHERE extract_id = $extract_id",
        {"at": max(at, known_from), "known_from": known_from, "extract_id": extract_id},
    )


def _note_reason(con: Connection, extract_id: int, reason: str) -> None:
    con.execute(
        "UPDATE raw.extract SET reason = $reason WHERE extract_id = $extract_id",
        {"reason": reason, "extract_id": extract_id},
    )
