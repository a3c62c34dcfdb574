"""Connections cut into pages: opaque cursors, at most 250 objects a page and 25,000 through one connection."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from auditor.sandbox.shopify.problems import Problem
from auditor.sandbox.shopify.wire import Node

PAGE_LIMIT = 250
CEILING = 25_000


@dataclass(frozen=True, slots=True)
class Rows:
    """A sorted collection. `keys` are (value, number) in ascending order; `load` makes the node of a handle."""

    keys: Sequence[tuple[Any, int]]
    handles: Sequence[Any]
    load: Callable[[Any], Node | None]
    sort: str


@dataclass(frozen=True, slots=True)
class Page:
    """`nodes` may load each node only when it is asked for: go through them once, projecting as you go."""

    nodes: Iterable[Node | None]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool

    def info(self) -> Node:
        return {
            "hasNextPage": self.has_next,
            "hasPreviousPage": self.has_previous,
            "startCursor": self.cursors[0] if self.cursors else None,
            "endCursor": self.cursors[-1] if self.cursors else None,
        }


def check_limits(args: Mapping[str, Any]) -> None:
    """Every connection needs `first` or `last`, and neither above 250."""
    asked = [(name, args[name]) for name in ("first", "last") if args.get(name) is not None]
    if not asked:
        raise Problem("you must provide one of first or last", "BAD_REQUEST")
    for name, value in asked:
        if not 0 <= value <= PAGE_LIMIT:
            raise Problem(f"{name} must be between 0 and {PAGE_LIMIT}, but is {value}", "BAD_REQUEST")


def page_of_list(items: Sequence[Node], args: Mapping[str, Any], *, lose_page: bool = False) -> Page:
    """A page of a plain list inside a node; its cursors are positions."""
    check_limits(args)
    view = items[::-1] if args.get("reverse") else items
    after, before = args.get("after"), args.get("before")
    start = int(_read(after, "offset")) + 1 if after else 0
    end = int(_read(before, "offset")) if before else len(view)
    if lose_page:
        start = min(start + (args.get("first") or 0), end)
    start, stop = _cut(start, end, args)
    cursors = [_write({"offset": position}) for position in range(start, stop)]
    return Page(view[start:stop], cursors, stop < end, start > 0)


def page_of_rows(rows: Rows, args: Mapping[str, Any], *, lose_page: bool = False) -> Page:
    """A page of a searched collection. Its cursors hold the sort value, so later changes do not shift the pages.

    `lose_page`: the page after the asked one is given, as if nothing were missing.
    """
    check_limits(args)
    count = len(rows.handles)
    is_reversed = bool(args.get("reverse"))
    start, end = 0, count
    if args.get("after"):
        key = _key(args["after"], rows.sort)
        start = count - bisect_left(rows.keys, key) if is_reversed else bisect_right(rows.keys, key)
    if args.get("before"):
        key = _key(args["before"], rows.sort)
        end = count - bisect_right(rows.keys, key) if is_reversed else bisect_left(rows.keys, key)
    end = min(end, CEILING)
    if lose_page:
        start = min(start + (args.get("first") or 0), end)
    start, stop = _cut(start, end, args)
    places = [count - 1 - position if is_reversed else position for position in range(start, stop)]
    cursors = [
        _write({"last_id": rows.keys[place][1], "last_value": rows.keys[place][0], "sort": rows.sort})
        for place in places
    ]
    return Page((rows.load(rows.handles[place]) for place in places), cursors, stop < end, start > 0)


def _cut(start: int, end: int, args: Mapping[str, Any]) -> tuple[int, int]:
    first, last = args.get("first"), args.get("last")
    start = min(start, end)
    stop = end if first is None else min(start + first, end)
    if last is not None:
        start = max(stop - last, start)
    return start, stop


def _write(content: Node) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode()


def _read(cursor: str, name: str) -> Any:
    try:
        return orjson.loads(base64.urlsafe_b64decode(cursor))[name]
    except (binascii.Error, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as broken:
        raise Problem("Invalid cursor for current pagination sort.", "BAD_REQUEST") from broken


def _key(cursor: str, sort: str) -> tuple[Any, int]:
    if _read(cursor, "sort") != sort:
        raise Problem("Invalid cursor for current pagination sort.", "BAD_REQUEST")
    return _read(cursor, "last_value"), _read(cursor, "last_id")
