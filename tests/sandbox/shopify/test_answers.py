"""What a query gets back: values, defaults, references, fragments, and errors where there is no answer."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sandbox.shopify.store import LOCATION, Node, Store, gid, order

ORDER = gid("Order", 501)


def test_amounts_have_the_decimals_they_need_but_at_least_one(store: Store) -> None:
    store.state.put("Order", order(7, totalPriceSet=Decimal("29.90"), totalTaxSet=Decimal("10.0000")))
    found = store.data(
        """query($id: ID!) { order(id: $id) { totalPriceSet { shopMoney { amount } }
          totalTaxSet { shopMoney { amount } } totalRefundedSet { shopMoney { amount currencyCode } } } }""",
        id=gid("Order", 7),
    )["order"]
    assert found["totalPriceSet"]["shopMoney"]["amount"] == "29.9"
    assert found["totalTaxSet"]["shopMoney"]["amount"] == "10.0"
    assert found["totalRefundedSet"]["shopMoney"] == {"amount": "0.0", "currencyCode": "GBP"}


def test_an_order_in_another_currency_shows_both_sides_of_a_bag(store: Store) -> None:
    store.state.put(
        "Order", order(8, presentmentCurrencyCode="EUR", totalPriceSet=(Decimal("50.00"), Decimal("58.99")))
    )
    bag = store.data(
        "query($id: ID!) { order(id: $id) { totalPriceSet { shopMoney { amount currencyCode } "
        "presentmentMoney { currencyCode amount } } } }",
        id=gid("Order", 8),
    )["order"]["totalPriceSet"]
    assert bag == {
        "shopMoney": {"amount": "50.0", "currencyCode": "GBP"},
        "presentmentMoney": {"currencyCode": "EUR", "amount": "58.99"},
    }


def test_a_bag_that_is_not_told_is_zero_or_null_as_the_schema_demands(store: Store) -> None:
    text = """query($id: ID!) { order(id: $id) {
      currentTotalDutiesSet { shopMoney { amount } } netPaymentSet { shopMoney { amount } } } }"""
    found = store.data(text, id=gid("Order", 1))["order"]
    assert found == {"currentTotalDutiesSet": None, "netPaymentSet": {"shopMoney": {"amount": "0.0"}}}


def test_references_are_looked_up_in_the_order_and_in_the_store(store: Store) -> None:
    refund = store.data(
        "query($id: ID!) { refund(id: $id) { order { name } return { name } "
        "transactions(first: 5) { nodes { kind parentTransaction { kind } } } "
        "refundLineItems(first: 5) { nodes { location { name } "
        "lineItem { sku variant { sku inventoryItem { tracked } } } } } } }",
        id=gid("Refund", 9),
    )["refund"]
    assert refund["order"] == {"name": "#501"}
    assert refund["return"] == {"name": "#501-R1"}
    assert refund["transactions"]["nodes"] == [{"kind": "REFUND", "parentTransaction": {"kind": "SALE"}}]
    variant = {"sku": "A-1", "inventoryItem": {"tracked": True}}
    assert refund["refundLineItems"]["nodes"] == [
        {"location": {"name": "Main"}, "lineItem": {"sku": "A-1", "variant": variant}}
    ]


def test_each_node_of_a_list_stands_in_its_own_order(store: Store) -> None:
    text = """query($ids: [ID!]!) { nodes(ids: $ids) {
      id ... on FulfillmentOrder { orderName lineItems(first: 1) { nodes { sku } } } } }"""
    ids = [gid("FulfillmentOrder", 1), gid("FulfillmentOrder", 501), gid("FulfillmentOrder", 999)]
    found = store.data(text, ids=ids)["nodes"]
    assert [node and node["orderName"] for node in found] == ["#1", "#501", None]
    assert found[0]["lineItems"]["nodes"] == [{"sku": "A-1"}]


def test_aliases_fragments_and_switches_are_honoured(store: Store) -> None:
    text = """query Q($id: ID!, $with: Boolean!) {
      first: order(id: $id) { ...Head ...Head2 updatedAt @skip(if: $with) note @include(if: $with) }
    }
    fragment Head on Order { lines: lineItems(first: 1) { nodes { id } } }
    fragment Head2 on Order { lines: lineItems(first: 1) { nodes { quantity } } }"""
    line = {"id": gid("LineItem", 50100), "quantity": 2}
    assert store.data(text, id=ORDER, **{"with": True}) == {"first": {"lines": {"nodes": [line]}, "note": None}}
    assert "updatedAt" in store.data(text, id=ORDER, **{"with": False})["first"]


def test_a_discount_share_names_the_orders_discount(store: Store) -> None:
    text = """query($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes { discountAllocations {
      allocatedAmountSet { shopMoney { amount } }
      discountApplication { __typename index ... on DiscountCodeApplication { code } value {
        ... on PricingPercentageValue { percentage } } } } } } } }"""
    (share,) = store.data(text, id=ORDER)["order"]["lineItems"]["nodes"][0]["discountAllocations"]
    assert share["discountApplication"] == {
        "__typename": "DiscountCodeApplication", "index": 0, "code": "TEN", "value": {"percentage": 10.0},
    }  # fmt: skip


def test_stock_shows_the_asked_states_and_adds_up_on_hand(store: Store) -> None:
    text = """query($id: ID!, $place: ID!) { inventoryItem(id: $id) { inventoryLevel(locationId: $place) {
      quantities(names: ["on_hand", "available", "incoming"]) { name quantity } } } }"""
    found = store.data(text, id=gid("InventoryItem", 1), place=LOCATION)["inventoryItem"]["inventoryLevel"]
    assert found["quantities"] == [
        {"name": "on_hand", "quantity": 19}, {"name": "available", "quantity": 9}, {"name": "incoming", "quantity": 0},
    ]  # fmt: skip


def test_a_bundle_names_its_components(store: Store) -> None:
    text = """{ productVariants(first: 5, query: "sku:'SET-1'") { nodes { requiresComponents price
      productVariantComponents(first: 5) { nodes { quantity productVariant { sku } } } } } }"""
    (bundle,) = store.data(text)["productVariants"]["nodes"]
    assert bundle["requiresComponents"] is True
    assert bundle["price"] == "12.50"
    assert bundle["productVariantComponents"]["nodes"] == [{"quantity": 2, "productVariant": {"sku": "A-1"}}]


def test_the_parcels_of_a_fulfilment_order_are_found_through_it(store: Store) -> None:
    text = """query($id: ID!) { fulfillmentOrder(id: $id) { fulfillments(first: 5) { nodes {
      name trackingInfo { number } } } } }"""
    found = store.data(text, id=gid("FulfillmentOrder", 501))["fulfillmentOrder"]["fulfillments"]["nodes"]
    assert found == [{"name": "#501-F1", "trackingInfo": [{"number": "1550"}]}]


@pytest.mark.parametrize(
    ("text", "message", "code"),
    [
        ("{ shop { nme } }", "Field 'nme' doesn't exist on type 'Shop'", "undefinedField"),
        ("{ orders(fist: 1) { nodes { id } } }", "Field 'orders' doesn't accept argument 'fist'",
         "argumentNotAccepted"),
        ("{ shop { ", "Syntax Error: Expected Name, found <EOF>.", "parseError"),
        ("{ orders { nodes { id } } }", "you must provide one of first or last", "BAD_REQUEST"),
        ("{ orders(first: 251) { nodes { id } } }", "first must be between 0 and 250, but is 251", "BAD_REQUEST"),
        ('{ order(id: "501") { id } }', "Invalid global id '501'", "INVALID_GLOBAL_ID"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_shopifys_words(store: Store, text: str, message: str, code: str) -> None:
    error = store.error(text)
    assert (error["message"], error["extensions"]["code"]) == (message, code)


def test_a_variable_of_the_wrong_type_is_refused(store: Store) -> None:
    error = store.error("query($first: Int!) { orders(first: $first) { nodes { id } } }", first="ten")
    assert error["extensions"]["code"] == "INVALID_VARIABLE"


def test_more_than_250_ids_at_once_are_refused(store: Store) -> None:
    ids = [gid("Order", number) for number in range(251)]
    assert store.error("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)["extensions"]["code"] == (
        "MAX_INPUT_SIZE_EXCEEDED"
    )


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        ({"id": gid("Order", 1), "colour": "red"}, "Order has no field colour"),
        ({"id": gid("Order", 1), "name": "#1", "createdAt": "2026-11-01T00:00:00Z"}, "a Order needs updatedAt"),
        (order(3, displayFinancialStatus="PAYED"), "OrderDisplayFinancialStatus has no value 'PAYED'"),
        (order(3, lineItems=[{"id": gid("LineItem", 1), "skuu": "A"}]), "LineItem has no field skuu"),
    ],
)
def test_a_node_that_the_schema_does_not_know_is_not_taken(store: Store, node: Node, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        store.state.put("Order", node)
