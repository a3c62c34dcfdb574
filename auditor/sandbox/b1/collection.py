"""The records of one entity set, with the small indexes that filters need.

A *column* maps each key to one header property; it is built when a filter first asks for it and kept up to date. An
*ordering* is a column sorted by value, so that `UpdateDate ge ...` finds its rows without looking at the others.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from auditor.sandbox.b1.body import Body
from auditor.sandbox.b1.entity_sets import EntitySet

Key = Any
"""int, str or, for composite keys, a tuple of them; of one type within an entity set."""

_value = itemgetter(0)
_INDEXED = ("UpdateDate", "UpdateTime", "CreationDate", "DocumentStatus")


class Collection:
    def __init__(self, entity_set: EntitySet) -> None:
        self.entity_set = entity_set
        self.version = 0
        self.reserved = 0
        """Keys up to this one are promised to records that are yet to be put."""
        self.names: set[str] = set()
        """Header and collection properties that any record has."""
        self._bodies: dict[Key, Body] = {}
        self._keys: list[Key] = []
        self._in_order = True
        self._columns: dict[str, dict[Key, Any]] = {}
        self._orderings: dict[str, list[tuple[Any, Key]]] = {}

    def __len__(self) -> int:
        return len(self._bodies)

    def __contains__(self, key: Key) -> bool:
        return key in self._bodies

    def key_of(self, record: Mapping[str, Any]) -> Key:
        parts = tuple(record[name] for name in self.entity_set.keys)
        return parts[0] if len(parts) == 1 else parts

    def put(self, record: Mapping[str, Any]) -> Key:
        """Insert or replace; the key is among the record's own properties."""
        key = self.key_of(record)
        body = Body(record)
        if key not in self._bodies:
            if self._keys and self._in_order and key < self._keys[-1]:
                self._in_order = False
            self._keys.append(key)
        self._bodies[key] = body
        self.names.update(record)
        self.version += 1
        self._orderings.clear()
        if self._columns:
            header = body.header()
            for name, column in self._columns.items():
                column[key] = header.get(name)
        return key

    def remove(self, key: Key) -> None:
        del self._bodies[key]
        self._keys.remove(key)
        self.version += 1
        self._orderings.clear()
        for column in self._columns.values():
            column.pop(key, None)

    def body(self, key: Key) -> Body | None:
        return self._bodies.get(key)

    def keys(self) -> Sequence[Key]:
        """All keys, ascending."""
        if not self._in_order:
            self._keys.sort()
            self._in_order = True
        return self._keys

    def records(self) -> Iterator[dict[str, Any]]:
        """All records with their collections, by key; decoded one at a time."""
        for key in list(self.keys()):
            yield self._bodies[key].whole()

    def headers(self) -> Iterator[dict[str, Any]]:
        """All records without their collections, by key."""
        for key in list(self.keys()):
            yield self._bodies[key].header()

    def next_key(self) -> int:
        """The number that the server would give to a new record of an integer-keyed set."""
        return max(self.reserved, int(self.keys()[-1]) if self._bodies else 0) + 1

    def column(self, name: str) -> dict[Key, Any]:
        """Value of one header property by key; None where a record lacks it."""
        if name not in self._columns:
            self._add_columns((name,))
        return self._columns[name]

    def index(self) -> None:
        """What readers of changes ask for, as a database has it before anybody asks."""
        self._add_columns([name for name in _INDEXED if name in self.names and name not in self._columns])

    def _add_columns(self, names: Sequence[str]) -> None:
        columns: list[dict[Key, Any]] = [{} for _ in names]
        if names:
            for key, body in self._bodies.items():
                header = body.header()
                for name, column in zip(names, columns, strict=True):
                    column[key] = header.get(name)
        self._columns.update(zip(names, columns, strict=True))

    def keys_from(self, low: Key | None, high: Key | None) -> Sequence[Key]:
        """Keys within the closed interval, ascending."""
        keys = self.keys()
        start = 0 if low is None else bisect.bisect_left(keys, low)
        end = len(keys) if high is None else bisect.bisect_right(keys, high)
        return keys[start:end]

    def keys_where(self, name: str, low: Any, high: Any) -> list[Key]:
        """Keys whose property lies within the closed interval, by value; records without a value are left out."""
        ordering = self._orderings.get(name)
        if ordering is None:
            ordering = sorted((value, key) for key, value in self.column(name).items() if value is not None)
            self._orderings[name] = ordering
        start = 0 if low is None else bisect.bisect_left(ordering, low, key=_value)
        end = len(ordering) if high is None else bisect.bisect_right(ordering, high, key=_value)
        return [key for _, key in ordering[start:end]]
