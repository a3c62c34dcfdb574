"""Cancellations, and returns with their refunds.

They speak of units of an order by their ids, and what the order made of those units (which line they belong to, whether
they were sent, whether the whole order is off) stands in the order. So the order's units come with each record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.connectors.base import Page, Record
from auditor.connectors.tiktok_shop.bodies import (
    CANCELLATION,
    CANCELLATION_LINE,
    REFUND_AMOUNT,
    RETURN,
    RETURN_LINE,
    Bodies,
    without_person,
)
from auditor.connectors.tiktok_shop.client import Node, TikTokShopClient
from auditor.connectors.tiktok_shop.listing import Search, listed, search
from auditor.connectors.tiktok_shop.orders import (
    CHANGED_CANCELLATIONS,
    CHANGED_RETURNS,
    Orders,
    portions,
)
from auditor.errors import Incomplete

_ORDER = ("id", "status", "paid_time", "cancel_time", "rts_time")
_UNIT = (
    "id", "sku_id", "seller_sku", "original_price", "sale_price", "seller_discount", "platform_discount",
    "display_status", "rts_time",
)  # fmt: skip


class Aftersales:
    def __init__(self, client: TikTokShopClient, bodies: Bodies, orders: Orders) -> None:
        self._client = client
        self._bodies = bodies
        self._orders = orders

    def read_cancellations(self, since: int, until: int) -> Iterator[Page]:
        yield from self._read(CHANGED_CANCELLATIONS, since, until)

    def read_returns(self, since: int, until: int) -> Iterator[Page]:
        yield from self._read(CHANGED_RETURNS, since, until)

    def cancellations(self, keys: Sequence[str]) -> Iterator[Page]:
        for portion in portions(keys):
            yield self._with_orders(
                CHANGED_CANCELLATIONS, listed(self._client, CHANGED_CANCELLATIONS, {"cancel_ids": list(portion)})
            )

    def returns(self, keys: Sequence[str]) -> Iterator[Page]:
        for portion in portions(keys):
            yield self._with_orders(
                CHANGED_RETURNS, listed(self._client, CHANGED_RETURNS, {"return_ids": list(portion)})
            )

    def returns_of(self, order_ids: Sequence[str]) -> Iterator[tuple[str, Record]]:
        """(order, record) of each return of these orders."""
        return self._of_orders(CHANGED_RETURNS, order_ids)

    def cancellations_of(self, order_ids: Sequence[str]) -> Iterator[tuple[str, Record]]:
        """(order, record) of each cancellation of these orders."""
        return self._of_orders(CHANGED_CANCELLATIONS, order_ids)

    def _of_orders(self, what: Search, order_ids: Sequence[str]) -> Iterator[tuple[str, Record]]:
        for portion in portions(order_ids):
            nodes = listed(self._client, what, {"order_ids": list(portion)})
            orders = {str(node[what.key]): str(node["order_id"]) for node in nodes}
            if nodes:
                yield from ((orders[record.key], record) for record in self._with_orders(what, nodes))

    def _read(self, what: Search, since: int, until: int) -> Iterator[Page]:
        for page in search(self._client, what, since, until, lambda node: node):
            for portion in portions(page):
                yield self._with_orders(what, portion)
                if what is CHANGED_CANCELLATIONS:
                    # The last cancellation may call off the whole order, which says more about the earlier ones.
                    yield self._earlier(portion)

    def _earlier(self, nodes: Sequence[Node]) -> Page:
        seen = {node["cancel_id"] for node in nodes}
        body = {"order_ids": sorted({str(node["order_id"]) for node in nodes})}
        found = listed(self._client, CHANGED_CANCELLATIONS, body)
        rest = [node for node in found if node["cancel_id"] not in seen]
        return self._with_orders(CHANGED_CANCELLATIONS, rest) if rest else []

    def _check(self, node: Node, what: str, names: Sequence[str], lines: str, line_names: Sequence[str]) -> None:
        self._bodies.need(node, names, what)
        self._bodies.need_each(node[lines], line_names, f"a line of {what}")
        if node.get("refund_amount"):
            self._bodies.need(node["refund_amount"], REFUND_AMOUNT, f"the refund of {what}")

    def _with_orders(self, what: Search, nodes: Sequence[Node]) -> Page:
        for node in nodes:
            self._check(node, *(_OF_RETURN if what is CHANGED_RETURNS else _OF_CANCELLATION))
        ids = sorted({str(node["order_id"]) for node in nodes})
        orders = {order["id"]: _short(order) for found in self._orders.details(ids) for order in found}
        lacking = [identity for identity in ids if identity not in orders]
        if lacking:
            raise Incomplete(
                f"{self._client.system}: order {lacking[0]} has a return or cancellation but cannot be read."
            )
        records: list[Record] = []
        for node in nodes:
            body = {**without_person(node), "order": orders[str(node["order_id"])]}
            records.append(self._bodies.record(node[what.key], body))
        return records


_OF_RETURN = ("a return", RETURN, "return_line_items", RETURN_LINE)
_OF_CANCELLATION = ("a cancellation", CANCELLATION, "cancel_line_items", CANCELLATION_LINE)


def _short(order: Node) -> Node:
    """What a return or a cancellation needs to know of its order."""
    units = [{name: unit[name] for name in _UNIT if name in unit} for unit in order.get("line_items") or ()]
    return {**{name: order[name] for name in _ORDER if name in order}, "line_items": units}
