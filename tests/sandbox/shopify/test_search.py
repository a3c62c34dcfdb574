"""The search syntax, with its traps: unquoted times, unknown filters, empty comparisons, an index that lags."""

from __future__ import annotations

from datetime import timedelta

import pytest

from auditor.sandbox.shopify.search import EmptyComparison, Field, compile_search
from tests.sandbox.shopify.store import Store, gid, level, order

IDS = "query($query: String) { orders(first: 250, query: $query, sortKey: ID) { nodes { id } } }"


def found(store: Store, query: str) -> list[int]:
    nodes = store.data(IDS, query=query)["orders"]["nodes"]
    return [int(node["id"].rpartition("/")[2]) for node in nodes]


@pytest.fixture
def orders(store: Store) -> Store:
    """#1 to #5 on 2026-11-10 at 01:01 to 05:05, #501 on 2026-11-20 at 09:00; #3 is a test, #4 unpaid and closed."""
    store.state.put("Order", order(3, test=True))
    store.state.put("Order", order(4, displayFinancialStatus="PENDING", closedAt="2026-11-11T00:00:00Z"))
    return store


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4, 5, 501]),
        ("updated_at:>='2026-11-10T02:02:00Z' updated_at:<'2026-11-10T05:05:00Z'", [2, 3, 4]),
        ("updated_at:>'2026-11-10T02:02:00Z' AND updated_at:<='2026-11-10T05:05:00Z'", [3, 4, 5]),
        ("updated_at:>='2026-11-10T02:02:00+00:00'", [2, 3, 4, 5, 501]),
        # Without quotes a time counts as the midnight before it.
        ("updated_at:>=2026-11-10T03:00:00Z", [1, 2, 3, 4, 5, 501]),
        ("updated_at:<2026-11-20T10:00:00Z", [1, 2, 3, 4, 5]),
        ("updated_at:2026-11-10", [1, 2, 3, 4, 5]),
        ("created_at:>='2026-11-10T04:00:00Z' test:false", [4, 5, 501 % 24 and 501]),
        ("id:2 OR id:4", [2, 4]),
        ("id:2,4", [2, 4]),
        ("id:>=4 id:<500", [4, 5]),
        ("id:'gid://shopify/Order/4'", [4]),
        ("name:#2 OR name:'5'", [2, 5]),
        ("test:true", [3]),
        ("-test:true id:<500", [1, 2, 4, 5]),
        ("NOT (test:true OR id:>4)", [1, 2, 4]),
        ("financial_status:pending", [4]),
        ("status:closed", [4]),
        ("fulfillment_status:unshipped id:<3", [1, 2]),
        ("colour:red id:1", [1]),
        ("updated_at:nonsense id:1", [1]),
        ("sku:'A-1' id:<3", [1, 2]),
        ("sku:'Z*'", []),
    ],
)
def test_orders_are_found(orders: Store, query: str, numbers: list[int]) -> None:
    assert found(orders, query) == numbers


def test_a_comparison_with_nothing_is_an_internal_error(store: Store) -> None:
    assert store.error(IDS, query="updated_at:>")["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


def test_skus_with_spaces_quotes_and_other_case_are_found() -> None:
    fields = {"sku": Field("text", lambda row: row)}
    assert compile_search("sku:'a 1\\'2'", fields)("A 1'2")  # type: ignore[misc]  # there is a filter
    assert compile_search('sku:"A-1" OR sku:"B"', fields)("b")  # type: ignore[misc]
    assert not compile_search("sku:'A-1'", fields)("A-11")  # type: ignore[misc]
    assert compile_search("  ", fields) is None
    with pytest.raises(EmptyComparison):
        compile_search("sku:>", fields)


def test_the_search_index_lags_but_reading_by_id_does_not() -> None:
    store = Store(orders=2, search_lag=timedelta(seconds=10))
    store.clock.advance(timedelta(minutes=1))
    store.state.put("Order", order(2, updated="2026-11-20T12:00:30Z", note="changed"))
    store.state.put("Order", order(9, updated="2026-11-20T12:00:30Z"))
    since = "updated_at:>='2026-11-20T12:00:00Z'"
    assert found(store, since) == []
    assert found(store, "id:<10") == [1, 2]
    by_id = store.data("query($id: ID!) { order(id: $id) { note } }", id=gid("Order", 2))["order"]
    assert by_id == {"note": "changed"}
    store.clock.advance(timedelta(seconds=10))
    assert found(store, since) == [2, 9]


def test_a_changed_fulfilment_order_is_found_by_its_own_time_though_its_order_did_not_move(store: Store) -> None:
    def hold(node: dict[str, object]) -> None:
        node["fulfillmentOrders"][0].update(status="ON_HOLD", updatedAt="2026-11-20T11:30:00Z")  # type: ignore[index]

    store.state.edit_order(gid("Order", 1), hold)
    text = """query($query: String) { fulfillmentOrders(first: 10, query: $query, includeClosed: true,
      sortKey: UPDATED_AT) { nodes { orderId status order { updatedAt } } } }"""
    nodes = store.data(text, query="updated_at:>='2026-11-20T11:00:00Z'")["fulfillmentOrders"]["nodes"]
    assert nodes == [{"orderId": gid("Order", 1), "status": "ON_HOLD", "order": {"updatedAt": "2026-11-10T01:01:00Z"}}]
    assert found(store, "updated_at:>='2026-11-20T11:00:00Z'") == []


def test_closed_fulfilment_orders_come_only_when_asked_for(store: Store) -> None:
    store.state.edit_order(gid("Order", 1), lambda node: node["fulfillmentOrders"][0].update(status="CLOSED"))
    text = "query($closed: Boolean) { fulfillmentOrders(first: 10, includeClosed: $closed) { nodes { id } } }"
    assert len(store.data(text, closed=False)["fulfillmentOrders"]["nodes"]) == 5
    assert len(store.data(text, closed=True)["fulfillmentOrders"]["nodes"]) == 6


def test_stock_levels_are_found_by_their_own_time_and_inactive_ones_only_when_asked_for(store: Store) -> None:
    store.state.put(
        "InventoryLevel", level(2, "gid://shopify/Location/2", 7, isActive=False, updatedAt="2026-11-20T08:00:00Z")
    )
    text = """query($query: String, $all: Boolean) { location(id: "gid://shopify/Location/2") {
      inventoryLevels(first: 10, query: $query, includeInactive: $all) { nodes { item { sku } } } } }"""
    assert len(store.data(text, all=True)["location"]["inventoryLevels"]["nodes"]) == 2
    assert len(store.data(text, all=False)["location"]["inventoryLevels"]["nodes"]) == 1
    late = store.data(text, all=True, query="updated_at:>'2026-11-20T00:00:00Z'")["location"]["inventoryLevels"]
    assert late["nodes"] == [{"item": {"sku": "A-2"}}]


ROWS = """query($query: String, $hide: Boolean) { shopifyPaymentsAccount { balanceTransactions(
  first: 20, query: $query, hideTransfers: $hide, sortKey: ID) { nodes { id } } } }"""


@pytest.mark.parametrize(
    ("query", "hide", "rows"),
    [
        ("payments_transfer_id:700001", False, [1, 2]),
        ("payments_transfer_id:'700001'", True, [1]),
        ("payments_transfer_id:700001 OR payments_transfer_id:700002", True, [1, 3]),
        ("payout_date:>='2026-11-14T00:00:00Z'", False, [3]),
        ("payout_status:pending", False, [4]),
        ("transaction_type:charge", False, [1, 4]),
        ("processed_at:>='2026-11-12T10:03:00Z'", False, [3, 4]),
    ],
)
def test_balance_rows_are_found(store: Store, query: str, hide: bool, rows: list[int]) -> None:
    nodes = store.data(ROWS, query=query, hide=hide)["shopifyPaymentsAccount"]["balanceTransactions"]["nodes"]
    assert [int(node["id"].rpartition("/")[2]) for node in nodes] == rows


PAYOUTS = """query($query: String, $type: ShopifyPaymentsPayoutTransactionType) { shopifyPaymentsAccount { payouts(
  first: 20, query: $query, transactionType: $type) { nodes { legacyResourceId transactionType } } } }"""


@pytest.mark.parametrize(
    ("query", "kind", "numbers"),
    [
        ("issued_at:>='2026-11-14T00:00:00Z'", None, ["700002"]),
        ("issued_at:<'2026-11-14T00:00:00Z' status:paid", None, ["700001"]),
        ("status:failed", None, []),
        ("amount:<0", None, ["700002"]),
        (None, "DEPOSIT", ["700001"]),
        (None, "WITHDRAWAL", ["700002"]),
    ],
)
def test_payouts_are_found(store: Store, query: str | None, kind: str | None, numbers: list[str]) -> None:
    nodes = store.data(PAYOUTS, query=query, type=kind)["shopifyPaymentsAccount"]["payouts"]["nodes"]
    assert [node["legacyResourceId"] for node in nodes] == numbers


def test_a_row_that_gets_its_payout_later_is_then_found_by_it(store: Store) -> None:
    row = dict(store.state.tables["ShopifyPaymentsBalanceTransaction"][gid("ShopifyPaymentsBalanceTransaction", 4)])
    row["associatedPayout"] = {"id": gid("ShopifyPaymentsPayout", 700002), "status": "PAID"}
    store.state.put("ShopifyPaymentsBalanceTransaction", row)
    nodes = store.data(ROWS, query="payments_transfer_id:700002")["shopifyPaymentsAccount"]["balanceTransactions"][
        "nodes"
    ]
    assert len(nodes) == 2
