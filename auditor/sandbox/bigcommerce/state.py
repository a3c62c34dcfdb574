"""What the simulated store holds, kept as the API shows it, so that it can be compared with what was read.

Orders are whole bodies without their sub-resources; those lie beside them by order id. Bodies are replaced, never
changed in place, so that an answer that is being written stays as it was.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auditor.clock import Clock
from auditor.sandbox.bigcommerce.wire import Node, rfc

SHIPPED, PARTLY_SHIPPED = 2, 3
FIRST_SHIPMENT = 900_000_000
"""Parcels made through the API have higher numbers."""
STATUSES = {
    0: "Incomplete", 1: "Pending", 2: "Shipped", 3: "Partially Shipped", 4: "Refunded", 5: "Cancelled",
    6: "Declined", 7: "Awaiting Payment", 8: "Awaiting Pickup", 9: "Awaiting Shipment", 10: "Completed",
    11: "Awaiting Fulfillment", 12: "Manual Verification Required", 13: "Disputed", 14: "Partially Refunded",
}  # fmt: skip
ALL_SCOPES = frozenset(
    {
        "store_v2_orders", "store_v2_transactions_read_only", "store_inventory_read_only",
        "store_locations_read_only", "store_v2_products_read_only", "store_v2_information_read_only",
    }
)  # fmt: skip


@dataclass(slots=True)
class Order:
    """One order. `lines` are order products, `addresses` shipping addresses with what their delivery costs."""

    header: Node
    modified_at: datetime
    created_at: datetime
    lines: list[Node] = field(default_factory=list)
    addresses: list[Node] = field(default_factory=list)
    taxes: list[Node] = field(default_factory=list)
    coupons: list[Node] = field(default_factory=list)
    fees: list[Node] = field(default_factory=list)
    shipments: list[Node] = field(default_factory=list)
    transactions: list[Node] = field(default_factory=list)

    @property
    def id(self) -> int:
        return int(self.header["id"])

    def shown(self) -> Node:
        """The header with what the store keeps up to date by itself."""
        return {**self.header, "date_modified": rfc(self.modified_at)}

    def add(self, shipment: Node) -> None:
        """Another parcel; the order counts what was sent."""
        self.shipments = [*self.shipments, shipment]
        for item in shipment["items"]:
            self.lines = [_sent(line, item) for line in self.lines]
        sent = sum(int(line["quantity_shipped"]) for line in self.lines)
        status = SHIPPED if sent >= int(self.header["items_total"]) else PARTLY_SHIPPED
        self.header = {
            **self.header,
            "items_shipped": sent,
            "status_id": status,
            "status": STATUSES[status],
            "date_shipped": shipment["date_created"] if status == SHIPPED else "",
        }


class BigCommerceState:
    """Thread-safe through `lock`, which whoever reads several things at once holds."""

    def __init__(
        self,
        clock: Clock,
        token: str,
        store_hash: str,
        *,
        quota: int = 150,
        window_seconds: float = 30.0,
        store: Node | None = None,
        tax: Node | None = None,
        currencies: Iterable[Node] = (),
        scopes: frozenset[str] = ALL_SCOPES,
        bumps: bool = True,
    ) -> None:
        """`bumps`: whether a parcel or a refund changes its order's date_modified; nobody documents it."""
        self.clock = clock
        self.token = token
        self.store_hash = store_hash
        self.quota = quota
        self.window_seconds = window_seconds
        self.store = store or {}
        self.tax = tax or {}
        self.currencies = list(currencies)
        self.scopes = scopes
        self.bumps = bumps
        self.counts_by_filter = True
        self.lock = threading.RLock()
        self.orders: dict[int, Order] = {}
        self._order_ids: list[int] | None = None
        self.refunds: dict[int, Node] = {}
        self.products: dict[int, Node] = {}
        self.variants: dict[int, Node] = {}
        self.items: dict[int, Node] = {}
        """Inventory items by variant."""
        self.locations: dict[int, Node] = {}
        self._next_shipment = FIRST_SHIPMENT

    def put_order(self, order: Order) -> None:
        """Replaces what was there; parcels that were made through the API stay."""
        with self.lock:
            known = self.orders.get(order.id)
            for parcel in known.shipments if known else []:
                if parcel["id"] > FIRST_SHIPMENT:
                    order.add(parcel)
            if known is None:
                self._order_ids = None
            self.orders[order.id] = order

    def order_ids(self) -> list[int]:
        """Ascending."""
        with self.lock:
            if self._order_ids is None or len(self._order_ids) != len(self.orders):
                self._order_ids = sorted(self.orders)
            return self._order_ids

    def put_refund(self, refund: Node) -> None:
        with self.lock:
            self.refunds[refund["id"]] = refund

    def put_product(self, product: Node, variants: Iterable[Node]) -> None:
        with self.lock:
            self.products[product["id"]] = product
            for variant in variants:
                self.variants[variant["id"]] = variant

    def put_location(self, location: Node) -> None:
        with self.lock:
            self.locations[location["id"]] = location

    def put_level(self, identity: Node, level: Node) -> None:
        """The stock of an item at one location."""
        with self.lock:
            item = self.items.get(identity["variant_id"], {"identity": identity, "locations": []})
            others = [one for one in item["locations"] if one["location_id"] != level["location_id"]]
            placed = sorted([*others, level], key=lambda one: int(one["location_id"]))
            self.items[identity["variant_id"]] = {"identity": identity, "locations": placed}

    def ship(self, order_id: int, body: Node) -> Node:
        """A new parcel of an order."""
        with self.lock:
            order = self.orders[order_id]
            self._next_shipment += 1
            shipment = {**body, "id": self._next_shipment, "date_created": rfc(self.clock.now())}
            order.add(shipment)
            if self.bumps:
                order.modified_at = self.clock.now()
            return shipment

    def change_shipment(self, order_id: int, shipment_id: int, changes: Node) -> Node | None:
        """None when the order has no such parcel."""
        with self.lock:
            order = self.orders[order_id]
            order.shipments = [{**one, **changes} if one["id"] == shipment_id else one for one in order.shipments]
            return next((one for one in order.shipments if one["id"] == shipment_id), None)

    def records(self, name: str) -> list[Any]:
        """All that is held of a kind: orders, refunds, products, variants, items, locations."""
        with self.lock:
            held: dict[int, Any] = getattr(self, name)
            return [held[key] for key in sorted(held)]


def _sent(line: Node, item: Node) -> Node:
    if line["id"] != item["order_product_id"]:
        return line
    return {**line, "quantity_shipped": line["quantity_shipped"] + item["quantity"]}
