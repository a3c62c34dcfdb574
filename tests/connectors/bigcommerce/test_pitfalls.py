"""Every pitfall of the platform, one sentence each."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from auditor.errors import Incomplete
from tests.connectors.bigcommerce.shaping import shaped
from tests.connectors.bigcommerce.store import NOW, Store, give_back, line, sale, sales


def body_of(store: Store, stream: str, key: str = "100001") -> Any:
    return next(msgspec.json.decode(record.body) for record in store.read(stream) if record.key == key)


def test_refunds_come_from_their_own_list_because_the_order_always_says_nothing_was_given_back(store: Store) -> None:
    made = sale(100_001, line(1, 3))
    give_back(made)
    store.put(made)
    assert body_of(store, "orders")["refunded_amount"] == "0.0000"
    tables = shaped(store, "orders", "refunds")
    assert tables["sales_order"][0]["refunded"] is None
    assert tables["sales_order_line"][0]["current_quantity"] == 2
    assert tables["refund"][0]["total"] == Decimal("19.99")


def test_an_order_of_more_than_fifty_lines_is_read_to_its_end(store: Store) -> None:
    store.put(sale(100_001, *(line(number) for number in range(1, 261))))
    assert len(body_of(store, "orders")["lines"]) == 260
    assert store.paths().count("v2/orders/100001/products") == 2
    assert body_of(store, "shipments")["shipments"] == []


def test_lines_that_do_not_come_with_their_order_are_asked_for(store: Store) -> None:
    """Nobody promises that `include` is obeyed."""
    store.put(sale(100_001, line(1), line(2)), sale(100_002))
    original = store.transport.handle_request

    def without_include(request: httpx.Request) -> httpx.Response:
        url = request.url.copy_remove_param("include")
        return original(httpx.Request(request.method, url, headers=request.headers))

    with_include = body_of(store, "orders")
    store.transport.handle_request = without_include  # type: ignore[method-assign]  # the store ignores an option
    without = body_of(store, "orders")
    assert without["lines"] == with_include["lines"]
    assert without["fees"] == with_include["fees"]
    assert without["delivery"][0]["country_iso2"] == "GB"


def test_a_list_past_its_end_has_no_body(store: Store) -> None:
    assert store.read("orders") == store.read("shipments") == store.read("transactions") == []
    assert {response.status_code for _, response in store.transport.answered} == {200, 204}


def test_amounts_keep_the_digits_they_came_with(store: Store) -> None:
    made = sale(100_001, line(1, price="19.99"))
    give_back(made)
    store.put(made)
    assert body_of(store, "orders")["lines"][0]["total_ex_tax"] == "16.6583"
    assert body_of(store, "refunds", "880001")["total_amount"] == "19.99"
    assert body_of(store, "transactions")["transactions"][0]["amount"] == "23.94"


def test_orders_whose_payment_page_was_left_are_not_kept(store: Store) -> None:
    store.put(*sales(3))
    store.change(100_002, status_id=0, status="Incomplete")
    for stream in ("orders", "transactions", "shipments"):
        assert store.keys(stream) == ["100001", "100003"]
        one = next(each for each in store.connector.streams if each.name == stream)
        assert store.connector.look_up(one, ["100002"]) == []


def test_a_stated_offset_is_sent_encoded_so_that_the_plus_is_not_a_blank(store: Store) -> None:
    store.read("orders")
    store.read("refunds")
    asked = [request.url.query for request in store.transport.sent]
    assert any(b"min_date_modified=2026-08-22T12:00:00%2B00:00" in query for query in asked)
    assert any(b"created:max=2026-11-20T12:00:00%2B00:00" in query for query in asked)


def test_a_count_that_ignores_its_filters_is_noticed_and_the_list_is_walked_from_both_ends(store: Store) -> None:
    store.put(*sales(20, days_ago=3))
    store.state.counts_by_filter = False
    store.clock.advance(timedelta(hours=1))
    store.change(100_004, status_id=9)
    assert store.keys("orders", NOW + timedelta(minutes=20)) == ["100004"]
    store.change(100_005, status_id=9)
    store.change(100_006, status_id=9)
    store.fail("lost_page", "GET /v2/orders", times=2)
    assert store.keys("orders", NOW + timedelta(minutes=20)) == ["100004", "100005", "100006"]


def test_archived_orders_that_are_counted_but_not_listed_do_not_make_the_read_fail(store: Store) -> None:
    """Nobody says whether the count holds them; a list shows them only when it is asked to."""
    store.put(*sales(20))
    store.change(100_007, is_deleted=True)
    original = store.transport.handle_request

    def counting_all(request: httpx.Request) -> httpx.Response:
        response = original(request)
        if request.url.path.endswith("/count") and "2026-08" in request.url.params.get("min_date_modified", ""):
            return httpx.Response(200, json={"count": 20, "statuses": []})
        return response

    store.transport.handle_request = counting_all  # type: ignore[method-assign]  # the count of another store
    assert len(store.keys("orders")) == 19
    store.fail("lost_page", "GET /v2/orders", times=None)
    with pytest.raises(Incomplete, match="BigCommerce counts 20 orders but lists"):
        store.read("orders")


def test_an_order_in_the_middle_of_two_pages_is_read_whether_or_not_the_bound_is_included(store: Store) -> None:
    store.put(*sales(252, taxed=False))
    original = store.transport.handle_request

    def exclusive(request: httpx.Request) -> httpx.Response:
        bound = request.url.params.get("min_id")
        if bound is None:
            return original(request)
        url = request.url.copy_set_param("min_id", str(int(bound) + 1))
        return original(httpx.Request("GET", url, headers=request.headers))

    assert len(store.keys("orders")) == 252
    store.transport.handle_request = exclusive  # type: ignore[method-assign]  # another reading of min_id
    assert len(store.keys("orders")) == 252


def test_taxes_that_do_not_add_up_are_believed_when_they_are_told_twice_alike(store: Store) -> None:
    """With totals given by hand, or a tax service, the rows may be others than the header's sum."""
    store.put(sale(100_001))
    order = store.state.orders[100_001]
    order.taxes = [{**row, "class": "API Tax Override", "line_amount": "1.0000"} for row in order.taxes]
    assert len(body_of(store, "orders")["taxes"]) == 2
    assert store.paths().count("v2/orders/100001/taxes") == 2


def test_a_parcel_that_was_deleted_is_gone_although_the_order_still_says_shipped(store: Store) -> None:
    store.put(sale(100_001))
    store.ship(100_001, 7_000_001, "X1")
    assert len(body_of(store, "shipments")["shipments"]) == 1
    order = store.state.orders[100_001]
    order.shipments = []
    order.lines = [{**row, "quantity_shipped": 0} for row in order.lines]
    store.change(100_001, items_shipped=0)
    assert order.header["status_id"] == 2
    assert body_of(store, "shipments")["shipments"] == []


def test_parcels_are_not_asked_for_where_nothing_was_sent(store: Store) -> None:
    store.put(*sales(5))
    assert len(store.read("shipments")) == 5
    assert not [path for path in store.paths() if path.endswith("/shipments")]


def test_a_store_credit_that_has_no_transaction_is_a_payment_all_the_same(store: Store) -> None:
    store.put(sale(100_001))
    store.change(100_001, store_credit_amount="5.0000", gift_certificate_amount="2.5000")
    rows = shaped(store, "transactions")["sales_payment"]
    assert {(row["gateway"], row["amount"], row["kind"], row["status"]) for row in rows} == {
        ("stripe", Decimal("23.94"), "sale", "success"),
        ("store_credit", Decimal("5"), "sale", "success"),
        ("gift_card", Decimal("2.5"), "sale", "success"),
    }


def test_an_order_without_transactions_has_none(store: Store) -> None:
    """204, or 404 for an order that was just listed."""
    store.put(sale(100_001, paid=False))
    original = store.transport.handle_request

    def missing(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/transactions"):
            return httpx.Response(404, json={"status": 404, "title": "No transactions"})
        return original(request)

    assert body_of(store, "transactions")["transactions"] == []
    store.transport.handle_request = missing  # type: ignore[method-assign]  # another way to say it
    assert body_of(store, "transactions")["transactions"] == []


def test_stock_without_tracking_is_not_counted(store: Store) -> None:
    store.offer(2)
    store.state.products[1] = {**store.state.products[1], "inventory_tracking": "none"}
    rows = {row["inventory_item_id"]: row for row in shaped(store, "stock")["channel_stock"]}
    assert (rows["70001"]["is_tracked"], rows["70002"]["is_tracked"]) == (False, True)


def test_a_variant_has_the_sku_not_its_product(store: Store) -> None:
    store.offer(1)
    store.state.put_product(
        {**store.state.products[1], "id": 9, "sku": "SHIRT", "inventory_tracking": "variant"},
        [
            {**store.state.variants[70_001], "id": 91 + place, "product_id": 9, "sku": f"SHIRT-{size}", "price": None,
             "inventory_level": 3 + place, "option_values": [{"id": 1, "option_id": 1, "label": size,
             "option_display_name": "Size"}], "purchasing_disabled": size == "L"}
            for place, size in enumerate("SL")
        ],
    )  # fmt: skip
    rows = {row["sku"]: row for row in shaped(store, "listings")["listing"] if row["product_id"] == "9"}
    assert set(rows) == {"SHIRT-S", "SHIRT-L"}
    small, large = rows["SHIRT-S"], rows["SHIRT-L"]
    assert (small["title"], small["price"], small["available"]) == ("Mug no. 1 / S", Decimal("19.99"), 3)
    assert (small["is_active"], large["is_active"]) == (True, False)


PERSONAL = ("Shopper", "Quay Street", "LS1 4AP", "example.com", "0113 496", "192.0.2.7", "411111", "ring the bell",
            "GC9", "Pat", "West Yorkshire")  # fmt: skip


def test_nothing_about_a_person_is_kept(store: Store) -> None:
    store.offer(1)
    card = line(2, kind="gift_card", rate=Decimal(0))
    made = sale(100_001, line(1), card, gateway="gift_card")
    give_back(made)
    store.put(made, sale(100_002, line(3)))
    store.ship(100_001, 7_000_001, "X1")
    kept = b"".join(record.body for stream in store.connector.streams for record in store.read(stream.name)).decode()
    answered = b"".join(response.content for _, response in store.transport.answered).decode()
    for text in PERSONAL:
        assert text in answered, f"the test would not notice {text}"
        assert text not in kept
    assert '"country_iso2":"GB"' in kept
