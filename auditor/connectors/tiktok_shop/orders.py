"""Orders with their lines and parcels, as one record: an order, its units, what came back of them.

Parcels are part of the order: each unit names its package, carrier and number, and of a package that was combined or
split only the units tell which one is alive. But neither a parcel, nor a cancelled unit, nor a return need touch the
order's own time, which is that of its last change of status. So after the orders that changed, those are read again
whose packages, cancellations or returns changed in the same window. On a first load all orders are fresh anyway.

`returns` of a record are the returns of the order, if it has any: their state and the units they are about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import orjson

from auditor.connectors.base import Page, Record
from auditor.connectors.tiktok_shop.bodies import RETURN, RETURN_LINE, Bodies
from auditor.connectors.tiktok_shop.client import Node, TikTokShopClient, nodes_of
from auditor.connectors.tiktok_shop.listing import THREADS, Search, listed, search
from auditor.connectors.tiktok_shop.operations import (
    ORDERS,
    SEARCH_CANCELLATIONS,
    SEARCH_ORDERS,
    SEARCH_PACKAGES,
    SEARCH_RETURNS,
)
from auditor.errors import Incomplete

Part = TypeVar("Part")
Made = TypeVar("Made")
PORTION = 50
_BY_CHANGE = {"sort_field": "update_time", "sort_order": "ASC"}
CHANGED_ORDERS = Search(SEARCH_ORDERS, "orders", "id", 100, "update_time_ge", "update_time_lt", query=_BY_CHANGE)
CHANGED_PACKAGES = Search(SEARCH_PACKAGES, "packages", "id", 50, "update_time_ge", "update_time_lt", query=_BY_CHANGE)
CHANGED_CANCELLATIONS = Search(
    SEARCH_CANCELLATIONS, "cancellations", "cancel_id", 50, "update_time_ge", "update_time_lt", query=_BY_CHANGE
)
CHANGED_RETURNS = Search(
    SEARCH_RETURNS, "return_orders", "return_id", 50, "update_time_ge", "update_time_lt", query=_BY_CHANGE
)
_BY_CREATION = {"sort_field": "create_time", "sort_order": "ASC"}
RETURNS_OF_ORDERS = Search(
    SEARCH_RETURNS, "return_orders", "return_id", 50, "create_time_ge", "create_time_lt", query=_BY_CREATION
)

ReturnsOf = dict[str, list[Node]]


class Orders:
    def __init__(self, client: TikTokShopClient, bodies: Bodies) -> None:
        self._client = client
        self._bodies = bodies

    def read(self, since: int, until: int, *, is_first: bool) -> Iterator[Page]:
        """Every order that changed in the window, then those of which only a part changed."""
        if is_first:
            returns: ReturnsOf = {}
            for node in self._changed(CHANGED_RETURNS, since, until, self._short_return):
                returns.setdefault(node["order_id"], []).append(node)
            for page in search(self._client, CHANGED_ORDERS, since, until, self._bodies.order):
                yield [_with_returns(record, returns) for record in page]
            return
        seen: set[str] = set()
        for page in search(self._client, CHANGED_ORDERS, since, until, self._bodies.order):
            seen.update(record.key for record in page)
            for part in portions(page):
                yield self._complete(part)
        touched = sorted(self._touched(since, until) - seen)
        found: set[str] = set()
        for again in self.look_up(touched):
            found.update(record.key for record in again)
            yield again
        if len(found) < len(touched):
            raise Incomplete(
                f"{self._client.system}: {len(touched) - len(found)} orders have changed parcels, cancellations or "
                "returns but cannot be read; a page was lost."
            )

    def look_up(self, keys: Sequence[str]) -> Iterator[Page]:
        """These orders as they are now; ids that do not exist are left out."""
        for found in self.details(keys):
            yield self._complete([self._bodies.order(node) for node in found])

    def details(self, keys: Sequence[str]) -> Iterator[list[Node]]:
        """The orders as the detail call gives them, in portions, several of them at once."""
        cut = list(portions(keys))
        if len(cut) < 2:
            yield from (self._portion(portion) for portion in cut)
            return
        with ThreadPoolExecutor(THREADS, thread_name_prefix="tiktok-read") as pool:
            for group in portions(cut, 2 * THREADS):
                yield from pool.map(self._portion, group)

    def _portion(self, keys: Sequence[str]) -> list[Node]:
        """One portion; what is not in the answer is asked for once more, because it may have been lost."""
        found: dict[str, Node] = {}
        for _ in range(2):
            rest = [key for key in keys if key not in found]
            if rest:
                data = self._client.call(ORDERS, query={"ids": ",".join(rest)})
                nodes = nodes_of(self._client.system, ORDERS, data, "orders")
                found.update((node["id"], node) for node in nodes if node.get("id") in rest)
        return list(found.values())

    def _touched(self, since: int, until: int) -> set[str]:
        """Ids of the orders whose packages, cancellations or returns changed."""
        packages = self._changed(CHANGED_PACKAGES, since, until, lambda node: node)
        touched = {order["id"] for node in packages for order in node.get("orders") or () if order.get("id")}
        for what in (CHANGED_CANCELLATIONS, CHANGED_RETURNS):
            touched.update(self._changed(what, since, until, lambda node: str(node.get("order_id") or "")))
        return touched - {""}

    def _changed(self, what: Search, since: int, until: int, make: Callable[[Node], Made]) -> Iterator[Made]:
        for page in search(self._client, what, since, until, make):
            yield from page

    def _complete(self, records: Sequence[Record]) -> Page:
        """The same orders with all returns they have."""
        if not records:
            return []
        body = {"order_ids": [record.key for record in records]}
        returns: ReturnsOf = {}
        for node in listed(self._client, RETURNS_OF_ORDERS, body):
            returns.setdefault(str(node.get("order_id")), []).append(self._short_return(node))
        return [_with_returns(record, returns) for record in records]

    def _short_return(self, node: Node) -> Node:
        self._bodies.need(node, RETURN, "a return")
        self._bodies.need_each(node["return_line_items"], RETURN_LINE, "a line of a return")
        short = {name: node[name] for name in ("return_id", "order_id", "return_type", "return_status")}
        short["next_return_id"] = node.get("next_return_id") or ""
        short["is_partial"] = bool((node.get("partial_refund") or {}).get("amount"))
        short["order_line_item_ids"] = sorted(line["order_line_item_id"] for line in node["return_line_items"])
        return short


def portions(things: Sequence[Part], size: int = PORTION) -> Iterator[Sequence[Part]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]


def _with_returns(record: Record, returns: ReturnsOf) -> Record:
    """The record with the order's returns in the order of their ids; as it is where there are none."""
    found = returns.get(record.key)
    if not found:
        return record
    body = {**orjson.loads(record.body), "returns": sorted(found, key=lambda node: str(node["return_id"]))}
    return Record(record.key, orjson.dumps(body, option=orjson.OPT_SORT_KEYS))
