"""What belongs to an order and can only be asked order by order: its payments and its parcels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from auditor.connectors.base import Page, Record
from auditor.connectors.bigcommerce.bodies import Node, amount, impersonal, need, record
from auditor.connectors.bigcommerce.changes import INCOMPLETE, Changes, Span
from auditor.connectors.bigcommerce.client import BigCommerceClient
from auditor.connectors.bigcommerce.orders import WITH_LINES, Orders
from auditor.connectors.bigcommerce.paging import all_rows
from auditor.connectors.bigcommerce.workers import Workers
from auditor.errors import Incomplete, Rejected

# An order in one of these that has no shipped unit has no parcel either: it was not sent yet, or never will be.
UNSENT = frozenset({1, 5, 6, 7, 8, 9, 11, 12})
_ORDER = (
    "id", "status_id", "items_total", "items_shipped", "default_currency_code", "store_credit_amount",
    "gift_certificate_amount", "date_created",
)  # fmt: skip
_TRANSACTION = ("id", "event", "method", "amount", "currency", "gateway", "date_created")
_SHIPMENT = ("id", "order_id", "date_created", "tracking_number", "items")


class Belongings:
    def __init__(self, client: BigCommerceClient, changes: Changes, orders: Orders, workers: Workers) -> None:
        self._client = client
        self._changes = changes
        self._orders = orders
        self._workers = workers

    def transactions(self, span: Span, refunded: Iterable[str]) -> Iterator[Page]:
        """Payments of the orders of the span, then of `refunded` (orders with a new refund)."""
        read: set[str] = set()
        for page in self._workers.ahead(self._changes.orders(span, {})):
            records = self._each(self._transactions, page)
            read.update(one.key for one in records)
            yield records
        rest = sorted(set(refunded) - read)
        if rest:
            yield self.transactions_of(rest)

    def shipments(self, span: Span) -> Iterator[Page]:
        for page in self._workers.ahead(self._changes.orders(span, WITH_LINES)):
            yield self._each(self._shipments, page)

    def transactions_of(self, keys: Sequence[str]) -> Page:
        return self._each(self._transactions, self._orders.rows(keys))

    def shipments_of(self, keys: Sequence[str]) -> Page:
        return self._each(self._shipments, self._orders.rows(keys))

    def _each(self, work: Callable[[Node], Node], rows: Iterable[Node]) -> list[Record]:
        bodies = self._workers.map(work, [row for row in rows if row["status_id"] != INCOMPLETE])
        return [record(str(body["id"]), body) for body in bodies]

    def _transactions(self, order: Node) -> Node:
        need(self._client.system, "order", order, _ORDER)
        path = f"v3/orders/{order['id']}/transactions"
        # 204, and 404 where the order itself was just listed, both say that there are none.
        body = self._client.find(path)
        data = [] if body is None else body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, list):
            raise Incomplete(f"{self._client.system}: the answer to {path} holds no list under 'data'.")
        total = (((body or {}).get("meta") or {}).get("pagination") or {}).get("total", len(data))
        if total != len(data):
            raise Incomplete(
                f"{self._client.system}: order {order['id']} has {total} transactions, but {len(data)} came."
            )
        for one in data:
            need(self._client.system, f"order {order['id']}, transaction", one, _TRANSACTION)
        return {
            "id": order["id"],
            "currency": order["default_currency_code"],
            "date_created": order["date_created"],
            "store_credit_amount": order["store_credit_amount"],
            "gift_certificate_amount": order["gift_certificate_amount"],
            "transactions": impersonal(sorted(data, key=lambda one: int(one["id"]))),
        }

    def _shipments(self, order: Node) -> Node:
        need(self._client.system, "order", order, _ORDER)
        shipments: list[Node] = []
        if order["status_id"] not in UNSENT or amount(order["items_shipped"]):
            shipments = self._parcels(order)
        lines = self._orders.lines(order) if shipments else []
        return {
            "id": order["id"],
            "shipments": impersonal(shipments),
            "lines": [{"id": line["id"], "sku": line["sku"]} for line in lines],
        }

    def _parcels(self, order: Node) -> list[Node]:
        path = f"v2/orders/{order['id']}/shipments"
        try:
            shipments = all_rows(self._client, path)
        except Rejected as error:
            if error.status == 404 and self._client.find(f"v2/orders/{order['id']}") is None:
                return []
            raise
        for one in shipments:
            need(self._client.system, f"order {order['id']}, shipment", one, _SHIPMENT)
        sent = sum(amount(item.get("quantity")) for one in shipments for item in one["items"])
        if sent < amount(order["items_shipped"]):
            self._prove(path, order, shipments)
        return sorted(shipments, key=lambda one: int(one["id"]))

    def _prove(self, path: str, order: Node, shipments: Sequence[Node]) -> None:
        """Fewer units than the order says were sent: the count of its parcels decides."""
        counted = self._client.get(f"{path}/count")
        if not isinstance(counted, dict) or counted.get("count") != len(shipments):
            raise Incomplete(
                f"{self._client.system}: order {order['id']} has {order['items_shipped']} shipped units, "
                f"but its {len(shipments)} listed parcels hold fewer; a part was lost."
            )
