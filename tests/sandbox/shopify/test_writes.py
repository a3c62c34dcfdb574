"""Mutations: what is written can be read back, what must be refused is, and repeating is told from doing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.shopify.store import LOCATION, OTHER_LOCATION, Node, Store, gid, order, work

SHIP = """mutation($fulfillment: FulfillmentInput!) { fulfillmentCreate(fulfillment: $fulfillment) {
  fulfillment { id name status totalQuantity trackingInfo { company number url } location { id }
    fulfillmentLineItems(first: 9) { nodes { quantity lineItem { id sku } } } }
  userErrors { field message } } }"""
TRACK = """mutation($id: ID!, $info: FulfillmentTrackingInput!) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $info) {
    fulfillment { trackingInfo { company number url } } userErrors { field message } } }"""
STOCK = """mutation($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id changes { name delta quantityAfterChange item { sku } location { name } } }
    userErrors { field message code } } }"""
READ = """query($id: ID!) { order(id: $id) { displayFulfillmentStatus updatedAt
  fulfillments { name trackingInfo { number } }
  lineItems(first: 9) { nodes { unfulfilledQuantity } }
  fulfillmentOrders(first: 9) { nodes { status updatedAt supportedActions { action }
    lineItems(first: 9) { nodes { remainingQuantity } } } } } }"""


def shipment(number: int, *lines: tuple[int, int], tracking: Node | None = None) -> Node:
    """Input for one fulfilment order; without lines: everything that is left."""
    group: Node = {"fulfillmentOrderId": gid("FulfillmentOrder", number)}
    if lines:
        group["fulfillmentOrderLineItems"] = [
            {"id": gid("FulfillmentOrderLineItem", item), "quantity": quantity} for item, quantity in lines
        ]
    wanted: Node = {"lineItemsByFulfillmentOrder": [group]}
    if tracking:
        wanted["trackingInfo"] = tracking
    return wanted


def ship(store: Store, wanted: Node) -> Node:
    payload = store.data(SHIP, fulfillment=wanted)["fulfillmentCreate"]
    assert isinstance(payload, dict)
    return payload


def read(store: Store, number: int) -> Node:
    found = store.data(READ, id=gid("Order", number))["order"]
    assert isinstance(found, dict)
    return found


# -- fulfilment --------------------------------------------------------------------------------------------------------
def test_sending_a_part_leaves_the_rest_open(store: Store) -> None:
    payload = ship(store, shipment(1, (100, 1), tracking={"company": "DPD", "number": "15501"}))
    assert payload["userErrors"] == []
    assert payload["fulfillment"]["trackingInfo"] == [{"company": "DPD", "number": "15501", "url": None}]
    assert payload["fulfillment"]["fulfillmentLineItems"]["nodes"] == [
        {"quantity": 1, "lineItem": {"id": gid("LineItem", 100), "sku": "A-1"}}
    ]
    found = read(store, 1)
    assert found["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    assert found["updatedAt"] == "2026-11-20T12:00:00Z"
    (left,) = found["fulfillmentOrders"]["nodes"]
    assert left["status"] == "IN_PROGRESS"
    assert [item["remainingQuantity"] for item in left["lineItems"]["nodes"]] == [1, 2]
    assert [line["unfulfilledQuantity"] for line in found["lineItems"]["nodes"]] == [1, 2]


def test_sending_all_that_is_left_closes_the_work(store: Store) -> None:
    ship(store, shipment(1, (100, 1)))
    store.clock.advance(timedelta(minutes=5))
    payload = ship(store, shipment(1, tracking={"numbers": ["1Z1", "1Z2"], "company": "UPS"}))
    assert payload["fulfillment"]["totalQuantity"] == 3
    assert [info["number"] for info in payload["fulfillment"]["trackingInfo"]] == ["1Z1", "1Z2"]
    found = read(store, 1)
    assert found["displayFulfillmentStatus"] == "FULFILLED"
    assert found["fulfillmentOrders"]["nodes"][0]["status"] == "CLOSED"
    assert found["fulfillmentOrders"]["nodes"][0]["supportedActions"] == []
    assert found["fulfillmentOrders"]["nodes"][0]["updatedAt"] == "2026-11-20T12:05:00Z"
    assert [parcel["name"] for parcel in found["fulfillments"]] == ["#1-F1", "#1-F2"]


def test_the_same_call_again_sends_again_until_nothing_remains(store: Store) -> None:
    assert ship(store, shipment(1, (100, 1)))["userErrors"] == []
    assert ship(store, shipment(1, (100, 1)))["userErrors"] == []
    (error,) = ship(store, shipment(1, (100, 1)))["userErrors"]
    assert error["message"] == "Invalid fulfillment order line item quantity requested."
    assert len(read(store, 1)["fulfillments"]) == 2


def test_sending_takes_committed_units_off_the_shelf(store: Store) -> None:
    ship(store, shipment(1, (100, 2)))
    text = """{ inventoryItem(id: "gid://shopify/InventoryItem/1") { inventoryLevel(locationId:
      "gid://shopify/Location/1") { quantities(names: ["available", "committed", "on_hand"]) { quantity } } } }"""
    level = store.data(text)["inventoryItem"]["inventoryLevel"]
    assert [entry["quantity"] for entry in level["quantities"]] == [9, 8, 17]


def _two_places(node: Node) -> None:
    node["fulfillmentOrders"].append(work(11, [(101, 1)], location=OTHER_LOCATION))


def _on_hold(node: Node) -> None:
    node["fulfillmentOrders"][0]["fulfillmentHolds"] = [{"reason": "INCORRECT_ADDRESS"}]
    node["fulfillmentOrders"][0]["status"] = "ON_HOLD"


def _two_groups(first: int, second: int) -> Node:
    groups = [{"fulfillmentOrderId": gid("FulfillmentOrder", number)} for number in (first, second)]
    return {"lineItemsByFulfillmentOrder": groups}


@pytest.mark.parametrize(
    ("change", "wanted", "message"),
    [
        (None, shipment(999), "Fulfillment order does not exist."),
        (None, {"lineItemsByFulfillmentOrder": []}, "Fulfillment order does not exist."),
        (None, shipment(1, (999, 1)), "Fulfillment order line item does not exist."),
        (None, shipment(1, (100, 3)), "Invalid fulfillment order line item quantity requested."),
        (None, shipment(1, (100, 2), (100, 1)), "Invalid fulfillment order line item quantity requested."),
        (None, shipment(1, (100, 0)), "Invalid fulfillment order line item quantity requested."),
        (_on_hold, shipment(1), "Fulfillment order 1 has an unfulfillable status= on_hold."),
        (lambda node: node["fulfillmentOrders"][0].update(status="CLOSED"), shipment(1),
         "Fulfillment order 1 has an unfulfillable status= closed."),
        (_two_places, _two_groups(1, 11), "All fulfillment orders must be assigned to the same location."),
        (None, _two_groups(1, 2), "All fulfillment orders must belong to the same order."),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_and_changes_nothing(
    store: Store, change: Any, wanted: Node, message: str
) -> None:
    if change:
        store.state.edit_order(gid("Order", 1), change)
    before = read(store, 1)
    payload = ship(store, wanted)
    assert payload["fulfillment"] is None
    assert [error["message"] for error in payload["userErrors"]] == [message]
    assert read(store, 1) == before


def test_tracking_is_replaced_and_the_order_moves(store: Store) -> None:
    info = {"company": "Royal Mail", "number": "RM1", "url": "https://example.com/RM1"}
    payload = store.data(TRACK, id=gid("Fulfillment", 81), info=info)["fulfillmentTrackingInfoUpdate"]
    assert payload == {"fulfillment": {"trackingInfo": [info]}, "userErrors": []}
    found = read(store, 501)
    assert found["updatedAt"] == "2026-11-20T12:00:00Z"
    assert found["fulfillments"][0]["trackingInfo"] == [{"number": "RM1"}]


def test_tracking_of_no_fulfilment_or_a_cancelled_one_is_refused(store: Store) -> None:
    unknown = store.data(TRACK, id=gid("Fulfillment", 1), info={"number": "1"})["fulfillmentTrackingInfoUpdate"]
    assert unknown["userErrors"] == [{"field": ["fulfillmentId"], "message": "Fulfillment does not exist."}]
    store.state.edit_order(gid("Order", 501), lambda node: node["fulfillments"][0].update(status="CANCELLED"))
    gone = store.data(TRACK, id=gid("Fulfillment", 81), info={"number": "1"})["fulfillmentTrackingInfoUpdate"]
    assert gone["fulfillment"] is None


# -- stock -------------------------------------------------------------------------------------------------------------
def entry(item: int = 1, location: str = LOCATION, quantity: int = 12, **expected: int | None) -> Node:
    return {"inventoryItemId": gid("InventoryItem", item), "locationId": location, "quantity": quantity, **expected}


def wanted(*entries: Node, **fields: Any) -> Node:
    return {"name": "available", "reason": "correction", "quantities": list(entries), **fields}


def push(store: Store, content: Node, key: str = "k1") -> Node:
    payload = store.data(STOCK, input=content, key=key)["inventorySetQuantities"]
    assert isinstance(payload, dict)
    return payload


def available(store: Store, item: int = 1) -> int:
    text = """query($id: ID!) { inventoryItem(id: $id) { inventoryLevel(locationId: "gid://shopify/Location/1") {
      quantities(names: ["available"]) { quantity } } } }"""
    level = store.data(text, id=gid("InventoryItem", item))["inventoryItem"]["inventoryLevel"]
    return int(level["quantities"][0]["quantity"])


def test_stock_is_set_when_it_still_is_what_was_expected(store: Store) -> None:
    payload = push(store, wanted(entry(changeFromQuantity=9)))
    assert payload["userErrors"] == []
    place = {"item": {"sku": "A-1"}, "location": {"name": "Main"}}
    assert payload["inventoryAdjustmentGroup"]["changes"] == [
        {"name": "available", "delta": 3, "quantityAfterChange": 12, **place},
        {"name": "on_hand", "delta": 3, "quantityAfterChange": None, **place},
    ]
    assert available(store) == 12


def test_one_stale_entry_fails_the_whole_call(store: Store) -> None:
    payload = push(store, wanted(entry(changeFromQuantity=9), entry(2, changeFromQuantity=5)))
    (error,) = payload["userErrors"]
    assert error["code"] == "CHANGE_FROM_QUANTITY_STALE"
    assert error["field"] == ["input", "quantities", "1", "changeFromQuantity"]
    assert (available(store), available(store, 2)) == (9, -1)


def test_an_explicit_null_skips_the_comparison_but_a_missing_key_is_refused(store: Store) -> None:
    assert push(store, wanted(entry(changeFromQuantity=None)))["userErrors"] == []
    error = store.error(STOCK, input=wanted(entry()), key="k2")
    assert error["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"


def test_without_the_directive_nothing_is_written(store: Store) -> None:
    text = STOCK.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")
    error = store.error(text, input=wanted(entry(changeFromQuantity=9)))
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert available(store) == 9


def test_the_same_key_replays_the_first_result(store: Store) -> None:
    first = push(store, wanted(entry(changeFromQuantity=9)))
    store.state.put("InventoryLevel", {**store.state.level(gid("InventoryItem", 1), LOCATION),  # type: ignore[dict-item]
                                       "quantities": [{"name": "available", "quantity": 1}]})  # fmt: skip
    assert push(store, wanted(entry(changeFromQuantity=9))) == first
    assert available(store) == 1
    other = push(store, wanted(entry(quantity=13, changeFromQuantity=1)))
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    assert push(store, wanted(entry(quantity=13, changeFromQuantity=1)), key="k2")["userErrors"] == []
    assert available(store) == 13


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (wanted(entry(changeFromQuantity=9), name="committed"), "INVALID_NAME"),
        (wanted(entry(changeFromQuantity=9), reason="because"), "INVALID_REASON"),
        (wanted(entry(changeFromQuantity=9), referenceDocumentUri="8841"), "INVALID_REFERENCE_DOCUMENT"),
        (wanted(entry(99, changeFromQuantity=9)), "INVALID_INVENTORY_ITEM"),
        (wanted(entry(location=gid("Location", 9), changeFromQuantity=9)), "INVALID_LOCATION"),
        (wanted(entry(3, changeFromQuantity=4)), "NON_MUTABLE_INVENTORY_ITEM"),
        (wanted(entry(quantity=-1, changeFromQuantity=9)), "INVALID_QUANTITY_NEGATIVE"),
        (wanted(entry(quantity=1_000_000_001, changeFromQuantity=9)), "INVALID_QUANTITY_TOO_HIGH"),
        (wanted(entry(quantity=-1_000_000_001, changeFromQuantity=9)), "INVALID_QUANTITY_TOO_LOW"),
        (wanted(entry(changeFromQuantity=9), entry(changeFromQuantity=9)),
         "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"),
    ],
)  # fmt: skip
def test_bad_stock_writes_are_refused_with_their_code(store: Store, content: Node, code: str) -> None:
    payload = push(store, content)
    assert payload["inventoryAdjustmentGroup"] is None
    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert available(store) == 9


def test_more_than_250_entries_are_refused_and_the_key_is_spent(store: Store) -> None:
    many = wanted(*[entry(changeFromQuantity=9)] * 251)
    assert store.error(STOCK, input=many, key="k1")["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
    assert [error["code"] for error in push(store, many)["userErrors"]] == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]


# -- tags --------------------------------------------------------------------------------------------------------------
def test_tags_are_added_once(store: Store) -> None:
    text = (
        "mutation($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { node { id } userErrors { message } } }"
    )
    store.state.put("Order", order(1, tags=["vip"]))
    payload = store.data(text, id=gid("Order", 1), tags=["audit", "vip"])["tagsAdd"]
    assert payload == {"node": {"id": gid("Order", 1)}, "userErrors": []}
    tags = store.data("query($id: ID!) { order(id: $id) { tags } }", id=gid("Order", 1))["order"]["tags"]
    assert tags == ["audit", "vip"]
    assert store.data(text, id=gid("Order", 98), tags=["x"])["tagsAdd"]["userErrors"] != []
