"""The served schema, built once, and which of its types may be given as mere references."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema

SCHEMA: GraphQLSchema = build_schema((Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"))

PARTS = frozenset(
    {"LineItem", "ShippingLine", "OrderTransaction", "Return", "Refund", "Fulfillment", "FulfillmentOrder"}
)
"""Types that live inside an order and are referred to from other parts of it."""

_OWNED = {"Order", "Location", "Product", "ProductVariant", "InventoryItem", "ShopifyPaymentsPayout"}


def is_reference(kind: str, node: dict[str, Any]) -> bool:
    """Whether a node only points to one that is kept elsewhere: an id and at most two facts beside it."""
    return "id" in node and len(node) <= 3 and (kind in PARTS or kind in _OWNED)


def is_referable(kind: str) -> bool:
    return kind in PARTS or kind in _OWNED
