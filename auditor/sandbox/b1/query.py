"""Query options of a list read, and which keys they select.

Rows are found through the narrowest index that the filter allows; only the rows of the page itself are decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.sandbox.b1 import filters
from auditor.sandbox.b1.collection import Collection, Key
from auditor.sandbox.b1.errors import invalid_property, invalid_select, malformed
from auditor.sandbox.b1.filters import Either, Node
from auditor.sandbox.b1.properties import TYPES

_KNOWN = ("$filter", "$select", "$orderby", "$skip", "$top", "$count", "$inlinecount", "$format")
_remembered: int = 16


@dataclass(frozen=True, slots=True)
class Query:
    filter: filters.Node | None
    filter_text: str
    order: tuple[tuple[str, bool], ...]
    """(property, descending) ..."""
    select: tuple[str, ...] | None
    skip: int
    top: int | None
    with_count: bool


def parse(options: Mapping[str, str], collection: Collection, valid: set[str], version: str) -> Query:
    """Query options into a `Query`; every name is checked against what this entity set may be asked for."""
    entity_set = collection.entity_set
    for name in options:
        if name.startswith("$") and name not in _KNOWN:
            raise malformed(f"Query string error: option '{name}' is not supported")
    kinds = dict(TYPES[entity_set.type_name])
    select: tuple[str, ...] | None = None
    if options.get("$select", "*").strip() != "*":
        select = tuple(name.strip() for name in options["$select"].split(","))
        for name in select:
            if name not in valid:
                raise invalid_property(name, entity_set.type_name) if _is_custom(name) else invalid_select(name)
    node = None
    if options.get("$filter"):
        node = filters.parse(options["$filter"])
        for name in filters.names_in(node):
            if name not in valid:
                raise invalid_property(name, entity_set.type_name)
        node = filters.typed(node, kinds)
    order = tuple(_order(options.get("$orderby", "")))
    for name, _ in order:
        if name not in valid or kinds.get(name, "").startswith("["):
            raise invalid_property(name, entity_set.type_name)
    with_count = options.get("$count") == "true" if version == "v2" else options.get("$inlinecount") == "allpages"
    skip, top = _number(options, "$skip") or 0, _number(options, "$top")
    return Query(node, options.get("$filter", ""), order, select, skip, top, with_count)


def _is_custom(name: str) -> bool:
    return name.startswith("U_")


def _order(text: str) -> Iterator[tuple[str, bool]]:
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = part.partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise malformed(f"Query string error: cannot read $orderby at '{part}'")
        yield name, direction.strip() == "desc"


def _number(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"\d+", text):
        raise malformed(f"Query string error: '{text}' is not valid for {name}")
    return int(text)


def moved(query: Query, skip: int) -> Query:
    """The same query from another row on."""
    return replace(query, skip=skip)


class Selection:
    """Finds the keys that queries select; remembers the last ones, because pages of one query follow each other."""

    def __init__(self) -> None:
        self._results: dict[tuple[str, int, str, tuple[tuple[str, bool], ...]], Sequence[Key]] = {}

    def page(self, collection: Collection, query: Query, size: int) -> tuple[Sequence[Key], bool]:
        """Keys of `query.skip` ... `+ size`, and whether more follow."""
        if self._is_by_key(collection, query) and not query.skip and not query.with_count:
            return self._first(collection, query, size)
        keys = self.all(collection, query)
        return keys[query.skip : query.skip + size], len(keys) > query.skip + size

    def all(self, collection: Collection, query: Query) -> Sequence[Key]:
        """Keys that satisfy the filter, in the asked order; without `$skip` and `$top`."""
        name = (collection.entity_set.name, collection.version, query.filter_text, query.order)
        keys = self._results.get(name)
        if keys is None:
            candidates, is_by_key = self._candidates(collection, query)
            keys = self._matching(collection, query, candidates)
            if query.order and not self._is_by_key(collection, query):
                keys = _sorted(collection, sorted(keys), query.order)
            elif not is_by_key:
                keys = sorted(keys)
            while len(self._results) >= _remembered:
                del self._results[next(iter(self._results))]
            self._results[name] = keys
        return keys

    def _first(self, collection: Collection, query: Query, size: int) -> tuple[Sequence[Key], bool]:
        """The first page in key order: stops as soon as it is full."""
        candidates, is_by_key = self._candidates(collection, query)
        if not is_by_key:
            candidates = sorted(candidates)
        if query.filter is None:
            return candidates[:size], len(candidates) > size
        test = filters.predicate(query.filter, collection, dict(TYPES[collection.entity_set.type_name]))
        found: list[Key] = []
        for key in candidates:
            if test(key):
                if len(found) == size:
                    return found, True
                found.append(key)
        return found, False

    def _matching(self, collection: Collection, query: Query, candidates: Sequence[Key]) -> list[Key]:
        if query.filter is None:
            return list(candidates)
        test = filters.predicate(query.filter, collection, dict(TYPES[collection.entity_set.type_name]))
        return [key for key in candidates if test(key)]

    def _candidates(self, collection: Collection, query: Query) -> tuple[Sequence[Key], bool]:
        """A superset of the matching keys; True when they are in key order."""
        return (collection.keys(), True) if query.filter is None else _narrowed(collection, query.filter)

    def _is_by_key(self, collection: Collection, query: Query) -> bool:
        return not query.order or query.order == tuple((name, False) for name in collection.entity_set.keys)


def _narrowed(collection: Collection, node: Node) -> tuple[Sequence[Key], bool]:
    """A superset of the keys that satisfy the filter, from the narrowest interval; True when they are in key order."""
    best: Sequence[Key] = collection.keys()
    is_by_key = True
    if isinstance(node, Either):
        sides = [_narrowed(collection, side)[0] for side in (node.left, node.right)]
        if sum(map(len, sides)) < len(best):
            return sorted(set().union(*sides)), True
        return best, True
    kinds = TYPES[collection.entity_set.type_name]
    for name in filters.names_in(node):
        low, high = filters.bounds(node, name)
        if (low is None and high is None) or kinds.get(name) == "time":
            continue
        if collection.entity_set.keys == (name,):
            found, by_key = collection.keys_from(low, high), True
        else:
            found, by_key = collection.keys_where(name, low, high), False
        if len(found) < len(best) or (len(found) == len(best) and by_key):
            best, is_by_key = found, by_key
    return best, is_by_key


def _sorted(collection: Collection, keys: Sequence[Key], order: tuple[tuple[str, bool], ...]) -> list[Key]:
    """Stable sorts from the last property to the first; missing values come first, as NULLs do."""
    result = list(keys)
    for name, descending in reversed(order):
        if collection.entity_set.keys == (name,):
            result.sort(reverse=descending)
            continue
        column = collection.column(name)
        result.sort(key=lambda key: (column[key] is not None, column[key]), reverse=descending)
    return result
