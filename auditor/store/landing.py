"""Raw bodies on their way into the store: begin, stage pages, then commit or abandon.

While an extract runs its pages wait outside the store. `commit` adds what is new to `raw.record`, and in the same
transaction the watermark and the status: an extract is seen either completely or not at all. A body that equals the
newest known version of its key is not stored again, whatever the extract says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal, Protocol

import polars as pl
import pyarrow as pa

from auditor.errors import StoreError
from auditor.store.connection import Connection, shown
from auditor.store.owner import ROW_GROUP, Store
from auditor.store.staging import ARROW, UNCOPIED, Page, Staging

LARGEST_BATCH = 128_000_000
"""Bytes of bodies after which fewer rows are handed over at once."""


class Span(Protocol):
    """The window that an extract reads: `since` None means from the beginning."""

    @property
    def since(self) -> datetime | None: ...

    @property
    def cut_off(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Landed:
    """What a committed extract brought: records read, and versions that were not known before."""

    extract_id: int
    rows_read: int
    rows_new: int


@dataclass(frozen=True, slots=True)
class CallQuarter:
    """What the calls of an extract met in one quarter of an hour; the fields are columns of raw.call_quarter."""

    quarter_at: datetime
    calls: int
    timeouts: int
    connection_errors: int
    server_errors: int
    throttled: int
    refused: int
    rejected: int
    unreadable: int
    p50_ms: int
    p95_ms: int
    bytes: int
    clock_difference_seconds: int | None
    ends_on: date | None


def begin(store: Store, system: str, stream: str, window: Span, at: datetime) -> int:
    """Notes that an extract has begun; returns its id."""

    def note(con: Connection) -> int:
        ((extract_id,),) = con.execute("SELECT nextval('raw.extract_ids')").fetchall()
        con.execute(
            "INSERT INTO raw.extract BY NAME SELECT $extract_id AS extract_id, $system AS system, $stream AS stream, "
            "CAST($since AS TIMESTAMP) AS window_from, $cut_off AS cut_off, $started_at AS started_at, "
            "'running' AS status",
            {
                "extract_id": extract_id,
                "system": system,
                "stream": stream,
                "since": window.since,
                "cut_off": window.cut_off,
                "started_at": at,
            },
        )
        return int(extract_id)

    extract_id = store.write(note)
    store.staging[extract_id] = Staging(store.path.parent if store.path else None)
    return extract_id


def stage(store: Store, extract_id: int, page: Page) -> None:
    """Keeps a page until the extract is complete. Large pages are cheaper per record than small ones."""
    if page:
        _staging(store, extract_id).add(page)


def commit(
    store: Store,
    extract_id: int,
    *,
    mode: Literal["delta", "snapshot"],
    watermark: datetime | None,
    calls: int,
    at: datetime,
    quarters: Sequence[CallQuarter] = (),
    files: Collection[str] | None = None,
    status: Literal["complete", "targeted"] = "complete",
) -> Landed:
    """Makes the extract visible as complete. In snapshot mode, keys that were not read are noted as gone.

    files: marks of the dropped files it was made of (see `files_read`); None where there are none.
    A targeted extract holds single records that were looked up: it says nothing about the rest of its stream.
    """

    staging = _staging(store, extract_id)

    def move(con: Connection) -> Landed:
        source = _running(con, extract_id)
        rows_new = _add_changed(con, source, staging)
        if mode == "snapshot":
            rows_new += _note_gone(con, source, staging)
        con.execute(
            "UPDATE raw.extract SET status = $status, finished_at = $finished_at, watermark = $watermark, "
            "rows_read = $rows_read, rows_new = $rows_new, calls = $calls WHERE extract_id = $extract_id",
            {
                "status": status,
                "finished_at": store.next_moment(at),
                "watermark": watermark,
                "rows_read": staging.rows,
                "rows_new": rows_new,
                "calls": calls,
                "extract_id": extract_id,
            },
        )
        _keep_quarters(con, extract_id, quarters)
        if files is not None:
            _keep_files(con, source, files)
        return Landed(extract_id, staging.rows, rows_new)

    landed = store.write(move)
    _forget(store, extract_id)
    return landed


def abandon(
    store: Store,
    extract_id: int,
    status: Literal["incomplete", "failed"],
    reason: str,
    at: datetime,
    *,
    calls: int = 0,
    quarters: Sequence[CallQuarter] = (),
) -> None:
    """Drops what was staged and says why. Nothing of the extract counts as read."""
    rows_read = _staging(store, extract_id).rows
    _forget(store, extract_id)

    def note(con: Connection) -> None:
        _running(con, extract_id)
        con.execute(
            "UPDATE raw.extract SET status = $status, finished_at = $finished_at, reason = $reason, "
            "rows_read = $rows_read, calls = $calls WHERE extract_id = $extract_id",
            {
                "status": status,
                "finished_at": store.next_moment(at),
                "reason": reason,
                "rows_read": rows_read,
                "calls": calls,
                "extract_id": extract_id,
            },
        )
        _keep_quarters(con, extract_id, quarters)

    store.write(note)


def _keep_quarters(con: Connection, extract_id: int, quarters: Sequence[CallQuarter]) -> None:
    for quarter in quarters:
        values = {"extract_id": extract_id, **asdict(quarter)}
        named = ", ".join(f"${name} AS {name}" for name in values)
        con.execute(f"INSERT INTO raw.call_quarter BY NAME SELECT {named}", values)


def last_watermark(con: Connection, system: str, stream: str) -> datetime | None:
    """The newest source time up to which the stream was read completely; None before the first time."""
    moment: datetime | None
    ((moment,),) = con.sql(
        "SELECT max(watermark) FROM raw.extract WHERE system = $system AND stream = $stream AND status = 'complete'",
        params={"system": system, "stream": stream},
    ).fetchall()
    return moment


def files_read(con: Connection, system: str, stream: str) -> frozenset[str]:
    """Marks of the dropped files that the last complete reading of a stream was made of."""
    rows = con.sql(
        "SELECT mark FROM raw.file_read WHERE system = $system AND stream = $stream",
        params={"system": system, "stream": stream},
    ).fetchall()
    return frozenset(mark for (mark,) in rows)


def _keep_files(con: Connection, source: Mapping[str, object], files: Collection[str]) -> None:
    system, stream = str(source["system"]), str(source["stream"])
    if files_read(con, system, stream) == frozenset(files):
        return
    con.execute("DELETE FROM raw.file_read WHERE system = ? AND stream = ?", [system, stream])
    if files:
        con.execute("INSERT INTO raw.file_read SELECT ?, ?, unnest(?)", [system, stream, sorted(files)])


def _staging(store: Store, extract_id: int) -> Staging:
    staging = store.staging.get(extract_id)
    if staging is None:
        raise StoreError(f"Extract {extract_id} is not running; it was ended already.")
    return staging


def _forget(store: Store, extract_id: int) -> None:
    staging = store.staging.pop(extract_id, None)
    if staging is not None:
        staging.close()


def _running(con: Connection, extract_id: int) -> dict[str, object]:
    """extract_id, system and stream, as the statements below name them."""
    rows = con.sql(
        "SELECT system, stream FROM raw.extract WHERE extract_id = $extract_id AND status = 'running'",
        params={"extract_id": extract_id},
    ).fetchall()
    if not rows:
        raise StoreError(f"Extract {extract_id} is not running; it was ended already.")
    system, stream = rows[0]
    return {"extract_id": extract_id, "system": system, "stream": stream}


# Of a key that came twice the later record counts.
_CHANGED = """
WITH arrived AS (
    SELECT record_key, arg_max(sha256, position) AS sha256, max(position) AS position
    FROM arrived_keys GROUP BY record_key
), newest AS (
    SELECT record_key, arg_max(sha256, extract_id) AS sha256
    FROM raw.record
    WHERE system = $system AND stream = $stream AND record_key IN (SELECT record_key FROM arrived)
    GROUP BY record_key
)
SELECT a.position FROM arrived AS a LEFT JOIN newest AS n ON n.record_key = a.record_key
WHERE n.sha256 IS NULL OR n.sha256 <> a.sha256
"""

_ADD = "INSERT INTO raw.record SELECT $system, $stream, record_key, $extract_id, sha256, body FROM arrived_rows"

_NOTE_GONE = """
INSERT INTO raw.record
SELECT $system, $stream, record_key, $extract_id, '', NULL
FROM raw.record
WHERE system = $system AND stream = $stream AND record_key NOT IN (SELECT record_key FROM arrived_keys)
GROUP BY record_key
HAVING arg_max(sha256, extract_id) <> ''
"""


def _add_changed(con: Connection, source: dict[str, object], staging: Staging) -> int:
    """Adds the rows whose body differs from the newest known; returns how many."""
    if not staging.rows:
        return 0
    keys = staging.keys()
    with shown(con, "arrived_keys", keys):
        stream = {name: source[name] for name in ("system", "stream")}
        changed = con.sql(_CHANGED, params=stream).pl().get_column("position")
    if changed.is_empty():
        return 0
    # One statement for all rows: full row groups then go straight into the file.
    with shown(con, "arrived_rows", _reader(staging, keys.get_column("position").is_in(changed.implode()))):
        con.execute(_ADD, source)
    return int(changed.len())


def _reader(staging: Staging, wanted: pl.Series) -> pa.RecordBatchReader:
    """The wanted rows as a stream, so that they are never in memory together."""

    def chosen() -> Iterator[pl.DataFrame]:
        position = 0
        for frame in staging.frames():
            mask = wanted.slice(position, frame.height)
            position += frame.height
            yield frame if mask.all() else frame.filter(mask)

    def batches() -> Iterator[pa.RecordBatch]:
        for frame in row_groups(chosen()):
            yield from frame.to_arrow(compat_level=UNCOPIED).to_batches()

    return pa.RecordBatchReader.from_batches(ARROW, batches())


def row_groups(
    frames: Iterable[pl.DataFrame], rows: int = ROW_GROUP, largest: int = LARGEST_BATCH
) -> Iterator[pl.DataFrame]:
    """The same rows in portions of a full row group, so that both cores compress and nothing is copied twice.

    rows: in a portion; fewer once the bodies that wait have `largest` bytes.
    """
    waiting: list[pl.DataFrame] = []
    height = size = 0
    for frame in frames:
        waiting.append(frame)
        height += frame.height
        size += _bytes(frame)
        if height < rows and size < largest:
            continue
        whole = pl.concat(waiting, rechunk=True)
        full = height if size >= largest else height - height % rows
        yield from (whole.slice(start, min(rows, full - start)) for start in range(0, full, rows))
        rest = whole.slice(full)
        waiting, height, size = [rest], rest.height, _bytes(rest)
    if height:
        yield pl.concat(waiting, rechunk=True)


def _bytes(frame: pl.DataFrame) -> int:
    return int(frame.get_column("body").str.len_bytes().sum())


def _note_gone(con: Connection, source: dict[str, object], staging: Staging) -> int:
    """Adds a row without a body for each key that was there and was not read now; returns how many."""
    with shown(con, "arrived_keys", staging.keys()):
        ((count,),) = con.execute(_NOTE_GONE, source).fetchall()
    return int(count)
