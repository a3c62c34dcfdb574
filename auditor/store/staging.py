"""Pages of an extract that is still running: in memory while they are few, then in a nameless file beside the store.

They are no part of the store. When the process ends, however it ends, they are gone, and the extract never happened.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol

import polars as pl
import pyarrow as pa
import pyarrow.ipc

from auditor.errors import Incomplete, StoreError

COLUMNS = {"record_key": pl.String, "sha256": pl.String, "body": pl.String}
UNCOPIED = pl.CompatLevel.newest()
"""How frames become Arrow: their texts are then handed over and not copied."""
ARROW: pa.Schema = pl.DataFrame(schema=COLUMNS).to_arrow(compat_level=UNCOPIED).schema
IN_MEMORY = 256_000_000
"""Bytes of bodies that one extract may keep in memory."""


class RawRecord(Protocol):
    """A raw body as it came, under its key within the stream."""

    @property
    def key(self) -> str: ...

    @property
    def body(self) -> bytes: ...


Page = Sequence[RawRecord]


class Staging:
    """Frames of (record_key, sha256, body) in the order of arrival."""

    def __init__(self, folder: Path | None, in_memory: int = IN_MEMORY) -> None:
        self._folder = folder
        self._in_memory = in_memory
        self._waiting: list[pl.DataFrame] = []
        self._waiting_bytes = 0
        self._keys: list[pl.DataFrame] = []
        self._file: IO[bytes] | None = None
        self._spool: pa.ipc.RecordBatchStreamWriter | None = None
        self.rows = 0

    def add(self, page: Page) -> None:
        """Takes a page. Raises `Incomplete` when a body is not text, `StoreError` when the disk is full."""
        frame = pl.DataFrame(
            {
                "record_key": [record.key for record in page],
                "sha256": [hashlib.sha256(record.body).hexdigest() for record in page],
                "body": _texts(page),
            },
            schema=COLUMNS,
        )
        self._keys.append(frame.select("record_key", "sha256"))
        self._waiting.append(frame)
        self._waiting_bytes += sum(len(record.body) for record in page)
        self.rows += len(page)
        if self._waiting_bytes > self._in_memory:
            self._write_out()

    def keys(self) -> pl.DataFrame:
        """record_key and sha256 of all rows, with their position."""
        if not self._keys:
            return pl.DataFrame(schema={"position": pl.UInt32, "record_key": pl.String, "sha256": pl.String})
        return pl.concat(self._keys).with_row_index("position")

    def frames(self) -> Iterator[pl.DataFrame]:
        """All rows in portions, in the order of arrival. May be asked for once."""
        if self._file is not None and self._spool is not None:
            self._spool.close()
            self._file.seek(0)
            with pa.ipc.open_stream(self._file) as stream:
                for batch in stream:
                    frame = pl.from_arrow(batch)
                    assert isinstance(frame, pl.DataFrame)
                    yield frame
        yield from self._waiting

    def close(self) -> None:
        """Lets memory and file go."""
        self._waiting.clear()
        self._keys.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write_out(self) -> None:
        try:
            for frame in self._waiting:
                table = frame.to_arrow(compat_level=UNCOPIED)
                if self._file is None or self._spool is None:
                    self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  (closed by close())
                    self._spool = pa.ipc.new_stream(self._file, table.schema)
                self._spool.write_table(table)
        except OSError as error:
            raise StoreError(
                f"The pages that are being read cannot be kept in {self._folder or tempfile.gettempdir()}: "
                f"{error.strerror or error}; free some space and repeat."
            ) from None
        self._waiting.clear()
        self._waiting_bytes = 0


def _texts(page: Page) -> pl.Series:
    """The bodies as text, byte for byte."""
    bodies = pl.Series("body", [record.body for record in page], dtype=pl.Binary)
    try:
        return bodies.cast(pl.String)
    except pl.exceptions.PolarsError:
        raise Incomplete(f"The record {_not_text(page)} is not UTF-8 text and cannot be kept as it came.") from None


def _not_text(page: Page) -> str:
    for record in page:
        try:
            record.body.decode("utf-8")
        except UnicodeDecodeError:
            return record.key
    raise AssertionError("every record of the page is text")
