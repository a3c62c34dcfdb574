"""Lists that are read page by page, with the proof that nothing was lost while they changed.

A page token is opaque and leads one way, so a list cannot be entered in the middle, and a record that changes between
two pages may push another one over the edge. What can be trusted is a count: each page of a search says how many
records meet it. A window in the past only loses records (a change moves them to now, into the next window), so a walk
that saw as many records as were counted at any of its pages saw all of them. A walk that saw fewer is halved in time
until it holds; a single page holds by itself.

Long windows are cut into stretches that are read by several threads: tokens of one stretch do not wait for another's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Generic, TypeVar

from auditor.connectors.sap_b1.ahead import run_ahead
from auditor.connectors.tiktok_shop.client import Node, TikTokShopClient, nodes_of
from auditor.connectors.tiktok_shop.operations import Operation
from auditor.errors import Incomplete

Made = TypeVar("Made")
ATTEMPTS = 3
# Records of one stretch: so many pages of a hundred that a half-filled last one does not matter, and so few that
# reading a stretch once more does not either.
STRETCH = 1000
THREADS = 4


@dataclass(frozen=True, slots=True)
class Search:
    """A search with a time filter, a key and a count.

    since, until: names of the filter's ends; `is_closed`: the end belongs to the window (`_le` instead of `_lt`).
    query, body:  what is sent besides.
    """

    operation: Operation
    items: str
    key: str
    page_size: int
    since: str
    until: str
    is_closed: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Walk(Generic[Made]):
    """What one walk saw: the records by key, the largest count that its pages told, how many pages there were."""

    found: dict[str, Made] = field(default_factory=dict)
    counted: int = 0
    pages: int = 0
    is_stopped: bool = False

    @property
    def is_whole(self) -> bool:
        return not self.is_stopped and len(self.found) >= self.counted


def search(
    client: TikTokShopClient, what: Search, since: int, until: int, make: Callable[[Node], Made]
) -> Iterator[list[Made]]:
    """All records with `since <= time < until` (Unix seconds), stretch by stretch in no order.

    `make` turns each into what is kept of it, at once, so that little memory is needed. A record may lie beyond the
    end when it changed while it was listed. Raises `Incomplete`.
    """
    reader = _Reader(client, what, make)
    walk = reader.walk(since, until, STRETCH)
    if walk.is_whole:
        yield list(walk.found.values())
        return
    if not walk.is_stopped:
        yield from reader.stretch(since, until)
        return
    parts = min(math.ceil(walk.counted / STRETCH), until - since)
    edges = [since + (until - since) * number // parts for number in range(parts + 1)]
    stretches = list(pairwise(edges))

    def share(first: int) -> Iterator[list[Made]]:
        for begin, end in stretches[first::THREADS]:
            yield from reader.stretch(begin, end)

    yield from run_ahead([share(first) for first in range(min(THREADS, len(stretches)))])


def listed(client: TikTokShopClient, what: Search, body: Mapping[str, Any]) -> list[Node]:
    """All records that meet a search without times, such as one for these ids. Raises `Incomplete`."""
    reader = _Reader(client, what, lambda node: node)
    for _ in range(ATTEMPTS):
        walk = reader.pages(body, None)
        if walk.is_whole:
            return list(walk.found.values())
    raise reader.lost(walk)


def both_ways(client: TikTokShopClient, operation: Operation, items: str, query: Mapping[str, str]) -> dict[str, Node]:
    """A list that tells no count, by id: read in both directions, which must agree. Raises `Incomplete`."""
    for _ in range(ATTEMPTS):
        forward = _uncounted(client, operation, items, {**query, "sort_order": "ASC"})
        backward = _uncounted(client, operation, items, {**query, "sort_order": "DESC"})
        if backward.keys() <= forward.keys():
            return forward
    raise Incomplete(
        f"{client.system}: {operation.name} read backwards shows {len(backward.keys() - forward.keys())} records more; "
        "a page was lost."
    )


def counted_list(
    client: TikTokShopClient, operation: Operation, ids: tuple[str, ...], items: str, query: Mapping[str, str]
) -> tuple[Node, list[Node]]:
    """A list that does not change any more and tells its count: its head without the list, and all its records."""
    for _ in range(ATTEMPTS):
        found: dict[str, Node] = {}
        head: Node = {}
        counted = 0
        for data in _turn(client, operation, ids, {**query, "page_size": "100"}, None):
            counted = max(counted, _count_of(client, operation, data))
            for node in nodes_of(client.system, operation, data, items) if counted or items in data else []:
                found[_key_of(client, operation, node, "id")] = node
            head = {name: value for name, value in data.items() if name not in {items, "next_page_token"}}
        if len(found) >= counted:
            return head, list(found.values())
    raise Incomplete(
        f"{client.system}: {operation.name} counts {counted} records but lists {len(found)}; a page was lost."
    )


class _Reader(Generic[Made]):
    """Walks one search."""

    def __init__(self, client: TikTokShopClient, what: Search, make: Callable[[Node], Made]) -> None:
        self._client = client
        self._what = what
        self._make = make

    def stretch(self, since: int, until: int) -> Iterator[list[Made]]:
        """One stretch: walked once, once more if it changed, else in halves."""
        for _ in range(ATTEMPTS - 1):
            walk = self.walk(since, until, 2 * STRETCH)
            if walk.is_whole:
                yield list(walk.found.values())
                return
            if walk.is_stopped:
                break
        middle = (since + until) // 2
        if since < middle and (walk.is_stopped or walk.pages > 1):
            yield from self.stretch(since, middle)
            yield from self.stretch(middle, until)
            return
        # Nothing smaller is left to read: one page, or one second.
        walk = self.walk(since, until, None)
        if not walk.is_whole:
            raise self.lost(walk)
        yield list(walk.found.values())

    def walk(self, since: int, until: int, most: int | None) -> _Walk[Made]:
        what = self._what
        return self.pages({what.since: since, what.until: until - 1 if what.is_closed else until}, most)

    def pages(self, body: Mapping[str, Any], most: int | None) -> _Walk[Made]:
        """All pages of a search; stopped after the first when that counts more than `most`."""
        what, client, walk = self._what, self._client, _Walk[Made]()
        query = {**what.query, "page_size": str(what.page_size)}
        for data in _turn(client, what.operation, (), query, {**what.body, **body}):
            walk.pages += 1
            walk.counted = max(walk.counted, _count_of(client, what.operation, data))
            if most is not None and walk.counted > most:
                walk.is_stopped = True
                break
            # An empty result may come without its list.
            if walk.counted or what.items in data:
                for node in nodes_of(client.system, what.operation, data, what.items):
                    walk.found[_key_of(client, what.operation, node, what.key)] = self._make(node)
        return walk

    def lost(self, walk: _Walk[Made]) -> Incomplete:
        return Incomplete(
            f"{self._client.system}: {self._what.operation.name} counts {walk.counted} records "
            f"but lists {len(walk.found)}; a page was lost."
        )


def _uncounted(client: TikTokShopClient, operation: Operation, items: str, query: Mapping[str, str]) -> dict[str, Node]:
    return {
        _key_of(client, operation, node, "id"): node
        for data in _turn(client, operation, (), {**query, "page_size": "100"}, None)
        for node in nodes_of(client.system, operation, data, items)
    }


def _turn(
    client: TikTokShopClient,
    operation: Operation,
    ids: tuple[str, ...],
    query: Mapping[str, str],
    body: Mapping[str, Any] | None,
) -> Iterator[Node]:
    """Page by page to the end. Raises `Incomplete` when the way leads in a circle."""
    token, seen = "", {""}
    while True:
        options = {**query, "page_token": token} if token else query
        data = client.call(operation, *ids, query=options, body=body)
        yield data
        token = data.get("next_page_token") or ""
        if not token:
            return
        if token in seen:
            raise Incomplete(f"{client.system}: the pages of {operation.name} lead in a circle.")
        seen.add(token)


def _count_of(client: TikTokShopClient, operation: Operation, data: Node) -> int:
    counted = data.get("total_count")
    if not isinstance(counted, int):
        raise Incomplete(f"{client.system}: the answer to {operation.name} lacks total_count; nothing of it is used.")
    return counted


def _key_of(client: TikTokShopClient, operation: Operation, node: Node, name: str) -> str:
    key = node.get(name)
    if not isinstance(key, str) or not key:
        raise Incomplete(f"{client.system}: a record of {operation.name} has no {name}; nothing of it is used.")
    return key
