"""Refunds from their own list, each with the lines and taxes of its order.

A refund names order lines by id and tells its tax as one figure, so what it gave back for which SKU can only be said
with the order beside it. The order's own refund fields are always 0 and are never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.connectors.base import Page, Record
from auditor.connectors.bigcommerce.bodies import Node, impersonal, need, record
from auditor.connectors.bigcommerce.changes import Span, stamp
from auditor.connectors.bigcommerce.client import BigCommerceClient
from auditor.connectors.bigcommerce.orders import Orders
from auditor.connectors.bigcommerce.paging import portions, whole_list
from auditor.connectors.bigcommerce.streams import DAILY_REFUNDS
from auditor.connectors.bigcommerce.workers import Workers
from auditor.errors import Incomplete

LIST = "v3/orders/payment_actions/refunds"
PORTION = 100
_REFUND = ("id", "order_id", "created", "total_amount", "total_tax", "items", "payments")
_PAYMENT = ("provider_id", "amount", "offline", "is_declined")
_ITEM = ("item_type", "item_id")


class Refunds:
    def __init__(self, client: BigCommerceClient, orders: Orders, workers: Workers) -> None:
        self._client = client
        self._orders = orders
        self._workers = workers

    def read(self, span: Span) -> Iterator[Page]:
        """Refunds made in the span; the first read of a day begins a month earlier, for what was declined late."""
        since = max(span.begins, span.until - DAILY_REFUNDS) if span.is_first_of_day else span.since
        yield from self._pages(self._made({"created:min": stamp(min(since, span.since))}, span))

    def orders_since(self, span: Span) -> set[str]:
        """Keys of the orders with a refund made in the span."""
        return {str(row["order_id"]) for row in self._made({"created:min": stamp(span.since)}, span)}

    def look_up(self, keys: Sequence[str]) -> Page:
        numbers = [key for key in keys if key.isdigit()]
        found = [
            row
            for portion in portions(numbers, PORTION)
            for row in whole_list(self._client, LIST, {"id:in": ",".join(portion)}, _REFUND)
        ]
        return [one for page in self._pages(found) for one in page]

    def of_orders(self, order_ids: Sequence[str]) -> Iterator[tuple[str, Record]]:
        """(order, record) of each refund of these orders."""
        for portion in portions([key for key in order_ids if key.isdigit()], PORTION):
            rows = whole_list(self._client, LIST, {"order_id:in": ",".join(portion)}, _REFUND)
            orders = {str(row["id"]): str(row["order_id"]) for row in rows}
            for page in self._pages(rows):
                yield from ((orders[found.key], found) for found in page)

    def _made(self, filters: dict[str, str], span: Span) -> list[Node]:
        # With an end the list stands still while its pages are read; the next window begins before this end.
        return whole_list(self._client, LIST, {**filters, "created:max": stamp(span.until)}, _REFUND)

    def _pages(self, refunds: Sequence[Node]) -> Iterator[Page]:
        for portion in portions(refunds, PORTION):
            for refund in portion:
                what = f"refund {refund['id']}"
                for payment in refund["payments"]:
                    need(self._client.system, f"{what}, payment", payment, _PAYMENT)
                for item in refund["items"]:
                    need(self._client.system, f"{what}, item", item, _ITEM)
            keys = sorted({str(refund["order_id"]) for refund in portion})
            bodies = self._workers.map(self._orders.body, self._orders.rows(keys))
            orders = {str(body["id"]): body for body in bodies if body is not None}
            yield [record(str(refund["id"]), self._body(refund, orders)) for refund in portion]

    def _body(self, refund: Node, orders: dict[str, Node]) -> Node:
        order = orders.get(str(refund["order_id"]))
        if order is None:
            raise Incomplete(
                f"{self._client.system}: refund {refund['id']} belongs to order {refund['order_id']}, "
                "which BigCommerce does not give."
            )
        body: Node = impersonal(refund)
        # Only what does not change with the order's further life: a new status makes no new version of a refund.
        body["order"] = {name: order[name] for name in _KEPT}
        body["order"]["lines"] = [{name: line.get(name) for name in _LINE_KEPT} for line in order["lines"]]
        return body


_KEPT = (
    "id", "default_currency_code", "is_tax_inclusive_pricing", "total_tax", "taxes", "fees",
    "shipping_cost_inc_tax", "shipping_cost_tax", "handling_cost_inc_tax", "handling_cost_tax",
    "wrapping_cost_inc_tax", "wrapping_cost_tax",
)  # fmt: skip
_LINE_KEPT = (
    "id", "sku", "quantity", "total_ex_tax", "total_inc_tax", "discounted_total_inc_tax", "applied_discounts",
)  # fmt: skip
