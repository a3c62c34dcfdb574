"""The lines of a bulk result, kept on disk until parents and children can be put together.

A result file gives each node its own line, in no promised order, with the parent's id. It may be larger than memory, so
the lines go as they come into a private file that the operating system forgets when it is closed. In memory is only an
index: where each line stands, and hashes of its id and its parent's. What a hash finds is compared with the id itself.
"""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any

import msgspec
import orjson
import polars as pl

from auditor.connectors.shopify.selection import PARENT, Line

Node = dict[str, Any]
_NO_PARENT = 0
# Records that are put together at once. Each may have hundreds of lines, and all of them are in memory then.
PORTION = 100
_WRITE_BYTES = 4 << 20


class Spool:
    """Lines by id and by parent. Used by the thread that made it.

    `decode` says of a line where it belongs, and raises `msgspec.ValidationError` for one that lacks something.
    """

    def __init__(self, decode: Callable[[bytes], Line] | None = None) -> None:
        self._decode = decode or _decode_place
        self._resources = ExitStack()
        self._file = self._resources.enter_context(_nameless_file())
        self._index = _Index(_Places())

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()

    def fill(self, lines: Iterable[bytes]) -> tuple[int, int]:
        """Keeps all lines; returns how many there are, and how many of them have no parent.

        Raises `ValueError` for a line that is no JSON object, `msgspec.ValidationError` for one that is not whole.
        """
        self._file.seek(0)
        self._file.truncate()
        places, decode = _Places(), self._decode
        waiting: list[bytes] = []
        waiting_bytes = 0
        for line in lines:
            place = decode(line)
            places.add(place.id, place.parent, len(line))
            waiting.append(line)
            waiting_bytes += len(line)
            if waiting_bytes > _WRITE_BYTES:
                self._file.write(b"".join(waiting))
                waiting, waiting_bytes = [], 0
        self._file.write(b"".join(waiting))
        self._file.flush()
        self._index = _Index(places)
        return len(places.lengths), places.parents.count(_NO_PARENT)

    def orphans(self) -> int:
        """Lines whose parent is not among the lines."""
        return self._index.orphans()

    def roots(self) -> Iterator[list[Node]]:
        """Lines without a parent, in portions. Of an id that came twice, the later line counts."""
        for portion in self._index.portions(_NO_PARENT):
            yield [node for node in self._read(portion) if node.get(PARENT) is None]

    def below(self, parent: str) -> Iterator[list[Node]]:
        """Lines of one parent, in portions. Of an id that came twice, the later line counts."""
        for portion in self._index.portions(_hash(parent)):
            yield [node for node in self._read(portion) if node.get(PARENT) == parent]

    def children(self, parents: Sequence[str]) -> dict[str, list[Node]]:
        """parent id -> its lines, in the order of the file."""
        found: dict[str, list[Node]] = {parent: [] for parent in parents}
        for node in self._read(self._index.by_parent.places(map(_hash, parents))):
            siblings = found.get(node.get(PARENT, ""))
            if siblings is not None:
                siblings.append(node)
        return found

    def by_id(self, ids: Sequence[str]) -> dict[str, Node]:
        """id -> line, for those that are there; of an id that came twice, the later line."""
        wanted = set(ids)
        return {
            node["id"]: node
            for node in self._read(self._index.by_id.places(map(_hash, ids)))
            if node.get("id") in wanted
        }

    def _read(self, places: Iterable[Place]) -> Iterator[Node]:
        """Lines in the order of the file. Lines side by side, as most are, are read together."""
        for start, end, lengths in _runs(places):
            self._file.seek(start)
            block = memoryview(self._file.read(end - start))
            begin = 0
            for length in lengths:
                yield orjson.loads(block[begin : begin + length])
                begin += length


@dataclass(slots=True)
class _Places:
    """Where each line belongs and how long it is, in the order of the file."""

    ids: array[int]
    parents: array[int]
    lengths: array[int]

    def __init__(self) -> None:
        self.ids, self.parents, self.lengths = array("q"), array("q"), array("I")

    def add(self, identity: str | None, parent: str | None, length: int) -> None:
        self.ids.append(_NO_PARENT if identity is None else _hash(identity))
        self.parents.append(_NO_PARENT if parent is None else _hash(parent))
        self.lengths.append(length)


Place = tuple[int, int]
"""Where a line begins in the file, and how many bytes it has."""


class _Order:
    """The places of all lines in the order of one column of hashes, and within it in the order of the file."""

    def __init__(self, frame: pl.DataFrame, column: str) -> None:
        ordered = frame.sort(column, "start")
        self._hashes = _numbers(ordered[column])
        self._starts = _numbers(ordered["start"])
        self._lengths = _numbers(ordered["length"])

    def places(self, hashes: Iterable[int]) -> list[Place]:
        """Lines with these hashes, in the order of the file."""
        found: list[Place] = []
        for each in set(hashes):
            first = bisect_left(self._hashes, each)
            last = bisect_right(self._hashes, each, lo=first)
            found.extend(zip(self._starts[first:last], self._lengths[first:last], strict=True))
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
            }
        )
        self.by_parent, self.by_id = _Order(self._frame, "parent"), _Order(self._frame, "id")

    def orphans(self) -> int:
        children = self._frame.filter(pl.col("parent") != _NO_PARENT)
        return children.join(self._frame.select("id"), left_on="parent", right_on="id", how="anti").height

    def portions(self, parent: int) -> Iterator[list[Place]]:
        """The lines of one parent; of those with the same id the last."""
        own = self._frame.filter(pl.col("parent") == parent).unique("id", keep="last", maintain_order=True)
        for portion in own.sort("start").iter_slices(PORTION):
            yield list(portion.select("start", "length").iter_rows())


def _numbers(column: pl.Series) -> memoryview:
    """The column's 64-bit numbers, without copying them."""
    return memoryview(column.rechunk().to_arrow().buffers()[1]).cast("B").cast("q")[: len(column)]


def _runs(places: Iterable[Place]) -> Iterator[tuple[int, int, list[int]]]:
    """Stretches of lines that stand side by side: where they begin and end, and how long each line is."""
    begin = end = -1
    lengths: list[int] = []
    for start, length in places:
        if start != end:
            if lengths:
                yield begin, end, lengths
            begin, lengths = start, []
        lengths.append(length)
        end = start + length
    if lengths:
        yield begin, end, lengths


def _nameless_file() -> AbstractContextManager[IO[bytes]]:
    return tempfile.TemporaryFile()


def _hash(identity: str) -> int:
    """Never the mark of a line without a parent."""
    return hash(identity) or 1


class _Place(msgspec.Struct):
    """What of a line says where it belongs; the rest is only parsed when it is read back."""

    id: str | None = None
    parent: str | None = msgspec.field(default=None, name=PARENT)


_decode_place: Callable[[bytes], Line] = msgspec.json.Decoder(_Place).decode
