"""Orders and what hangs on them, read from a shop that keeps state.

The pitfalls of the API, and where each is tested:

| pitfall | test |
|---|---|
| 1 money is text with any number of decimals | test_shape_orders: money with many decimals keeps them |
| 2 two currencies side by side | test_shape_orders: the totals of an order in both currencies |
| 3 older orders are absent without `read_all_orders` | test_diagnose: without the scope for all orders … |
| 4 test and unconfirmed orders | test_shape_orders: the state of an order (marked; checks leave them out) |
| 5 a refund is money that moved | test_shape_refunds: pending, failed, exchange, units removed without money |
| 6 edited orders | test_shape_orders: a line removed by an edit stays with nothing left |
| 7 refund discrepancies | test_shape_refunds: an adjustment has the sign … |
| 8 stock by location, untracked, bundles | test_shape_others: stock by state …; test_read_stock |
| 9 rows learn their payout later, new words come | test_read_payments; test_shape_others: kinds of rows |
| 10 writes are sent once | test_client: a write is sent once |
| 11 unquoted times, misread searches, overlap | here: only the window is read …; a search that is ignored …; 48 hours |
| 12 webhooks get lost | nothing depends on one: every stream is read by polling |
| 13 HTTP 200 is no success | test_client: holes, THROTTLED, ACCESS_DENIED |
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from auditor.clock import FixedClock, iso
from auditor.connectors.base import Window
from auditor.connectors.shopify import ShopifyConnector, documents
from auditor.connectors.shopify.changes import Span, changed_twice_listed
from auditor.errors import Incomplete, Rejected
from tests.connectors.shopify.bodies import bag, gid, shipping, transaction
from tests.connectors.shopify.fake import FakeShopify
from tests.connectors.shopify.shaping import NOW
from tests.connectors.shopify.shop import bodies, connect, given_back, parcel, read, sale, sent_back, stream, work

# More than are worth reading one by one.
MANY = 60
VERY_MANY = 510


def test_an_order_comes_with_everything_that_money_needs(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [sale(501)]
    (record,) = read(connector, "orders")
    body = bodies([record])[gid("Order", 501)]
    assert [entry["sku"] for entry in body["lineItems"]] == ["A-0"]
    assert body["totalPriceSet"] == bag("19.99")
    assert [entry["kind"] for entry in body["transactions"]] == ["SALE"]
    assert len(body["shippingLines"]) == 1


def test_only_the_window_is_read_to_the_second(shop: FakeShopify, connector: ShopifyConnector) -> None:
    """An unquoted time would be compared by the day, and everything of today would come."""
    shop.orders = [sale(501, minutes_ago=90), sale(502, minutes_ago=60), sale(503, minutes_ago=30)]
    found = read(connector, "orders", NOW - timedelta(minutes=60), NOW - timedelta(minutes=30))
    assert [record.key for record in found] == [gid("Order", 502)]


def test_a_search_that_is_ignored_still_gives_only_the_window(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [sale(501, minutes_ago=90), sale(502, minutes_ago=60)]
    shop.ignores_search = True
    assert [record.key for record in read(connector, "orders", NOW - timedelta(hours=1))] == [gid("Order", 502)]


def test_long_orders_are_read_to_their_last_line(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [
        sale(
            501,
            lines=130,
            shippingLines=[shipping(number, "1.0") for number in range(1, 6)],
            transactions=[transaction(number, "SALE", "SUCCESS", "1.00") for number in range(1, 9)],
        )
    ]
    (body,) = bodies(read(connector, "orders")).values()
    assert len(body["lineItems"]) == 130
    assert len({entry["id"] for entry in body["lineItems"]}) == 130
    assert len(body["shippingLines"]) == 5
    assert len(body["transactions"]) == 8


def test_transactions_that_do_not_come_make_the_read_incomplete(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [sale(501, transactionsCount={"count": 9})]
    with pytest.raises(Incomplete, match="501 has 9 transactions, but 1 came"):
        read(connector, "orders")


def test_many_changes_are_read_in_bulk_and_few_are_not(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [sale(number) for number in range(1, MANY)]
    assert len(read(connector, "orders")) == MANY - 1
    assert shop.count("BulkStart") == 1
    assert shop.count("AuditOrders") == 0
    shop.orders = shop.orders[:5]
    assert len(read(connector, "orders")) == 5
    assert shop.count("BulkStart") == 1


def test_a_record_is_the_same_bytes_whichever_road_it_came_along(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    """Otherwise each record would get a second version as soon as it changes road."""
    shop.orders = [sale(number, lines=number % 15) for number in range(1, MANY)]
    in_bulk = {record.key: record.body for record in read(connector, "orders")}
    one_by_one = connector.look_up(stream(connector, "orders"), list(in_bulk))
    assert {record.key: record.body for record in one_by_one} == in_bulk


def test_an_empty_window_is_complete(shop: FakeShopify, connector: ShopifyConnector) -> None:
    for name in ("orders", "refunds", "fulfilments", "fulfilment_orders"):
        assert read(connector, name) == []


def test_a_lost_page_is_noticed_by_the_count(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [sale(number, refunds=[given_back(number, number)]) for number in range(1, MANY)]
    shop.lose = {("AuditChangedRefunds", 0)}
    with pytest.raises(Incomplete, match=r"counts 59 changed orders but lists 21; a page was lost"):
        read(connector, "refunds")


def test_an_order_that_changes_during_the_walk_is_no_lost_page(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [sale(501), sale(502)]
    counts = shop.operations

    def leave(_: httpx.Request) -> None:
        if counts.count("AuditOrdersCount") == 1:
            shop.orders[1]["updatedAt"] = iso(NOW + timedelta(seconds=5))

    shop.answers = [leave] * 10
    assert [record.key for record in read(connector, "orders")] == [gid("Order", 501)]


def test_only_as_many_are_asked_for_as_are_counted(shop: FakeShopify, connector: ShopifyConnector) -> None:
    """What is asked for is reserved in the bucket: pages of 250 for three changes would make the next calls wait."""
    shop.orders = [sale(number, refunds=[given_back(number, number)]) for number in range(1, 4)]
    for name in ("orders", "refunds", "fulfilments"):
        read(connector, name)
    asked = dict(zip(shop.operations, shop.variables, strict=True))
    changed = ("AuditChangedOrders", "AuditChangedRefunds", "AuditChangedFulfilments")
    assert [asked[name]["first"] for name in changed] == [4, 4, 4]
    assert shop.count("AuditOrdersCount") == 3


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_lost_page_of_lines_is_noticed(shop: FakeShopify, connector: ShopifyConnector, lost: int) -> None:
    shop.orders = [sale(501, lines=130)]
    shop.lose = {("AuditOrderLines", lost)}
    with pytest.raises(Incomplete, match="announced more lineItems, but they did not come"):
        read(connector, "orders")


def test_an_order_that_goes_while_its_lines_are_read_is_incomplete(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.orders = [sale(501, lines=130)]

    def leave(_: httpx.Request) -> None:
        if shop.count("AuditOrderLines") == 1:
            shop.forgotten = {gid("Order", 501)}

    shop.answers = [leave] * 10
    with pytest.raises(Incomplete, match="what AuditOrderLines lists was gone before its end"):
        read(connector, "orders")


# Records that were just listed ----------------------------------------------------------------------------------------

LISTED = [
    ("orders", "AuditChangedOrders", "Order"),
    ("fulfilment_orders", "AuditChangedFulfilmentOrders", "FulfillmentOrder"),
]


@pytest.fixture
def two(shop: FakeShopify) -> None:
    shop.orders = [sale(501), sale(502)]
    shop.fulfillmentOrders = [work(501, 501), work(502, 502)]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(("name", "listing", "kind"), LISTED)
def test_a_record_that_is_listed_and_does_not_come_is_incomplete(
    shop: FakeShopify, connector: ShopifyConnector, name: str, listing: str, kind: str
) -> None:
    shop.forgotten = {gid(kind, 502)}
    with pytest.raises(Incomplete, match=f"lists {gid(kind, 502)} as changed but does not give it"):
        read(connector, name)
    assert shop.count(listing) == (2 if name == "orders" else 4)


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(("name", "listing", "kind"), LISTED)
def test_a_record_that_went_between_listing_and_reading_is_left_out(
    shop: FakeShopify, connector: ShopifyConnector, name: str, listing: str, kind: str
) -> None:
    def leave(request: httpx.Request) -> None:
        if b'"ids"' in request.content:
            shop.orders, shop.fulfillmentOrders = shop.orders[:1], shop.fulfillmentOrders[:1]

    shop.answers = [leave] * 10
    assert [record.key for record in read(connector, name)] == [gid(kind, 501)]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(("name", "listing", "kind"), LISTED)
def test_a_record_that_comes_at_the_second_look_is_read(
    shop: FakeShopify, connector: ShopifyConnector, name: str, listing: str, kind: str
) -> None:
    def forget_once(request: httpx.Request) -> None:
        shop.forgotten = {gid(kind, 502)} if b'"ids"' in request.content and not reads else set()
        reads.extend([1] if b'"ids"' in request.content else [])

    reads: list[int] = []
    shop.answers = [forget_once] * 12
    assert {record.key for record in read(connector, name)} == {gid(kind, 501), gid(kind, 502)}
    assert len(reads) == 2


def test_a_page_that_promises_more_without_saying_where_is_incomplete(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.orders = [sale(501)]
    empty = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}

    def broken(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": {"orders": empty}})

    shop.answers = [lambda _: None, broken]  # the second call is the list
    with pytest.raises(Incomplete, match="more follows, but not where"):
        read(connector, "orders")


def test_the_first_read_of_a_day_begins_48_hours_earlier(shop: FakeShopify, connector: ShopifyConnector) -> None:
    """What the index brought late is found on the next day at the latest."""
    shop.orders = [sale(501, minutes_ago=47 * 60 + 12 * 60)]
    midnight = NOW - timedelta(hours=12)
    late = [record.key for record in read(connector, "orders", midnight - timedelta(minutes=20), NOW)]
    assert late == [gid("Order", 501)]
    assert read(connector, "orders", midnight + timedelta(minutes=20), NOW) == []


def test_open_keys_are_read_again_though_nothing_changed(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [sale(501, minutes_ago=60), sale(502, minutes_ago=9_000)]
    window = Window(NOW - timedelta(hours=2), NOW, frozenset({gid("Order", 501), gid("Order", 502), gid("Order", 9)}))
    pages = list(connector.read(stream(connector, "orders"), window))
    assert [record.key for page in pages for record in page] == [gid("Order", 501), gid("Order", 502)]


# Refunds --------------------------------------------------------------------------------------------------------------


def test_refunds_come_by_order_with_all_their_parts(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [
        sale(501, refunds=[given_back(9, 501), given_back(8, 501, lines=12)], returns=[sent_back(4, exchanged=True)]),
        sale(502),
    ]
    (body,) = bodies(read(connector, "refunds")).values()
    assert [entry["id"] for entry in body["refunds"]] == [gid("Refund", 8), gid("Refund", 9)]
    assert [len(entry["refundLineItems"]) for entry in body["refunds"]] == [12, 1]
    assert body["returns"] == [
        {
            "id": gid("Return", 4),
            "status": "OPEN",
            "createdAt": "2026-11-20T10:00:00Z",
            "closedAt": None,
            "totalQuantity": 1,
            "hasExchange": True,
        }
    ]


def test_refunds_are_the_same_bytes_whichever_road_they_came_along(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.orders = [
        sale(
            number,
            refunds=[given_back(number, number)] if number % 9 == 0 else [],
            returns=[sent_back(place, place % 2 == 0) for place in range(1, number % 8)] if number % 7 == 0 else [],
        )
        for number in range(1, VERY_MANY)
    ]
    in_bulk = {record.key: record.body for record in read(connector, "refunds")}
    assert shop.count("BulkStart") == 1
    one_by_one = connector.look_up(stream(connector, "refunds"), list(in_bulk))
    assert {record.key: record.body for record in one_by_one} == in_bulk
    assert len(in_bulk) > 100


def test_a_change_of_the_order_alone_is_no_new_version_of_its_refunds(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.orders = [sale(501, refunds=[given_back(9, 501)])]
    before = read(connector, "refunds")
    shop.orders[0]["updatedAt"] = iso(NOW - timedelta(minutes=1))
    assert read(connector, "refunds") == before


def test_without_the_scope_for_returns_refunds_are_read_all_the_same(
    shop: FakeShopify, clock: FixedClock, tmp_path: Path
) -> None:
    shop.scopes = tuple(scope for scope in shop.scopes if scope != "read_returns")
    shop.orders = [sale(501, refunds=[given_back(9, 501)])]
    (body,) = bodies(read(connect(shop, clock, tmp_path), "refunds")).values()
    assert body["returns"] is None
    assert len(body["refunds"]) == 1


def test_a_refund_that_its_order_names_must_be_there(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [sale(501, refunds=[given_back(9, 501)])]
    shop.forgotten = {gid("Refund", 9)}
    with pytest.raises(Incomplete, match="AuditRefunds does not give gid://shopify/Refund/9"):
        read(connector, "refunds")


# Parcels and the work to ship -----------------------------------------------------------------------------------------


def test_parcels_come_by_order_with_their_lines(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.orders = [sale(501, fulfillments=[parcel(8, 501, lines=14), parcel(7, 501)]), sale(502)]
    (body,) = bodies(read(connector, "fulfilments")).values()
    assert [entry["id"] for entry in body["fulfillments"]] == [gid("Fulfillment", 7), gid("Fulfillment", 8)]
    assert [len(entry["fulfillmentLineItems"]) for entry in body["fulfillments"]] == [1, 14]


def test_an_order_that_lists_fewer_parcels_than_it_has_is_incomplete(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.orders = [sale(501, fulfillments=[parcel(7, 501)], fulfillmentsCount={"count": 2})]
    with pytest.raises(Incomplete, match="501 has 2 parcels, but lists 1"):
        read(connector, "fulfilments")


def test_parcels_in_bulk_are_the_same_bytes_and_those_not_shown_are_asked_for(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    """Parcels hang on fulfilment orders; one order's are hidden from the app, another's stands on two of them."""
    shop.orders = [
        sale(number, fulfillments=[parcel(number, number, lines=11 if number % 99 == 0 else 1)])
        for number in range(1, VERY_MANY)
    ]
    shop.fulfillmentOrders = [
        work(place, place, parcels=shop.orders[place - 1]["fulfillments"]) for place in range(2, VERY_MANY)
    ] + [work(9_999, 2, parcels=shop.orders[1]["fulfillments"])]
    in_bulk = {record.key: record.body for record in read(connector, "fulfilments")}
    assert shop.count("BulkStart") == 2
    assert shop.count("AuditFulfilments") == 1
    one_by_one = connector.look_up(stream(connector, "fulfilments"), list(in_bulk))
    assert {record.key: record.body for record in one_by_one} == in_bulk
    assert len(in_bulk) == VERY_MANY - 1


def test_fulfilment_orders_follow_their_own_time(shop: FakeShopify, connector: ShopifyConnector) -> None:
    """They change without a change of their order."""
    shop.orders = [sale(501, minutes_ago=9_000)]
    shop.fulfillmentOrders = [work(81, 501, minutes_ago=5, lines=12), work(82, 501, minutes_ago=9_000)]
    found = bodies(read(connector, "fulfilment_orders"))
    assert list(found) == [gid("FulfillmentOrder", 81)]
    assert len(found[gid("FulfillmentOrder", 81)]["lineItems"]) == 12


def test_fulfilment_orders_are_the_same_bytes_whichever_road_they_came_along(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.orders = [sale(number) for number in range(1, VERY_MANY)]
    shop.fulfillmentOrders = [work(place, place, lines=place % 13) for place in range(1, 40)]
    in_bulk = {record.key: record.body for record in read(connector, "fulfilment_orders")}
    assert shop.count("BulkStart") == 1
    shop.orders = []
    assert {record.key: record.body for record in read(connector, "fulfilment_orders")} == in_bulk
    assert shop.count("BulkStart") == 1


def test_a_lost_page_of_fulfilment_orders_is_noticed_by_reading_backwards(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.fulfillmentOrders = [work(place, place) for place in range(1, 300)]
    shop.lose = {("AuditChangedFulfilmentOrders", 0)}
    with pytest.raises(Incomplete, match="read backwards shows 276 records more; a page was lost"):
        read(connector, "fulfilment_orders")


def test_a_list_that_is_longer_than_one_list_may_be_is_read_in_stretches(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    count = 1_100
    start = NOW - timedelta(seconds=count)
    shop.fulfillmentOrders = [
        {"id": gid("FulfillmentOrder", place), "updatedAt": iso(start + timedelta(seconds=place))}
        for place in range(count)
    ]
    span = Span(start, NOW)
    found = changed_twice_listed(
        connector.client, documents.CHANGED_FULFILMENT_ORDERS, ("fulfillmentOrders",), span, ceiling=800
    )
    assert len(found) == count
    # The window once, and what was left of it in each direction.
    assert len({entry["query"] for entry in shop.variables}) == 3


def test_more_changes_in_one_second_than_a_list_holds_cannot_be_read(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.fulfillmentOrders = [
        {"id": gid("FulfillmentOrder", place), "updatedAt": iso(NOW - timedelta(seconds=9))} for place in range(900)
    ]
    span = Span(NOW - timedelta(minutes=1), NOW)
    with pytest.raises(Incomplete, match="within one second"):
        changed_twice_listed(
            connector.client, documents.CHANGED_FULFILMENT_ORDERS, ("fulfillmentOrders",), span, ceiling=800
        )


def test_without_a_scope_for_fulfilment_orders_they_are_refused_by_name(
    shop: FakeShopify, clock: FixedClock, tmp_path: Path
) -> None:
    """Shopify would answer with an empty list, as if there were none."""
    shop.scopes = ("read_orders",)
    with pytest.raises(Rejected, match="read_merchant_managed_fulfillment_orders"):
        read(connect(shop, clock, tmp_path), "fulfilment_orders")
