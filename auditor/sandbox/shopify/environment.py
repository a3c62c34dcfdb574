"""What a projection knows besides its node: the state, the arguments of this request, and the order it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from auditor.sandbox.shopify.schema import PARTS
from auditor.sandbox.shopify.state import ShopifyState
from auditor.sandbox.shopify.wire import Node, reference

if TYPE_CHECKING:
    from auditor.sandbox.shopify.bulk import BulkOperations
    from auditor.sandbox.shopify.listings import Listings


class Environment:
    """One per request; not shared between threads."""

    __slots__ = (
        "_parts", "arguments", "bulk", "currency", "fault", "listings", "order", "presentment", "spent", "state",
    )  # fmt: skip

    def __init__(
        self, state: ShopifyState, listings: Listings, bulk: BulkOperations, arguments: list[dict[str, Any]]
    ) -> None:
        self.state: ShopifyState = state
        self.listings = listings
        self.bulk = bulk
        self.arguments = arguments
        self.currency: str = state.shop["currencyCode"]
        self.presentment = self.currency
        self.order: Node | None = None
        self.spent = 0
        self.fault: str | None = None
        """A failure that must happen inside: 'lost_page', or 'partial_data' of a bulk operation."""
        self._parts: dict[str, Node] | None = None

    def enter(self, order: Node | None) -> None:
        """From now on everything belongs to this order (or to none)."""
        self.order = order
        self._parts = None
        self.presentment = self.currency
        if order is not None:
            self.presentment = order.get("presentmentCurrencyCode") or order.get("currencyCode") or self.currency

    def part(self, part_id: str | None) -> Node | None:
        """A line, transaction, return ... of the current order."""
        if self.order is None or part_id is None:
            return None
        if self._parts is None:
            self._parts = _parts_of(self.order)
        return self._parts.get(part_id)

    def find(self, kind: str, node_id: str) -> Node | None:
        return self.part(node_id) if kind in PARTS else self.state.find(kind, node_id)


def _parts_of(order: Mapping[str, Any]) -> dict[str, Node]:
    groups = ("lineItems", "shippingLines", "transactions", "returns", "refunds", "fulfillments", "fulfillmentOrders")
    parts = {}
    for refund in order.get("refunds") or ():
        for transaction in refund.get("transactions") or ():
            if isinstance(transaction, dict) and len(transaction) > 1:
                parts[transaction["id"]] = transaction
    for group in groups:
        for part in order.get(group) or ():
            part_id = reference(part)
            if part_id and isinstance(part, dict):
                parts[part_id] = part
    return parts
