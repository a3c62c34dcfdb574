"""Cost and access: points reserved and given back, refusals in both forms, fields hidden for want of a scope."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from auditor.sandbox.shopify.scopes import ALL_SCOPES
from tests.sandbox.shopify.store import Store, gid, order

TEN = "query($first: Int = 10) { orders(first: $first) { nodes { id totalPriceSet { shopMoney { amount } } } } }"


def cost(store: Store, text: str, **variables: Any) -> dict[str, Any]:
    found = store.ask(text, **variables)["extensions"]["cost"]
    assert isinstance(found, dict)
    return found


def test_the_estimate_is_reserved_and_what_was_not_used_comes_back() -> None:
    store = Store(orders=3, bucket_size=2000.0)
    told = cost(store, TEN)
    assert (told["requestedQueryCost"], told["actualQueryCost"]) == (2 + 10 * 3, 2 + 4 * 3)
    assert told["throttleStatus"] == {"maximumAvailable": 2000.0, "currentlyAvailable": 1986.0, "restoreRate": 100.0}


def test_the_bucket_fills_with_time_up_to_its_size() -> None:
    store = Store(orders=3, bucket_size=100.0, restore_rate=2.0)
    cost(store, TEN)
    store.clock.advance(timedelta(seconds=3))
    assert cost(store, "{ shop { id } }")["throttleStatus"]["currentlyAvailable"] == 100 - 14 + 6 - 1
    store.clock.advance(timedelta(hours=1))
    assert cost(store, "{ shop { id } }")["throttleStatus"]["currentlyAvailable"] == 99.0


def test_an_empty_bucket_refuses_without_executing_until_it_has_filled() -> None:
    store = Store(orders=3, bucket_size=40.0, restore_rate=10.0)
    cost(store, TEN)
    refused = store.ask(TEN)
    assert refused["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "data" not in refused
    told = refused["extensions"]["cost"]
    assert (told["requestedQueryCost"], told["actualQueryCost"]) == (32, None)
    missing = told["requestedQueryCost"] - told["throttleStatus"]["currentlyAvailable"]
    store.clock.advance(timedelta(seconds=missing / 10))
    assert "errors" not in store.ask(TEN)


def test_a_query_above_a_thousand_points_is_never_executed() -> None:
    store = Store(orders=3)
    text = "query($n: Int!) { orders(first: $n) { nodes { lineItems(first: 10) { nodes { id } } } } }"
    assert store.ask(text, n=76)["extensions"]["cost"]["requestedQueryCost"] == 2 + 76 * (1 + 2 + 10)
    error = store.error(text, n=77)
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert error["extensions"]["cost"] == 2 + 77 * 13


def test_a_mutation_costs_ten_and_more() -> None:
    text = 'mutation($id: ID!) { tagsAdd(id: $id, tags: ["x"]) { node { id } } }'
    assert cost(Store(), text, id=gid("Order", 1))["requestedQueryCost"] == 11


# -- access ------------------------------------------------------------------------------------------------------------
def without(*scopes: str) -> Store:
    return Store(orders=3, scopes=ALL_SCOPES - set(scopes))


def test_orders_older_than_sixty_days_are_absent_without_a_word() -> None:
    store = without("read_all_orders")
    old = order(77, createdAt="2026-09-20T00:00:00Z", updated="2026-11-19T00:00:00Z")
    store.state.put("Order", old)
    text = "query($id: ID!) { orders(first: 20) { nodes { name } } ordersCount { count } order(id: $id) { id } }"
    found = store.data(text, id=old["id"])
    assert "#77" not in [node["name"] for node in found["orders"]["nodes"]]
    assert found["ordersCount"] == {"count": 4}
    assert found["order"] is None
    assert all(line["name"] != "#77" for line in store.bulk("{ orders { edges { node { id name } } } }"))
    store.state.scopes = ALL_SCOPES
    assert store.data(text, id=old["id"])["order"] == {"id": old["id"]}


def test_a_field_without_its_scope_is_null_beside_an_error_with_its_path() -> None:
    store = without("read_returns")
    answer = store.ask("{ orders(first: 2) { nodes { id refunds { id return { id } } } } }")
    assert len(answer["data"]["orders"]["nodes"]) == 2
    answer = store.ask('{ orders(first: 2, query: "id:501") { nodes { refunds { id return { id } } } } }')
    assert answer["data"]["orders"]["nodes"] == [{"refunds": [{"id": gid("Refund", 9), "return": None}]}]
    (error,) = answer["errors"]
    assert error["path"] == ["orders", "nodes", 0, "refunds", 0, "return"]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert "`read_returns`" in error["message"]


def test_what_cannot_be_null_takes_its_parent_along() -> None:
    store = without("read_returns", "read_orders", "write_orders")
    answer = store.ask("{ shop { name } orders(first: 1) { nodes { id } } }")
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert store.data("query($id: ID!) { node(id: $id) { id } }", id=gid("Order", 1))["node"] is None


def test_there_is_no_payments_account_without_scope_or_without_shopify_payments() -> None:
    text = "{ shopifyPaymentsAccount { id } }"
    answer = without("read_shopify_payments", "read_shopify_payments_accounts").ask(text)
    assert answer["data"] == {"shopifyPaymentsAccount": None}
    assert "errors" in answer
    assert Store(has_payments=False).data(text) == {"shopifyPaymentsAccount": None}


def test_fulfilment_orders_of_a_kind_that_is_not_granted_are_left_out() -> None:
    store = without("read_merchant_managed_fulfillment_orders", "write_merchant_managed_fulfillment_orders")
    text = """{ fulfillmentOrders(first: 20) { nodes { id } }
      orders(first: 9) { nodes { fulfillmentOrders(first: 2) { nodes { id } } } } }"""
    found = store.data(text)
    assert found["fulfillmentOrders"]["nodes"] == []
    assert all(node["fulfillmentOrders"]["nodes"] == [] for node in found["orders"]["nodes"])


@pytest.mark.parametrize("scopes", [("read_returns",), ("read_orders", "write_orders")])
def test_a_bulk_operation_without_the_scope_fails(scopes: tuple[str, ...]) -> None:
    started = without(*scopes).ask(
        'mutation { bulkOperationRunQuery(query: "{ orders { edges { node { id refunds { return { id } } } } } }") '
        "{ bulkOperation { status errorCode } userErrors { code } } }"
    )["data"]["bulkOperationRunQuery"]
    assert started == {"bulkOperation": {"status": "FAILED", "errorCode": "ACCESS_DENIED"}, "userErrors": []}


@pytest.mark.parametrize(
    ("scopes", "text"),
    [
        (("write_orders",),
         'mutation { tagsAdd(id: "gid://shopify/Order/1", tags: ["x"]) { userErrors { message } } }'),
        (("write_merchant_managed_fulfillment_orders", "write_assigned_fulfillment_orders",
          "write_third_party_fulfillment_orders"),
         "mutation { fulfillmentCreate(fulfillment: {lineItemsByFulfillmentOrder: []}) { userErrors { message } } }"),
    ],
)  # fmt: skip
def test_writing_needs_its_scope(scopes: tuple[str, ...], text: str) -> None:
    store = without(*scopes)
    answer = store.ask(text)
    assert list(answer["data"].values()) == [None]
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert store.state.order(gid("Order", 1))["updatedAt"] == "2026-11-10T01:01:00Z"  # type: ignore[index]


def test_the_granted_scopes_are_told() -> None:
    store = Store(scopes=["read_orders", "read_products"])
    found = store.data("{ currentAppInstallation { accessScopes { handle } } }")["currentAppInstallation"]
    assert [scope["handle"] for scope in found["accessScopes"]] == ["read_orders", "read_products"]
