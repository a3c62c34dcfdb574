"""The lines of a bulk result, kept on disk until parents and children can be put together.

A result file gives each node its own line, in no promised order, with the parent's id. It may be larger than memory, so
the lines go as they come into a private file that the operating system forgets when it is closed. In memory is only an
index: where each line stands, its kind, and hashes of its id and its parent's. What a hash finds is compared with the
id itself. Lines are taken in many at a time, because what Python does for each single one is most of the work.
"""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import IO

import polars as pl
from msgspec import UNSET

from auditor.connectors.shopify.lines import Line, Lines, Row
from auditor.connectors.shopify.paging import in_order

_NO_PARENT = 0
# Records that are put together at once. Each may have hundreds of lines, and all of them are in memory then.
PORTION = 100
# What lies between two lines is read along with them as long as that is less work than reading twice.
_GAP_BYTES, _RUN_BYTES = 16 << 10, 4 << 20


class Spool:
    """Lines by id and by parent. Used by the thread that made it.

    Rows come out with `parent` as `UNSET`, so that they can be written as they are.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._resources = ExitStack()
        self._file = self._resources.enter_context(_nameless_file())
        self._index = _Index(_Places())

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def fill(self, batches: Iterable[Sequence[bytes]]) -> tuple[int, int]:
        """Keeps all lines; returns how many there are, and how many of them have no parent.

        Raises `ValueError` for a line that is no JSON object, `msgspec.ValidationError` for one that is not whole.
        """
        self._file.seek(0)
        self._file.truncate()
        places, check = _Places(), self._lines.check
        for batch in batches:
            places.add(list(map(check, batch)), batch)
            self._file.write(b"".join(batch))
        self._file.flush()
        self._index = _Index(places)
        return len(places.lengths), places.parents.count(_NO_PARENT)

    def orphans(self) -> int:
        """Lines whose parent is not among the lines."""
        return self._index.orphans()

    def roots(self) -> Iterator[list[Row]]:
        """Lines without a parent, in portions. Of an id that came twice, the later line counts."""
        for portion in self._index.portions(_NO_PARENT):
            yield _below(None, self._read(portion))

    def below(self, parent: str) -> Iterator[list[Row]]:
        """Lines of one parent, in portions. Of an id that came twice, the later line counts."""
        for portion in self._index.portions(_hash(parent)):
            yield _below(parent, self._read(portion))

    def join(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The same rows, with those below them in their slots, in the order of their ids.

        Rows of the same id, as two orders with one return would have, all get what is below that id.
        """
        parents: dict[str, Row] = {}
        for row in rows:
            twin = parents.setdefault(row.id, row)
            for slot in row.slots:
                setattr(row, slot, [] if twin is row else getattr(twin, slot))
        for child in self._read(self._index.by_parent.places(map(_hash, parents))):
            parent = parents.get(child.parent)
            if parent is not None and child.slot in parent.slots:
                child.parent = UNSET
                getattr(parent, child.slot).append(child)
        for row in rows:
            for slot in row.slots:
                if len(children := getattr(row, slot)) > 1:
                    setattr(row, slot, in_order(children))
        return rows

    def by_id(self, ids: Sequence[str]) -> dict[str, Row]:
        """id -> line, for those that are there; of an id that came twice, the later line."""
        wanted = set(ids)
        found = {}
        for row in self._read(self._index.by_id.places(map(_hash, ids))):
            if row.id in wanted:
                row.parent = UNSET
                found[row.id] = row
        return found

    def _read(self, places: Iterable[Place]) -> Iterator[Row]:
        """Lines in the order of the file. Lines that stand near each other, as most do, are read together."""
        decoders = self._lines.rows
        for begin, end, run in _runs(places):
            self._file.seek(begin)
            block = memoryview(self._file.read(end - begin))
            for start, length, kind in run:
                yield decoders[kind](block[start - begin : start - begin + length])


def _below(parent: str | None, rows: Iterable[Row]) -> list[Row]:
    """Those of this parent, and no other whose hash is the same."""
    found = [row for row in rows if row.parent == parent]
    for row in found:
        row.parent = UNSET
    return found


@dataclass(slots=True)
class _Places:
    """Where each line belongs and how long it is, in the order of the file."""

    ids: array[int]
    parents: array[int]
    lengths: array[int]
    kinds: array[int]

    def __init__(self) -> None:
        self.ids, self.parents, self.lengths, self.kinds = array("q"), array("q"), array("I"), array("B")

    def add(self, lines: Sequence[Line], texts: Sequence[bytes]) -> None:
        self.ids.extend([hash(line.id) or 1 for line in lines])  # `_hash`, without a call for each
        self.parents.extend([_NO_PARENT if line.parent is None else hash(line.parent) or 1 for line in lines])
        self.kinds.extend([line.kind for line in lines])
        self.lengths.extend(map(len, texts))


Place = tuple[int, int, int]
"""Where a line begins in the file, how many bytes it has, and its kind."""


class _Order:
    """The places of all lines in the order of one column of hashes, and within it in the order of the file."""

    def __init__(self, frame: pl.DataFrame, column: str) -> None:
        ordered = frame.sort(column, "start")
        self._hashes = _numbers(ordered[column])
        self._starts = _numbers(ordered["start"])
        self._lengths = _numbers(ordered["length"])
        self._kinds = _numbers(ordered["kind"])

    def places(self, hashes: Iterable[int]) -> list[Place]:
        """Lines with these hashes, in the order of the file."""
        found: list[Place] = []
        count = len(self._hashes)
        for each in set(hashes):
            # Few lines have the same parent, so that going through them is faster than searching for their end.
            place = bisect_left(self._hashes, each)
            while place < count and self._hashes[place] == each:
                found.append((self._starts[place], self._lengths[place], self._kinds[place]))
                place += 1
        found.sort()
        return found


class _Index:
    """Where lines stand, by their parent and by their own id."""

    def __init__(self, places: _Places) -> None:
        lengths = pl.Series(places.lengths, dtype=pl.Int64)
        self._frame = pl.DataFrame(
            {
                "id": pl.Series(places.ids, dtype=pl.Int64),
                "parent": pl.Series(places.parents, dtype=pl.Int64),
                "start": lengths.cum_sum() - lengths,
                "length": lengths,
                "kind": pl.Series(places.kinds, dtype=pl.UInt8),
            }
        )

    @cached_property
    def by_parent(self) -> _Order:
        return _Order(self._frame, "parent")

    @cached_property
    def by_id(self) -> _Order:
        return _Order(self._frame, "id")

    def orphans(self) -> int:
        children = self._frame.filter(pl.col("parent") != _NO_PARENT)
        return children.join(self._frame.select("id"), left_on="parent", right_on="id", how="anti").height

    def portions(self, parent: int) -> Iterator[list[Place]]:
        """The lines of one parent; of those with the same id the last."""
        own = self._frame.filter(pl.col("parent") == parent).unique("id", keep="last", maintain_order=True)
        starts, lengths, kinds = (_numbers(column) for column in own.sort("start")["start", "length", "kind"])
        for first in range(0, len(starts), PORTION):
            here = slice(first, first + PORTION)
            yield list(zip(starts[here], lengths[here], kinds[here], strict=True))


def _numbers(column: pl.Series) -> memoryview:
    """The column's numbers, of one or eight bytes, without copying them."""
    numbers = memoryview(column.rechunk().to_arrow().buffers()[1]).cast("B")
    return (numbers if column.dtype == pl.UInt8 else numbers.cast("q"))[: len(column)]


def _runs(places: Iterable[Place]) -> Iterator[tuple[int, int, list[Place]]]:
    """Stretches with only little between the lines that are wanted: where each begins and ends, and its lines."""
    begin = end = 0
    run: list[Place] = []
    for place in places:
        start = place[0]
        if start - end > _GAP_BYTES or end - begin > _RUN_BYTES:
            if run:
                yield begin, end, run
            begin, run = start, []
        elif not run:
            begin = start
        run.append(place)
        end = start + place[1]
    if run:
        yield begin, end, run


def _nameless_file() -> AbstractContextManager[IO[bytes]]:
    return tempfile.TemporaryFile()


def _hash(identity: str) -> int:
    """Never the mark of a line without a parent."""
    return hash(identity) or 1
