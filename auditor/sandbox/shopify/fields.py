"""Fields that are more than a value on their node: entrances, collections, and fields with arguments that matter.

A resolver gets the node, the field's arguments and the environment, and gives the raw value: a node, rows, a list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from auditor.sandbox.shopify import writes
from auditor.sandbox.shopify.defaults import quantity_of
from auditor.sandbox.shopify.environment import Environment
from auditor.sandbox.shopify.listings import may_see_work
from auditor.sandbox.shopify.pages import Rows
from auditor.sandbox.shopify.problems import Problem
from auditor.sandbox.shopify.schema import SCHEMA
from auditor.sandbox.shopify.scopes import missing
from auditor.sandbox.shopify.wire import Node, gid, kind_of, number_of, reference

Arguments = Mapping[str, Any]
Resolve = Callable[[Node, Arguments, Environment], Any]


def _rows(kind: str) -> Resolve:
    return lambda node, args, env: env.listings.rows(env, kind, args)


def _count(kind: str) -> Resolve:
    return lambda node, args, env: env.listings.count(kind, args)


def _by_id(kind: str) -> Resolve:
    return lambda node, args, env: load(env, args["id"], kind)


def load(env: Environment, node_id: str, expected: str | None = None) -> Node | None:
    """Any node by its gid, with the order it lives in as surroundings; None when there is none (to be seen)."""
    try:
        kind = kind_of(node_id)
    except ValueError as wrong:
        raise Problem(str(wrong), "INVALID_GLOBAL_ID") from wrong
    if expected is not None and kind != expected:
        return None
    if kind in ("Refund", "Fulfillment", "Return", "FulfillmentOrder"):
        env.enter(env.state.order_holding(node_id))
        found = env.part(node_id)
        if found and kind == "FulfillmentOrder" and not may_see_work(env.state, _place_of(found)):
            return None
        return found
    if kind == "BulkOperation":
        return env.bulk.find(node_id)
    if kind == "Shop":
        return env.state.shop
    return env.state.find(kind, node_id)


def _place_of(work: Node) -> str | None:
    return reference((work.get("assignedLocation") or {}).get("location"))


def _node(node: Node, args: Arguments, env: Environment) -> Node | None:
    return _may_be_read(env, args["id"])


def _may_be_read(env: Environment, node_id: str) -> Node | None:
    """`node(id:)` gives no way around the access scopes."""
    found = load(env, node_id)
    kind = kind_of(node_id)
    if found is None or kind not in SCHEMA.type_map or missing("QueryRoot", "node", kind, env.state.scopes):
        return None
    return found


def _nodes(node: Node, args: Arguments, env: Environment) -> Sequence[Node | None]:
    ids = args["ids"]
    if len(ids) > 250:
        raise Problem(f"The input array size of {len(ids)} is greater than the maximum allowed of 250.",
                      "MAX_INPUT_SIZE_EXCEEDED")  # fmt: skip
    if env.fault == "lost_page":
        env.fault = None
        return [None] * len(ids)
    return _Loading(env, ids)


class _Loading(Sequence[Any]):
    """Loads each node when it is projected, because each one brings its own order along."""

    def __init__(self, env: Environment, ids: Sequence[str]) -> None:
        self._env = env
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, position: Any) -> Any:
        return _may_be_read(self._env, self._ids[position])


def _location(node: Node, args: Arguments, env: Environment) -> Node | None:
    if args.get("id"):
        return load(env, args["id"], "Location")
    return next(iter(env.state.tables["Location"].values()), None)


def _installation(node: Node, args: Arguments, env: Environment) -> Node:
    scopes = [{"handle": scope, "description": scope.replace("_", " ").capitalize()}
              for scope in sorted(env.state.scopes)]  # fmt: skip
    return {"id": gid("AppInstallation", 1), "accessScopes": scopes}


def _versions(node: Node, args: Arguments, env: Environment) -> list[Node]:
    served = [{"handle": version, "displayName": version, "supported": True} for version in env.state.versions]
    return [*served, {"handle": "unstable", "displayName": "unstable", "supported": False}]


def _levels_at(node: Node, args: Arguments, env: Environment) -> Rows:
    return env.listings.rows(env, "InventoryLevel", {**args, "locationId": node["id"]})


def _levels_of(node: Node, args: Arguments, env: Environment) -> Rows:
    return env.listings.rows(env, "InventoryLevel", {**args, "inventoryItemId": node["id"]})


def _one_level(item_id: str, location_id: str, args: Arguments, env: Environment) -> Node | None:
    level = env.state.level(item_id, location_id)
    return level if level and (level.get("isActive", True) or args.get("includeInactive")) else None


def _quantities(node: Node, args: Arguments, env: Environment) -> list[Node]:
    """The asked states in the asked order; a state that was never touched is zero without a time."""
    item = number_of(reference(node["item"]) or "")
    times = {quantity["name"]: quantity.get("updatedAt") for quantity in node.get("quantities") or ()}
    return [
        {
            "id": f"gid://shopify/InventoryQuantity/{number_of(node['id'])}?inventory_item_id={item}&name={name}",
            "name": name,
            "quantity": quantity_of(node, name),
            "updatedAt": times.get(name, node.get("updatedAt") if name == "on_hand" else None),
        }
        for name in args["names"]
    ]


def _variants_of_item(node: Node, args: Arguments, env: Environment) -> list[Node]:
    variant = env.state.variant_of_item(node["id"])
    return [variant] if variant else []


def _inventory_item(node: Node, args: Arguments, env: Environment) -> Node | None:
    """The item as it is kept on its own, not the copy inside the variant."""
    item = node.get("inventoryItem")
    return env.state.find("InventoryItem", reference(item) or "") or item


def _duplicates(node: Node, args: Arguments, env: Environment) -> int:
    sku = node.get("sku")
    same = sum(1 for item in list(env.state.tables["InventoryItem"].values()) if sku and item.get("sku") == sku)
    return max(0, same - 1)


def _shipping_lines(node: Node, args: Arguments, env: Environment) -> list[Node]:
    lines = node.get("shippingLines") or []
    return lines if args.get("includeRemovals") else [line for line in lines if not line.get("isRemoved")]


def _work(node: Node, args: Arguments, env: Environment) -> list[Node]:
    return [work for work in node.get("fulfillmentOrders") or () if may_see_work(env.state, _place_of(work))]


def _application(node: Node, args: Arguments, env: Environment) -> Node:
    """The order's discount application that an allocation points to by its index."""
    pointer: Node = node["discountApplication"]
    applications = (env.order or {}).get("discountApplications") or ()
    return next((found for found in applications if found.get("index", 0) == pointer["index"]), pointer)


def _parcels_of_work(node: Node, args: Arguments, env: Environment) -> list[Node]:
    """The parcels of the same order, from the same location, that carry lines of this fulfilment order."""
    lines, place = {reference(item["lineItem"]) for item in node.get("lineItems") or ()}, _place_of(node)
    return [
        parcel
        for parcel in (env.order or {}).get("fulfillments") or ()
        if reference(parcel.get("location")) in (place, None)
        and any(reference(item["lineItem"]) in lines for item in parcel.get("fulfillmentLineItems") or ())
    ]


def _events(node: Node, args: Arguments, env: Environment) -> list[Node]:
    by = "happenedAt" if args.get("sortKey") == "HAPPENED_AT" else "id"
    return sorted(node.get("events") or (), key=lambda event: str(event[by]))


def type_of(abstract: str, node: Node) -> str:
    """The concrete type of a node that is served through an interface or a union."""
    told = node.get("__typename")
    if isinstance(told, str):
        return told
    if abstract == "PricingValue":
        return "PricingPercentageValue" if "percentage" in node else "MoneyV2"
    if abstract == "DiscountApplication":
        return "DiscountCodeApplication" if "code" in node else "AutomaticDiscountApplication"
    if abstract == "Sale":
        return "ProductSale" if "lineItem" in node else "AdjustmentSale"
    if abstract == "SalesAgreement":
        return {"ORDER_EDIT": "OrderEditAgreement", "REFUND": "RefundAgreement", "RETURN": "ReturnAgreement"}.get(
            node["reason"], "OrderAgreement"
        )
    return kind_of(node["id"])


RESOLVERS: Mapping[tuple[str, str], Resolve] = {
    ("QueryRoot", "shop"): lambda node, args, env: env.state.shop,
    ("QueryRoot", "currentAppInstallation"): _installation,
    ("QueryRoot", "publicApiVersions"): _versions,
    ("QueryRoot", "node"): _node,
    ("QueryRoot", "nodes"): _nodes,
    ("QueryRoot", "orders"): _rows("Order"),
    ("QueryRoot", "ordersCount"): _count("Order"),
    ("QueryRoot", "order"): _by_id("Order"),
    ("QueryRoot", "refund"): _by_id("Refund"),
    ("QueryRoot", "fulfillment"): _by_id("Fulfillment"),
    ("QueryRoot", "fulfillmentOrder"): _by_id("FulfillmentOrder"),
    ("QueryRoot", "fulfillmentOrders"): _rows("FulfillmentOrder"),
    ("QueryRoot", "location"): _location,
    ("QueryRoot", "locations"): _rows("Location"),
    ("QueryRoot", "locationsCount"): _count("Location"),
    ("QueryRoot", "productVariant"): _by_id("ProductVariant"),
    ("QueryRoot", "productVariants"): _rows("ProductVariant"),
    ("QueryRoot", "productVariantsCount"): _count("ProductVariant"),
    ("QueryRoot", "inventoryItem"): _by_id("InventoryItem"),
    ("QueryRoot", "inventoryItems"): _rows("InventoryItem"),
    ("QueryRoot", "inventoryLevel"): _by_id("InventoryLevel"),
    ("QueryRoot", "shopifyPaymentsAccount"): lambda node, args, env: env.state.payments,
    ("QueryRoot", "disputes"): _rows("ShopifyPaymentsDispute"),
    ("QueryRoot", "bulkOperation"): _by_id("BulkOperation"),
    ("QueryRoot", "bulkOperations"): lambda node, args, env: env.bulk.rows(args),
    ("ShopifyPaymentsAccount", "payouts"): _rows("ShopifyPaymentsPayout"),
    ("ShopifyPaymentsAccount", "balanceTransactions"): _rows("ShopifyPaymentsBalanceTransaction"),
    ("ShopifyPaymentsAccount", "disputes"): _rows("ShopifyPaymentsDispute"),
    ("Order", "shippingLines"): _shipping_lines,
    ("Order", "fulfillmentOrders"): _work,
    ("DiscountAllocation", "discountApplication"): _application,
    ("Fulfillment", "events"): _events,
    ("FulfillmentOrder", "fulfillments"): _parcels_of_work,
    ("Location", "inventoryLevels"): _levels_at,
    ("Location", "inventoryLevel"): lambda node, args, env: _one_level(args["inventoryItemId"], node["id"], args, env),
    ("InventoryItem", "inventoryLevels"): _levels_of,
    ("InventoryItem", "inventoryLevel"): lambda node, args, env: _one_level(node["id"], args["locationId"], args, env),
    ("InventoryItem", "variants"): _variants_of_item,
    ("InventoryItem", "duplicateSkuCount"): _duplicates,
    ("InventoryLevel", "quantities"): _quantities,
    ("ProductVariant", "inventoryItem"): _inventory_item,
    ("Mutation", "fulfillmentCreate"): writes.fulfillment_create,
    ("Mutation", "fulfillmentTrackingInfoUpdate"): writes.tracking_update,
    ("Mutation", "inventorySetQuantities"): writes.inventory_set,
    ("Mutation", "tagsAdd"): writes.tags_add,
    ("Mutation", "bulkOperationRunQuery"): lambda node, args, env: env.bulk.run(
        env, args["query"], is_grouped=args["groupObjects"]
    ),
    ("Mutation", "bulkOperationCancel"): lambda node, args, env: env.bulk.cancel(args["id"]),
}
