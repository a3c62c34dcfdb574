"""Raw bodies on their way into the store: begin, stage pages, then commit or abandon.

While an extract runs its pages wait in `raw.staged`. `commit` moves what is new to `raw.record`, and in the same
transaction the watermark and the status: an extract is seen either completely or not at all. A body that equals the
newest known version of its key is not stored again, whatever the extract says.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from auditor.connectors.base import Page, Window
from auditor.errors import Incomplete, StoreError
from auditor.store.connection import Connection

if TYPE_CHECKING:
    from auditor.store.owner import Store

ENDED_EARLY = "the program ended before the extract was complete"


@dataclass(frozen=True, slots=True)
class Landed:
    """What a committed extract brought: records read, and versions that were not known before."""

    extract_id: int
    rows_read: int
    rows_new: int


def begin(store: Store, system: str, stream: str, window: Window, at: datetime) -> int:
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

    return store.write(note)


def stage(store: Store, extract_id: int, page: Page) -> None:
    """Keeps a page until the extract is complete. Large pages are cheaper per record than small ones."""
    if not page:
        return
    rows = _arrow(page)

    def keep(con: Connection) -> None:
        con.register("page_to_stage", rows)
        try:
            con.execute(
                "INSERT INTO raw.staged SELECT $extract_id, record_key, sha256, body FROM page_to_stage",
                {"extract_id": extract_id},
            )
        finally:
            con.unregister("page_to_stage")

    store.write(keep)


def commit(
    store: Store,
    extract_id: int,
    *,
    mode: Literal["delta", "snapshot"],
    watermark: datetime | None,
    calls: int,
    at: datetime,
) -> Landed:
    """Makes the extract visible as complete. In snapshot mode, keys that were not read are noted as gone."""

    def move(con: Connection) -> Landed:
        system, stream = _running(con, extract_id)
        rows_read = _staged(con, extract_id)
        rows_new = _move_new(con, extract_id, system, stream)
        if mode == "snapshot":
            rows_new += _note_gone(con, extract_id, system, stream)
        con.execute("DELETE FROM raw.staged WHERE extract_id = $extract_id", {"extract_id": extract_id})
        con.execute(
            "UPDATE raw.extract SET status = 'complete', finished_at = $finished_at, watermark = $watermark, "
            "rows_read = $rows_read, rows_new = $rows_new, calls = $calls WHERE extract_id = $extract_id",
            {
                "finished_at": store.next_moment(at),
                "watermark": watermark,
                "rows_read": rows_read,
                "rows_new": rows_new,
                "calls": calls,
                "extract_id": extract_id,
            },
        )
        return Landed(extract_id, rows_read, rows_new)

    return store.write(move)


def abandon(
    store: Store,
    extract_id: int,
    status: Literal["incomplete", "failed"],
    reason: str,
    at: datetime,
    *,
    calls: int = 0,
) -> None:
    """Drops what was staged and says why. Nothing of the extract counts as read."""

    def drop(con: Connection) -> None:
        _running(con, extract_id)
        rows_read = _staged(con, extract_id)
        con.execute("DELETE FROM raw.staged WHERE extract_id = $extract_id", {"extract_id": extract_id})
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

    store.write(drop)


def clean_leftovers(con: Connection, at: datetime) -> None:
    """After a process that was killed: its extracts have failed, its staged pages are dropped."""
    con.execute("DELETE FROM raw.staged")
    con.execute(
        "UPDATE raw.extract SET status = 'failed', finished_at = $finished_at, reason = $reason "
        "WHERE status = 'running'",
        {"finished_at": at, "reason": ENDED_EARLY},
    )


def last_watermark(con: Connection, system: str, stream: str) -> datetime | None:
    """The newest source time up to which the stream was read completely; None before the first time."""
    moment: datetime | None
    ((moment,),) = con.sql(
        "SELECT max(watermark) FROM raw.extract WHERE system = $system AND stream = $stream AND status = 'complete'",
        params={"system": system, "stream": stream},
    ).fetchall()
    return moment


def _arrow(page: Page) -> pa.Table:
    bodies = pa.array([record.body for record in page], type=pa.binary())
    try:
        text = bodies.cast(pa.large_string())
    except pa.ArrowInvalid:
        raise Incomplete(f"The record {_not_text(page)} is not UTF-8 text, so it cannot be kept as it came.") from None
    return pa.table(
        {
            "record_key": pa.array([record.key for record in page], type=pa.string()),
            "sha256": pa.array([hashlib.sha256(record.body).hexdigest() for record in page], type=pa.string()),
            "body": text,
        }
    )


def _not_text(page: Page) -> str:
    for record in page:
        try:
            record.body.decode("utf-8")
        except UnicodeDecodeError:
            return record.key
    return "?"


def _running(con: Connection, extract_id: int) -> tuple[str, str]:
    rows = con.sql(
        "SELECT system, stream FROM raw.extract WHERE extract_id = $extract_id AND status = 'running'",
        params={"extract_id": extract_id},
    ).fetchall()
    if not rows:
        raise StoreError(f"Extract {extract_id} is not running; it was ended already.")
    system, stream = rows[0]
    return str(system), str(stream)


def _staged(con: Connection, extract_id: int) -> int:
    ((count,),) = con.sql(
        "SELECT count(*) FROM raw.staged WHERE extract_id = $extract_id", params={"extract_id": extract_id}
    ).fetchall()
    return int(count)


# Of a key that came twice the later record counts: rowid follows the order of arrival.
_MOVE_NEW = """
WITH arrived AS (
    SELECT record_key, arg_max(sha256, rowid) AS sha256, max(rowid) AS position
    FROM raw.staged WHERE extract_id = $extract_id GROUP BY record_key
), newest AS (
    SELECT record_key, arg_max(sha256, extract_id) AS sha256
    FROM raw.record
    WHERE system = $system AND stream = $stream AND record_key IN (SELECT record_key FROM arrived)
    GROUP BY record_key
), changed AS (
    SELECT a.position FROM arrived AS a LEFT JOIN newest AS n ON n.record_key = a.record_key
    WHERE n.sha256 IS NULL OR n.sha256 <> a.sha256
)
INSERT INTO raw.record
SELECT $system, $stream, s.record_key, s.extract_id, s.sha256, s.body
FROM raw.staged AS s
WHERE s.extract_id = $extract_id AND s.rowid IN (SELECT position FROM changed)
"""

_NOTE_GONE = """
INSERT INTO raw.record
SELECT $system, $stream, record_key, $extract_id, '', NULL
FROM raw.record
WHERE system = $system AND stream = $stream
  AND record_key NOT IN (SELECT record_key FROM raw.staged WHERE extract_id = $extract_id)
GROUP BY record_key
HAVING arg_max(sha256, extract_id) <> ''
"""


def _move_new(con: Connection, extract_id: int, system: str, stream: str) -> int:
    return _count(con, _MOVE_NEW, extract_id, system, stream)


def _note_gone(con: Connection, extract_id: int, system: str, stream: str) -> int:
    return _count(con, _NOTE_GONE, extract_id, system, stream)


def _count(con: Connection, statement: str, extract_id: int, system: str, stream: str) -> int:
    done = con.execute(statement, {"extract_id": extract_id, "system": system, "stream": stream})
    ((count,),) = done.fetchall()
    return int(count)
