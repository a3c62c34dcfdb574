"""Which access scopes an app needs to see a type or to call a mutation, and what happens without: ACCESS_DENIED."""

from __future__ import annotations

from collections.abc import Mapping

_ORDERS = ("read_orders",)
_WORK = (
    "read_assigned_fulfillment_orders",
    "read_merchant_managed_fulfillment_orders",
    "read_third_party_fulfillment_orders",
)
_WRITE_WORK = tuple(scope.replace("read_", "write_") for scope in _WORK)
_PAYOUTS = ("read_shopify_payments_payouts", "read_shopify_payments")

# One of these is enough.
BY_TYPE: Mapping[str, tuple[str, ...]] = {
    "Order": _ORDERS,
    "LineItem": _ORDERS,
    "OrderTransaction": _ORDERS,
    "Refund": _ORDERS,
    "SalesAgreement": _ORDERS,
    "Return": ("read_returns",),
    "Fulfillment": (*_ORDERS, *_WORK),
    "FulfillmentOrder": _WORK,
    "Product": ("read_products",),
    "ProductVariant": ("read_products",),
    "InventoryItem": ("read_inventory", "read_products"),
    "InventoryLevel": ("read_inventory",),
    "Location": ("read_locations", "read_inventory"),
    "ShopifyPaymentsAccount": ("read_shopify_payments", "read_shopify_payments_accounts"),
    "ShopifyPaymentsPayout": _PAYOUTS,
    "ShopifyPaymentsBalanceTransaction": _PAYOUTS,
    "ShopifyPaymentsDispute": ("read_shopify_payments_disputes",),
}
BY_FIELD: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("QueryRoot", "ordersCount"): _ORDERS,
    ("QueryRoot", "productVariantsCount"): ("read_products",),
    ("QueryRoot", "locationsCount"): ("read_locations", "read_inventory"),
    ("Mutation", "fulfillmentCreate"): _WRITE_WORK,
    ("Mutation", "fulfillmentTrackingInfoUpdate"): _WRITE_WORK,
    ("Mutation", "inventorySetQuantities"): ("write_inventory",),
    ("Mutation", "tagsAdd"): ("write_orders",),
}
ALL_SCOPES = frozenset(
    {scope for scopes in (*BY_TYPE.values(), *BY_FIELD.values()) for scope in scopes} | {"read_all_orders"}
)


def missing(kind: str, field: str, named_type: str, granted: frozenset[str]) -> tuple[str, ...]:
    """The scopes of which one is needed to read `kind.field`; empty when the app has one. Writing implies reading."""
    needed = BY_FIELD.get((kind, field)) or BY_TYPE.get(named_type.removesuffix("Connection"), ())
    if not needed:
        return ()
    held = granted | {scope.replace("write_", "read_", 1) for scope in granted}
    return () if held.intersection(needed) else needed


def required_access(scopes: tuple[str, ...]) -> str:
    """`read_orders` access scope., in Shopify's words."""
    return " or ".join(f"`{scope}` access scope" for scope in scopes) + "."
