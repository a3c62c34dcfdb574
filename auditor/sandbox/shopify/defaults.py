"""What a field says when the state does not say it: derived from its surroundings, else nothing, zero or false.

A missing MoneyBag is null or zero, as its nullability demands. What must be told (ids, instants, statuses) has no
default; `shapes.py` refuses a node without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from auditor.sandbox.shopify.wire import Node, gid, number_of, reference

if TYPE_CHECKING:
    from auditor.sandbox.shopify.environment import Environment

Derive = Callable[[Node, "Environment"], Any]

CONSTANTS: Mapping[tuple[str, str], Any] = {
    ("Order", "confirmed"): True,
    ("Order", "requiresShipping"): True,
    ("Order", "displayFulfillmentStatus"): "UNFULFILLED",
    ("Order", "returnStatus"): "NO_RETURN",
    ("Order", "totalCashRoundingAdjustment"): {},
    ("LineItem", "taxable"): True,
    ("LineItem", "requiresShipping"): True,
    ("FulfillmentOrderLineItem", "requiresShipping"): True,
    ("InventoryItem", "requiresShipping"): True,
    ("InventoryItem", "tracked"): True,
    ("InventoryLevel", "isActive"): True,
    ("Location", "isActive"): True,
    ("Location", "shipsInventory"): True,
    ("Location", "fulfillsOnlineOrders"): True,
    ("Product", "tracksInventory"): True,
    ("Product", "status"): "ACTIVE",
    ("ProductVariant", "taxable"): True,
    ("ProductVariant", "availableForSale"): True,
    ("ProductVariant", "inventoryPolicy"): "DENY",
    ("ProductVariant", "title"): "Default Title",
    ("ProductVariant", "position"): 1,
    ("RefundLineItem", "restockType"): "NO_RESTOCK",
    ("Fulfillment", "status"): "SUCCESS",
    ("Fulfillment", "requiresShipping"): True,
    ("FulfillmentOrder", "requestStatus"): "UNSUBMITTED",
    ("FulfillmentOrderAssignedLocation", "name"): "",
    **{
        (f"{kind}Application", field): value
        for kind in ("AutomaticDiscount", "DiscountCode", "ManualDiscount", "ScriptDiscount")
        for field, value in (("allocationMethod", "ACROSS"), ("targetSelection", "ALL"), ("targetType", "LINE_ITEM"))
    },
    ("ShopifyPaymentsPayout", "businessEntity"): {
        "id": "gid://shopify/BusinessEntity/1", "displayName": "", "primary": True,
    },
    ("ShopifyPaymentsPayout", "summary"): {},
    ("ShopifyPaymentsBalanceTransaction", "associatedPayout"): {"id": None, "status": "PENDING"},
    ("ShopifyPaymentsDispute", "type"): "CHARGEBACK",
    ("ShopifyPaymentsDispute", "reasonDetails"): {"reason": "GENERAL"},
    ("ShopifyPaymentsAccount", "activated"): True,
}  # fmt: skip


def _other(name: str) -> Derive:
    """The same as another field of the node."""
    return lambda node, env: node.get(name)


def _of_order(name: str) -> Derive:
    return lambda node, env: env.order.get(name) if env.order else None


def _id_of_order(kind: str) -> Derive:
    return lambda node, env: gid(kind, number_of((env.order or {})["id"]))


def _line(node: Node, env: Environment) -> Node:
    return env.part(reference(node.get("lineItem"))) or {}


def _unfulfilled(node: Node, env: Environment) -> int:
    """Units of an order line that its fulfilment orders still have to send."""
    return sum(
        item["remainingQuantity"]
        for work in (env.order or {}).get("fulfillmentOrders") or ()
        for item in work.get("lineItems") or ()
        if reference(item.get("lineItem")) == node["id"]
    )


def _digits(name: str) -> int:
    return int("".join(character for character in name if character.isdigit()) or "0")


def _available(node: Node, env: Environment) -> int:
    item = env.state.item_of_variant(node["id"])
    levels = env.state.levels_of_item(item["id"]) if item else []
    return sum(quantity_of(level, "available") for level in levels)


def _percentage(node: Node, env: Environment) -> float | None:
    rate = node.get("rate")
    return None if rate is None else round(float(rate) * 100, 6)


def _actions(node: Node, env: Environment) -> list[Node]:
    """What the merchant may do with a fulfilment order in its status."""
    names = {
        "OPEN": ("CREATE_FULFILLMENT", "MOVE", "HOLD", "SPLIT"),
        "IN_PROGRESS": ("CREATE_FULFILLMENT", "HOLD"),
        "SCHEDULED": ("MARK_AS_OPEN",),
        "ON_HOLD": ("RELEASE_HOLD", "HOLD"),
    }.get(node["status"], ())
    return [{"action": name} for name in names]


def _count(name: str) -> Derive:
    return lambda node, env: {"count": len(node.get(name) or ()), "precision": "EXACT"}


def _parcel_name(node: Node, env: Environment) -> str:
    parcels = [reference(parcel) for parcel in (env.order or {}).get("fulfillments") or ()]
    position = parcels.index(node["id"]) + 1 if node["id"] in parcels else 1
    return f"{(env.order or {}).get('name', '')}-F{position}"


def quantity_of(level: Node, name: str) -> int:
    """Units of one state on an inventory level; `on_hand` is the sum of its parts unless it is told."""
    told = {quantity["name"]: int(quantity["quantity"]) for quantity in level.get("quantities") or ()}
    if name in told:
        return told[name]
    if name == "on_hand":
        parts = ("available", "committed", "reserved", "damaged", "safety_stock", "quality_control")
        return sum(told.get(part, 0) for part in parts)
    return 0


DERIVED: Mapping[tuple[str, str], Derive] = {
    ("*", "legacyResourceId"): lambda node, env: str(number_of(node["id"])),
    ("Order", "processedAt"): _other("createdAt"),
    ("Order", "number"): lambda node, env: _digits(node["name"]),
    ("Order", "closed"): lambda node, env: node.get("closedAt") is not None,
    ("Order", "fullyPaid"): lambda node, env: (
        node.get("displayFinancialStatus") in ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")
    ),
    ("Order", "unpaid"): lambda node, env: (
        node.get("displayFinancialStatus") in (None, "PENDING", "AUTHORIZED", "EXPIRED")
    ),
    ("Order", "currencyCode"): lambda node, env: env.currency,
    ("Order", "presentmentCurrencyCode"): lambda node, env: node.get("currencyCode") or env.currency,
    ("Order", "transactionsCount"): _count("transactions"),
    ("Order", "fulfillmentsCount"): _count("fulfillments"),
    ("LineItem", "name"): _other("title"),
    ("LineItem", "currentQuantity"): _other("quantity"),
    ("LineItem", "refundableQuantity"): lambda node, env: node.get("currentQuantity", node["quantity"]),
    ("LineItem", "unfulfilledQuantity"): _unfulfilled,
    ("TaxLine", "ratePercentage"): _percentage,
    ("OrderTransaction", "createdAt"): lambda node, env: node.get("processedAt") or (env.order or {}).get("createdAt"),
    ("OrderTransaction", "processedAt"): _other("createdAt"),
    ("OrderTransaction", "order"): lambda node, env: env.order,
    ("Refund", "createdAt"): _other("processedAt"),
    ("Refund", "processedAt"): _other("createdAt"),
    ("Refund", "updatedAt"): _other("createdAt"),
    ("Refund", "order"): lambda node, env: env.order,
    ("Return", "order"): lambda node, env: env.order,
    ("Return", "createdAt"): _of_order("createdAt"),
    ("Return", "name"): lambda node, env: f"{(env.order or {}).get('name', '')}-R1",
    ("Fulfillment", "order"): lambda node, env: env.order,
    ("Fulfillment", "updatedAt"): _other("createdAt"),
    ("Fulfillment", "name"): _parcel_name,
    ("Fulfillment", "totalQuantity"): lambda node, env: sum(
        int(item.get("quantity") or 0) for item in node.get("fulfillmentLineItems") or ()
    ),
    ("FulfillmentEvent", "createdAt"): _other("happenedAt"),
    ("FulfillmentOrder", "order"): lambda node, env: env.order,
    ("FulfillmentOrder", "orderId"): _of_order("id"),
    ("FulfillmentOrder", "orderName"): _of_order("name"),
    ("FulfillmentOrder", "orderProcessedAt"): lambda node, env: (
        (env.order or {}).get("processedAt") or (env.order or {}).get("createdAt")
    ),
    ("FulfillmentOrder", "createdAt"): _of_order("createdAt"),
    ("FulfillmentOrder", "updatedAt"): lambda node, env: node.get("createdAt") or (env.order or {}).get("createdAt"),
    ("FulfillmentOrder", "supportedActions"): _actions,
    ("FulfillmentOrderLineItem", "sku"): lambda node, env: _line(node, env).get("sku"),
    ("FulfillmentOrderLineItem", "productTitle"): lambda node, env: _line(node, env).get("title", ""),
    ("FulfillmentOrderLineItem", "remainingQuantity"): _other("totalQuantity"),
    ("DeliveryMethod", "id"): _id_of_order("DeliveryMethod"),
    ("FulfillmentHold", "id"): _id_of_order("FulfillmentHold"),
    ("FulfillmentService", "id"): lambda node, env: gid("FulfillmentService", 1),
    ("FulfillmentService", "serviceName"): lambda node, env: node["handle"].capitalize(),
    # Made where the quantities of a level are picked.
    ("InventoryQuantity", "id"): lambda node, env: node["id"],
    ("FulfillmentHold", "displayReason"): lambda node, env: node["reason"].replace("_", " ").capitalize(),
    ("Location", "createdAt"): lambda node, env: env.state.shop["createdAt"],
    ("Location", "updatedAt"): lambda node, env: node.get("createdAt") or env.state.shop["createdAt"],
    ("Product", "updatedAt"): lambda node, env: env.state.shop["createdAt"],
    ("ProductVariant", "createdAt"): _other("updatedAt"),
    ("ProductVariant", "displayName"): lambda node, env: node.get("title") or "Default Title",
    ("ProductVariant", "inventoryQuantity"): _available,
    ("ProductVariant", "sellableOnlineQuantity"): _available,
    ("ProductVariant", "product"): lambda node, env: {"id": gid("Product", number_of(node["id"]))},
    ("InventoryItem", "createdAt"): _other("updatedAt"),
    ("InventoryItem", "updatedAt"): lambda node, env: env.state.shop["createdAt"],
    ("InventoryLevel", "createdAt"): _other("updatedAt"),
    ("ShopifyPaymentsPayout", "transactionType"): lambda node, env: (
        "WITHDRAWAL" if str(_amount(node.get("net"))).startswith("-") else "DEPOSIT"
    ),
}


def _amount(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def has_default(kind: str, field: str) -> bool:
    """Whether a node of this type may leave the field out although it is never null on the wire."""
    return (kind, field) in CONSTANTS or (kind, field) in DERIVED or ("*", field) in DERIVED
