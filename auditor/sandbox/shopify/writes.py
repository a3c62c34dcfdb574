"""Mutations: what is written can be read back, and what the real store refuses is refused with its userErrors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from auditor.sandbox.shopify.defaults import quantity_of
from auditor.sandbox.shopify.environment import Environment
from auditor.sandbox.shopify.problems import Problem
from auditor.sandbox.shopify.wire import Node, kind_of, number_of, reference

Arguments = Mapping[str, Any]
Errors = list[Node]

_FULFILLABLE = ("OPEN", "IN_PROGRESS")
_TERMINAL = ("CLOSED", "CANCELLED", "INCOMPLETE")
_BOUND = 1_000_000_000
_WRITABLE = ("available", "on_hand")


def _error(message: str, *field: str, code: str | None = None) -> Node:
    return {"field": list(field) or None, "message": message, "code": code}


# -- fulfilment --------------------------------------------------------------------------------------------------------
def fulfillment_create(node: Node, args: Arguments, env: Environment) -> Node:
    """Sends what is asked (or all that is left) of fulfilment orders of one order and one location.

    It is not idempotent: the same call again sends again, until nothing remains.
    """
    wanted = args["fulfillment"]
    groups = wanted["lineItemsByFulfillmentOrder"]
    orders = [env.state.order_holding(group["fulfillmentOrderId"]) for group in groups]
    if not groups or any(order is None for order in orders):
        return _refused("fulfillment", "Fulfillment order does not exist.")
    order = orders[0]
    assert order is not None
    if any(other and other["id"] != order["id"] for other in orders):
        return _refused("fulfillment", "All fulfillment orders must belong to the same order.")
    works = {work["id"]: work for work in order["fulfillmentOrders"]}
    chosen = [works[group["fulfillmentOrderId"]] for group in groups]
    places = {reference((work.get("assignedLocation") or {}).get("location")) for work in chosen}
    if len(places) > 1:
        return _refused("fulfillment", "All fulfillment orders must be assigned to the same location.")
    for work in chosen:
        if work["status"] not in _FULFILLABLE or work.get("fulfillmentHolds"):
            status = "on_hold" if work.get("fulfillmentHolds") else work["status"].lower()
            return _refused(
                "fulfillment", f"Fulfillment order {number_of(work['id'])} has an unfulfillable status= {status}."
            )
    sending: list[tuple[Node, int]] = []
    for group, work in zip(groups, chosen, strict=True):
        taken = _items_to_send(work, group.get("fulfillmentOrderLineItems"))
        if isinstance(taken, str):
            return _refused("fulfillment", taken)
        sending += taken
    parcel = _send(env, order, chosen, sending, wanted.get("trackingInfo"), places.pop())
    return {"fulfillment": parcel, "userErrors": []}


def _refused(field: str, message: str) -> Node:
    return {"fulfillment": None, "userErrors": [_error(message, field)]}


def _left(item: Node) -> int:
    """Units of a fulfilment order line that are still to be sent."""
    remaining = item.get("remainingQuantity")
    return int(item["totalQuantity"] if remaining is None else remaining)


def _items_to_send(work: Node, asked: Sequence[Node] | None) -> list[tuple[Node, int]] | str:
    """The fulfilment order's lines with the units to send, or why that is impossible."""
    items = {item["id"]: item for item in work.get("lineItems") or ()}
    left = {item_id: _left(item) for item_id, item in items.items()}
    if not asked:
        sending = [(items[item_id], count) for item_id, count in left.items() if count > 0]
        return sending or "Fulfillment order has no remaining items to fulfill."
    sending = []
    for part in asked:
        if part["id"] not in items:
            return "Fulfillment order line item does not exist."
        if not 0 < part["quantity"] <= left[part["id"]]:
            return "Invalid fulfillment order line item quantity requested."
        left[part["id"]] -= part["quantity"]
        sending.append((items[part["id"]], part["quantity"]))
    return sending


def _send(
    env: Environment, order: Node, works: list[Node], sending: list[tuple[Node, int]], tracking: Node | None,
    place: str | None,
) -> Node:  # fmt: skip
    now = env.state.now()
    lines = []
    for item, count in sending:
        item["remainingQuantity"] = _left(item) - count
        line_id = reference(item["lineItem"])
        lines.append({"id": env.state.new_id("FulfillmentLineItem"), "quantity": count, "lineItem": {"id": line_id}})
        line = next((line for line in order.get("lineItems") or () if line["id"] == line_id), None)
        if line is not None:
            if line.get("unfulfilledQuantity") is not None:
                line["unfulfilledQuantity"] = max(0, line["unfulfilledQuantity"] - count)
            _take_from_stock(env, line, item, place, count, now)
    for work in works:
        work["updatedAt"] = now
        is_done = all(not _left(item) for item in work.get("lineItems") or ())
        work["status"] = "CLOSED" if is_done else "IN_PROGRESS"
        work.pop("supportedActions", None)
    parcel: Node = {
        "id": env.state.new_id("Fulfillment"), "status": "SUCCESS", "displayStatus": "FULFILLED", "createdAt": now,
        "updatedAt": now, "totalQuantity": sum(count for _, count in sending),
        "location": {"id": place} if place else None, "trackingInfo": _tracking(tracking),
        "fulfillmentLineItems": lines, "events": [],
        "name": f"{order['name']}-F{len(order.get('fulfillments') or ()) + 1}",
    }  # fmt: skip
    order.setdefault("fulfillments", []).append(parcel)
    open_units = sum(
        _left(item)
        for work in order["fulfillmentOrders"]
        if work["status"] not in _TERMINAL
        for item in work.get("lineItems") or ()
    )
    order["displayFulfillmentStatus"] = "PARTIALLY_FULFILLED" if open_units else "FULFILLED"
    order["updatedAt"] = now
    env.state.put("Order", order)
    env.enter(order)
    return parcel


def _take_from_stock(env: Environment, line: Node, item: Node, place: str | None, count: int, now: str) -> None:
    """Sending takes units out of `committed` and thereby out of `on_hand`; `available` fell when the order came."""
    variant = env.state.find("ProductVariant", reference(line.get("variant")) or "")
    inventory = item.get("inventoryItemId") or (variant["inventoryItem"]["id"] if variant else None)
    level = env.state.level(inventory, place) if inventory and place else None
    if level is not None and quantity_of(level, "committed") >= count:
        on_hand = quantity_of(level, "on_hand")
        _set_quantity(level, "committed", quantity_of(level, "committed") - count, now)
        _set_quantity(level, "on_hand", on_hand - count, now)


def _tracking(info: Node | None) -> list[Node]:
    """Tracking entries from `number`/`url` or `numbers`/`urls`."""
    if not info:
        return []
    numbers = info.get("numbers") or ([info["number"]] if info.get("number") else [])
    urls = info.get("urls") or ([info["url"]] if info.get("url") else [])
    count = max(len(numbers), len(urls), 1 if info.get("company") else 0)
    return [
        {
            "company": info.get("company"),
            "number": numbers[position] if position < len(numbers) else None,
            "url": urls[position] if position < len(urls) else None,
        }
        for position in range(count)
    ]


def tracking_update(node: Node, args: Arguments, env: Environment) -> Node:
    """Replaces the tracking data of a fulfilment."""
    order = env.state.order_holding(args["fulfillmentId"])
    parcel = next((p for p in (order or {}).get("fulfillments") or () if p["id"] == args["fulfillmentId"]), None)
    if order is None or parcel is None:
        return _refused("fulfillmentId", "Fulfillment does not exist.")
    if parcel.get("status") == "CANCELLED":
        return _refused("fulfillmentId", "Fulfillment is cancelled.")
    parcel["trackingInfo"] = _tracking(args["trackingInfoInput"])
    parcel["updatedAt"] = order["updatedAt"] = env.state.now()
    env.state.put("Order", order)
    env.enter(order)
    return {"fulfillment": parcel, "userErrors": []}


# -- stock -------------------------------------------------------------------------------------------------------------
def inventory_set(node: Node, args: Arguments, env: Environment) -> Node:
    """Sets `available` or `on_hand`, all entries or none, if each level still has the expected quantity."""
    key = args.get("@idempotent")
    if key is None:
        raise Problem("The @idempotent directive is required for this mutation but was not provided.", "BAD_REQUEST")
    wanted = args["input"]
    if any("changeFromQuantity" not in entry for entry in wanted["quantities"]):
        raise Problem(
            "InventoryQuantityInput must include the following argument: changeFromQuantity.", "INVALID_FIELD_ARGUMENTS"
        )
    fingerprint = orjson.dumps(wanted, option=orjson.OPT_SORT_KEYS)
    return env.state.idempotent.once(key, fingerprint, lambda: _set_all(env, wanted))


def _set_all(env: Environment, wanted: Node) -> Node:
    name, entries = wanted["name"], wanted["quantities"]
    errors: Errors = []
    if len(entries) > 250:
        raise Problem(f"The input array size of {len(entries)} is greater than the maximum allowed of 250.",
                      "MAX_INPUT_SIZE_EXCEEDED")  # fmt: skip
    if name not in _WRITABLE:
        errors.append(_error("The quantity name must be either 'available' or 'on_hand'.", "input", "name",
                             code="INVALID_NAME"))  # fmt: skip
    if wanted["reason"] not in _REASONS:
        errors.append(_error("The specified reason is invalid.", "input", "reason", code="INVALID_REASON"))
    document = wanted.get("referenceDocumentUri")
    if document is not None and "://" not in document:
        errors.append(_error("The specified reference document is invalid.", "input", "referenceDocumentUri",
                             code="INVALID_REFERENCE_DOCUMENT"))  # fmt: skip
    pairs: set[tuple[str, str]] = set()
    for position, entry in enumerate(entries):
        errors += _entry_errors(env, name, entry, ("input", "quantities", str(position)), pairs)
    if errors:
        return {"inventoryAdjustmentGroup": None, "userErrors": errors}
    now = env.state.now()
    changes = [change for entry in entries for change in _set_one(env, name, entry, now)]
    env.state.generation += 1
    group = {
        "id": env.state.new_id("InventoryAdjustmentGroup"), "createdAt": now, "reason": wanted["reason"],
        "referenceDocumentUri": document, "changes": changes,
    }  # fmt: skip
    return {"inventoryAdjustmentGroup": group if changes else None, "userErrors": []}


def _entry_errors(
    env: Environment, name: str, entry: Node, path: tuple[str, ...], pairs: set[tuple[str, str]]
) -> Errors:
    item_id, place_id, count = entry["inventoryItemId"], entry["locationId"], entry["quantity"]
    item = env.state.find("InventoryItem", item_id)
    if item is None:
        return [_error("The specified inventory item could not be found.", *path, "inventoryItemId",
                       code="INVALID_INVENTORY_ITEM")]  # fmt: skip
    level = env.state.level(item_id, place_id)
    if env.state.find("Location", place_id) is None or level is None or level.get("isActive") is False:
        return [_error("The specified location could not be found.", *path, "locationId", code="INVALID_LOCATION")]
    if (item_id, place_id) in pairs:
        return [_error("The combination of inventoryItemId and locationId must be unique.", *path,
                       code="NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR")]  # fmt: skip
    pairs.add((item_id, place_id))
    variant = env.state.variant_of_item(item_id)
    if variant is not None and variant.get("requiresComponents"):
        return [_error("The specified inventory item is not allowed to be adjusted via API.", *path, "inventoryItemId",
                       code="NON_MUTABLE_INVENTORY_ITEM")]  # fmt: skip
    if count > _BOUND:
        return [_error("The quantity is too high.", *path, "quantity", code="INVALID_QUANTITY_TOO_HIGH")]
    if count < -_BOUND:
        return [_error("The quantity is too low.", *path, "quantity", code="INVALID_QUANTITY_TOO_LOW")]
    if count < 0:
        return [_error("The quantity must not be negative.", *path, "quantity", code="INVALID_QUANTITY_NEGATIVE")]
    expected = entry["changeFromQuantity"]
    if expected is not None and name in _WRITABLE and expected != quantity_of(level, name):
        return [_error("The changeFromQuantity argument no longer matches the persisted quantity.", *path,
                       "changeFromQuantity", code="CHANGE_FROM_QUANTITY_STALE")]  # fmt: skip
    return []


def _set_one(env: Environment, name: str, entry: Node, now: str) -> list[Node]:
    """Both states move by the same units: `on_hand` contains `available`."""
    level = env.state.level(entry["inventoryItemId"], entry["locationId"])
    assert level is not None
    delta = entry["quantity"] - quantity_of(level, name)
    if not delta:
        return []
    after = {state: quantity_of(level, state) + delta for state in _WRITABLE}
    for state, count in after.items():
        _set_quantity(level, state, count, now)
    return [
        {
            "name": state, "delta": delta, "quantityAfterChange": None if state == "on_hand" else count,
            "item": {"id": entry["inventoryItemId"]}, "location": {"id": entry["locationId"]},
        }
        for state, count in after.items()
    ]  # fmt: skip


def _set_quantity(level: Node, name: str, count: int, now: str) -> None:
    quantities = level.setdefault("quantities", [])
    found = next((quantity for quantity in quantities if quantity["name"] == name), None)
    if found is None:
        quantities.append({"name": name, "quantity": count, "updatedAt": now})
    else:
        found.update(quantity=count, updatedAt=now)
    level["updatedAt"] = now


_REASONS = frozenset({
    "correction", "cycle_count_available", "damaged", "movement_created", "movement_updated", "movement_received",
    "movement_canceled", "other", "promotion", "quality_control", "received", "reservation_created",
    "reservation_deleted", "reservation_updated", "restock", "safety_stock", "shrinkage",
})  # fmt: skip


# -- tags --------------------------------------------------------------------------------------------------------------
def tags_add(node: Node, args: Arguments, env: Environment) -> Node:
    """Adds tags to an order; a tag that is there already stays once."""
    try:
        order = env.state.order(args["id"]) if kind_of(args["id"]) == "Order" else None
    except ValueError as wrong:
        raise Problem(str(wrong), "INVALID_GLOBAL_ID") from wrong
    if order is None:
        return {"node": None, "userErrors": [_error("Order does not exist", "id")]}
    order["tags"] = sorted({*(order.get("tags") or ()), *(tag.strip() for tag in args["tags"])})
    order["updatedAt"] = env.state.now()
    env.state.put("Order", order)
    return {"node": order, "userErrors": []}
