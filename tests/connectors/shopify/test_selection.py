"""A field that was asked for and is missing ends the read: it must never look like a field that is null."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from graphql import FieldNode, InlineFragmentNode, OperationDefinitionNode, SelectionSetNode, parse

from auditor.connectors.shopify import ShopifyConnector, documents
from auditor.connectors.shopify.documents import BULKS, OPERATIONS, Document
from auditor.connectors.shopify.lines import lines_of
from auditor.connectors.shopify.selection import check_answer, lack
from auditor.errors import Incomplete, OutcomeUnknown
from tests.connectors.shopify.fake import FakeShopify
from tests.connectors.shopify.shop import (
    component,
    dispute,
    given_back,
    item,
    parcel,
    payout,
    payout_row,
    read,
    sale,
    sent_back,
    variant,
    work,
)

MANY, VERY_MANY = 60, 510


def every(document: Document) -> str:
    return document.name


def whole(selections: SelectionSetNode) -> dict[str, Any]:
    """An answer that holds what is asked for: lists where nodes or edges stand, objects elsewhere, leaves null."""
    answer: dict[str, Any] = {}
    for node in selections.selections:
        if isinstance(node, InlineFragmentNode):
            answer |= whole(node.selection_set)
        elif isinstance(node, FieldNode):
            name = node.name.value
            inner = whole(node.selection_set) if node.selection_set else None
            answer[name] = [inner, deepcopy(inner)] if name in {"nodes", "taxLines"} else inner
    return answer


def places(value: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Every (object, key) of an answer."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield value, key
            yield from places(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from places(inner)


def operation_of(document: Document) -> OperationDefinitionNode:
    operation = parse(document.text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return operation


@pytest.mark.parametrize("document", OPERATIONS, ids=every)
def test_each_field_of_each_object_of_an_answer_must_be_there(document: Document) -> None:
    answer = whole(operation_of(document).selection_set)
    variables = {"returns": True}
    assert check_answer(document, variables, answer) is None
    for parent, key in list(places(answer)):
        value = parent.pop(key)
        assert (check_answer(document, variables, answer) or "").startswith(f"'{key}'")
        parent[key] = value
    assert check_answer(document, variables, answer) is None


@pytest.mark.parametrize("document", BULKS, ids=every)
def test_each_field_of_a_line_must_be_there(document: Document) -> None:
    """Below an order's lines stand others, which are lines of their own and not fields of it."""
    root = operation_of(document).selection_set.selections[0]
    assert isinstance(root, FieldNode)
    assert root.selection_set is not None
    line = whole(root.selection_set)
    line = line["edges"]["node"] if "edges" in line else line
    line = {key: value for key, value in line.items() if not isinstance(value, dict) or "edges" not in value}
    line |= {"__typename": document.kinds[0], "id": "gid://shopify/X/1"}
    decode = lines_of(document).check
    assert decode(json.dumps(line).encode()).id == line["id"]
    for parent, key in list(places(line)):
        value = parent.pop(key)
        with pytest.raises(msgspec.ValidationError) as caught:
            decode(json.dumps(line).encode())
        assert lack(caught.value).startswith(f"'{key}'")
        parent[key] = value


def test_a_line_below_another_must_say_whose_it_is(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.productVariants = [variant(1, component(11, "A-2"))]
    shop.file_change = lambda lines: [line.replace("__parentId", "__parent") for line in lines]
    with pytest.raises(Incomplete, match="a line of BulkListings lacks '__parentId'"):
        read(connector, "listings")
    assert len(shop.token_of) == 1  # another download would bring the same


def test_null_is_an_answer() -> None:
    document = Document("Q", "query Q { order { id total { amount } lines { nodes { id tax { rate } } } } }")
    assert check_answer(document, {}, {"order": None}) is None
    assert check_answer(document, {}, {"order": {"id": None, "total": None, "lines": None}}) is None
    nulls = {"order": {"id": 1, "total": {"amount": None}, "lines": {"nodes": [None, {"id": None, "tax": None}]}}}
    assert check_answer(document, {}, nulls) is None


def test_aliases_and_fragments_are_followed() -> None:
    text = """query Q { first: order { ...Head lines { id } lines { sku } } }
    fragment Head on Order { id ... { name } ... on Order { total { amount } } }"""
    document = Document("Q", text)
    order = {"id": 1, "name": "x", "total": {"amount": "1"}, "lines": [{"id": 1, "sku": "A"}]}
    assert check_answer(document, {}, {"first": order}) is None
    assert check_answer(document, {}, {"order": order}) == "'first'"
    for name in order:
        lacking = {key: value for key, value in order.items() if key != name}
        assert check_answer(document, {}, {"first": lacking}) == f"'{name}' at first"
    assert check_answer(document, {}, {"first": {**order, "lines": [{"id": 1}]}}) == "'sku' at first.lines"


def test_what_is_switched_off_need_not_be_there() -> None:
    text = """query Q($with: Boolean = false, $not: Boolean = false) {
      id a @include(if: $with) b @skip(if: $not) c @include(if: false) ... @include(if: $with) { d } }"""
    document = Document("Q", text)
    assert check_answer(document, {}, {"id": 1, "b": 1}) is None
    assert check_answer(document, {"with": True}, {"id": 1, "b": 1, "d": 1}) == "'a'"
    assert check_answer(document, {"with": True, "not": True}, {"id": 1, "a": 1}) == "'d'"
    assert check_answer(document, {"not": False}, {"id": 1}) == "'b'"


def test_of_several_types_the_name_of_the_type_decides() -> None:
    document = Document(
        "Q", "query Q { nodes { __typename id ... on Order { name } ... on Refund { total { amount } } } }"
    )
    order: dict[str, Any] = {"__typename": "Order", "id": 1, "name": "x"}
    refund: dict[str, Any] = {"__typename": "Refund", "id": 1, "total": {"amount": "1"}}
    assert check_answer(document, {}, {"nodes": [order, refund, None]}) is None
    assert check_answer(document, {}, {"nodes": [order, {**refund, "total": {}}]}) == "'amount' at nodes.total"
    assert check_answer(document, {}, {"nodes": [{**order, "__typename": "Refund"}]}) == "'total' at nodes"
    assert check_answer(document, {}, {"nodes": [{"id": 1, "name": "x"}]}) == "'__typename' at nodes"


def test_several_types_without_their_names_cannot_be_checked() -> None:
    document = Document("Q", "query Q { nodes { ... on Order { name } ... on Refund { id } } }")
    with pytest.raises(ValueError, match="Order, Refund are asked for without __typename"):
        check_answer(document, {}, {"nodes": []})


def full(shop: FakeShopify, orders: int) -> None:
    """Something of everything."""
    assert shop.account is not None
    shop.account |= {
        "activated": True,
        "defaultCurrency": "GBP",
        "payouts": [payout(1, 0)],
        "balanceTransactions": [payout_row(1, 0)],
        "disputes": [dispute(1, 0)],
    }
    shop.productVariants = [variant(1), variant(2, component(21, "A-1"))]
    shop.inventoryItems = [item(1, at1=5)]
    shop.orders = [
        sale(
            number,
            refunds=[given_back(number, number)],
            returns=[sent_back(number)],
            fulfillments=[parcel(number, number)],
        )
        for number in range(1, orders + 1)
    ]
    shop.fulfillmentOrders = [
        work(number, number, parcels=shop.orders[number - 1]["fulfillments"]) for number in range(1, orders + 1)
    ]


LOST = [
    ("shop", "currencyCode", "AuditShop"),
    ("locations", "isActive", "AuditLocations"),
    ("listings", "sku", "BulkListings"),
    ("stock", "quantity", "BulkStock"),
    ("orders", "updatedAt", "AuditChangedOrders"),
    ("orders", "id", "AuditChangedOrders"),
    ("orders", "currentQuantity", "AuditOrders"),
    ("refunds", "refunds", "AuditChangedRefunds"),
    ("refunds", "returns", "AuditChangedRefunds"),
    ("refunds", "restockType", "AuditRefunds"),
    ("fulfilments", "fulfillmentsCount", "AuditChangedFulfilments"),
    ("fulfilments", "trackingInfo", "AuditFulfilments"),
    ("fulfilment_orders", "updatedAt", "AuditChangedFulfilmentOrders"),
    ("fulfilment_orders", "remainingQuantity", "AuditFulfilmentOrders"),
    ("payouts", "issuedAt", "AuditPayouts"),
    ("balance_transactions", "associatedPayout", "AuditBalanceTransactions"),
    ("disputes", "reasonDetails", "AuditDisputes"),
]


@pytest.mark.parametrize(("name", "field", "document"), LOST)
def test_a_field_that_is_gone_ends_the_stream_with_its_name(
    shop: FakeShopify, connector: ShopifyConnector, name: str, field: str, document: str
) -> None:
    full(shop, 3)
    assert read(connector, name)
    shop.gone = frozenset({field})
    with pytest.raises(Incomplete, match=rf"{document} lacks '{field}'.*; nothing of (it|the file) is used\.$"):
        read(connector, name)


@pytest.mark.parametrize(
    ("name", "field", "orders", "document"),
    [
        ("orders", "updatedAt", MANY, "BulkOrders"),
        ("orders", "id", MANY, "BulkOrders"),
        ("orders", "taxLines", MANY, "BulkOrders"),
        ("refunds", "totalQuantity", VERY_MANY, "BulkReturnedOrders"),
        ("fulfilments", "deliveredAt", VERY_MANY, "BulkFulfilments"),
        ("fulfilment_orders", "__typename", VERY_MANY, "BulkFulfilmentOrders"),
    ],
)
def test_a_field_that_is_gone_from_a_result_file_ends_the_stream_with_its_name(
    shop: FakeShopify, connector: ShopifyConnector, name: str, field: str, orders: int, document: str
) -> None:
    full(shop, orders)
    real = shop.file_change
    shop.file_change = lambda lines: [
        json.dumps({key: value for key, value in json.loads(line).items() if key != field}) for line in real(lines)
    ]
    with pytest.raises(Incomplete, match=f"a line of {document} lacks '{field}'"):
        read(connector, name)


def test_a_record_of_another_kind_is_not_an_empty_one() -> None:
    assert check_answer(documents.SHIPPED_ORDERS, {}, {"nodes": [{}]}) == "'fulfillments' at nodes"


def test_a_write_whose_answer_lacks_something_may_have_happened(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.gone = frozenset({"userErrors"})
    document = Document("BulkStop", "mutation BulkStop { bulkOperationCancel(id: 1) { userErrors { message } } }")
    with pytest.raises(OutcomeUnknown, match=r"lacks 'userErrors' at bulkOperationCancel.* must be looked up"):
        connector.client.run(document, is_write=True)
