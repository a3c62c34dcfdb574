"""Every stream against the simulated marketplace: whole, proved, and through everything that can go wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from auditor.connectors.base import Stream, Window
from auditor.errors import AuditorError, Incomplete, Rejected, RemoteError, Retriable
from auditor.sandbox.john_lewis.orders import Habits
from tests.connectors.john_lewis.shop import (
    NOW,
    Marketplace,
    cycle,
    given_back,
    line,
    money_line,
    offer,
    order,
    parcel,
    read,
    read_records,
)

OpenMarket = Callable[..., Marketplace]
SINCE = NOW - timedelta(hours=10)
LONG_AGO = NOW - timedelta(days=90)


def fill(market: Marketplace, *, orders: int = 0, offers: int = 0, lines: int = 0, parcels: int = 0) -> None:
    for number in range(orders):
        market.state.put_order(order(number))
    for number in range(offers):
        market.state.put_offer(offer(number), NOW - timedelta(hours=5))
    for number in range(lines):
        market.state.put_line(money_line(number))
    for number in range(parcels):
        market.state.put_shipment(parcel(number))
        market.state.put_return(given_back(number))


# -- whole ---


@pytest.mark.parametrize("count", [0, 1, 100, 101, 350])
def test_orders_are_the_ones_the_marketplace_holds(market: Marketplace, count: int) -> None:
    fill(market, orders=count)
    found = read(market.connector(), "orders", LONG_AGO)
    assert found.keys() == market.state.rows("orders").keys()
    assert market.state.limits.broken == 0


def test_a_hundred_orders_are_one_call_and_more_are_an_export(market: Marketplace) -> None:
    fill(market, orders=100)
    read(market.connector(), "orders", SINCE)
    assert (len(market.calls("/api/orders")), market.state.ordered) == (1, 0)
    fill(market, orders=120)
    read(market.connector(), "orders", SINCE)
    assert market.state.ordered == 1


def test_an_export_of_several_files_is_all_of_them(open_market: OpenMarket) -> None:
    market = open_market(largest_file=40)
    fill(market, orders=150, offers=90, lines=130)
    connector = market.connector()
    for stream, table in (("orders", "orders"), ("stock", "offers"), ("transactions", "lines")):
        assert read(connector, stream, LONG_AGO).keys() == market.state.rows(table).keys()
    assert len({request.url.path for request in market.transport.sent if "/exports/" in request.url.path}) == 4 + 3 + 4


def test_a_delta_brings_what_changed_and_repeats_do_no_harm(market: Marketplace) -> None:
    fill(market, orders=5)
    market.state.put_order(order(9, minutes_ago=60 * 24))
    assert set(read(market.connector(), "orders", SINCE)) == {f"JL-{number}-A" for number in range(5)}


@pytest.mark.parametrize("stream", ["shipments", "returns"])
def test_lists_that_seek_are_read_to_their_end(market: Marketplace, stream: str) -> None:
    fill(market, parcels=205)
    found = read(market.connector(), stream, SINCE)
    assert found.keys() == market.state.rows(stream).keys()
    assert market.state.limits.broken == 0


def test_transactions_of_a_long_window_come_from_an_export_once_a_day(
    market: Marketplace,
) -> None:
    fill(market, lines=30)
    connector = market.connector()
    assert read(connector, "transactions", SINCE).keys() == market.state.rows("lines").keys()
    assert market.state.ordered == 0
    assert read(connector, "transactions", LONG_AGO).keys() == market.state.rows("lines").keys()
    assert market.state.ordered == 1
    # The export is allowed once a day: the list has to do for the rest of it.
    assert read(connector, "transactions", LONG_AGO).keys() == market.state.rows("lines").keys()
    assert (market.state.ordered, market.state.limits.broken) == (1, 0)


def test_stock_is_all_offers_first_and_then_what_changed(market: Marketplace) -> None:
    fill(market, offers=7)
    connector = market.connector()
    assert len(read(connector, "stock")) == 7
    market.clock.advance(timedelta(hours=1))
    market.state.put_offer(offer(3, 1), market.clock.now())
    market.state.delete_offer("4", market.clock.now())
    changed = read(connector, "stock", market.clock.now() - timedelta(minutes=20))
    assert {key: (body["quantity"], body["deleted"]) for key, body in changed.items()} == {
        "3": (1, False),
        "4": (5, True),
    }
    assert market.state.limits.broken == 0


def test_a_first_load_that_is_repeated_on_the_same_day_brings_what_changed_since(market: Marketplace) -> None:
    fill(market, offers=3)
    connector = market.connector()
    read(connector, "stock")
    market.clock.advance(timedelta(hours=1))
    market.state.put_offer(offer(1, 99), market.clock.now())
    last = {record.key: record.body for record in read_records(connector, "stock")}
    assert b'"quantity":99' in last["1"]
    assert len(last) == 3
    assert market.state.limits.broken == 0


def test_another_process_on_the_same_day_reads_stock_from_the_list(market: Marketplace) -> None:
    fill(market, offers=3)
    read(market.connector(), "stock")
    assert {key: body["quantity"] for key, body in read(market.connector(), "stock").items()} == {
        "0": 5,
        "1": 5,
        "2": 5,
    }


@pytest.mark.parametrize("count", [0, 1, 250])
def test_listings_are_all_offers(market: Marketplace, count: int) -> None:
    fill(market, offers=count)
    assert read(market.connector(), "listings").keys() == market.state.rows("offers").keys()


def test_what_may_be_asked_for_once_a_day_is_remembered_until_tomorrow(market: Marketplace) -> None:
    market.state.put_cycle(cycle(1))
    connector = market.connector()
    for _ in range(3):
        assert set(read(connector, "payouts", LONG_AGO)) == {"cycle-1"}
        assert set(read(connector, "carriers")) == {"DPD", "Evri", "Royal Mail"}
        assert set(read(connector, "settings")) == {"platform", "order_taxes", "additional_fields"}
    assert len(market.calls("/api/seller-billing-cycles")) == len(market.calls("/api/shipping/carriers")) == 1
    market.state.put_cycle(cycle(2))
    market.clock.advance(timedelta(days=1))
    assert set(read(connector, "payouts", LONG_AGO)) == {"cycle-1", "cycle-2"}
    assert market.state.limits.broken == 0


def test_parcels_are_asked_for_only_where_an_order_may_have_several(open_market: OpenMarket) -> None:
    market = open_market(habits=Habits(multi_shipment=False))
    fill(market, parcels=2)
    connector = market.connector()
    assert read(connector, "shipments", SINCE) == {}
    assert market.calls("/api/shipments") == []
    market.state.put_order(order(1))
    assert read(connector, "orders", SINCE)["JL-1-A"]["_multi_shipment"] is False


def test_returns_are_asked_for_only_where_the_operator_has_them(open_market: OpenMarket) -> None:
    market = open_market(has_returns=False)
    fill(market, parcels=2)
    assert read(market.connector(), "returns", SINCE) == {}
    assert market.calls("/api/returns") == []


def test_the_tax_mode_is_pinned_in_lists_and_exports(market: Marketplace) -> None:
    fill(market, orders=101)
    read(market.connector(), "orders", SINCE)
    assert all(b"order_tax_mode=TAX_INCLUDED" in request.url.query for request in market.calls("/api/orders"))
    (export,) = market.calls("/api/orders/async-export")
    assert b'"order_tax_mode":"TAX_INCLUDED"' in export.content


# -- looked up ---


def test_orders_are_looked_up_a_hundred_at_a_time(market: Marketplace) -> None:
    fill(market, orders=130)
    connector = market.connector()
    orders = next(each for each in connector.streams if each.name == "orders")
    found = connector.look_up(orders, [*(f"JL-{number}-A" for number in range(130)), "JL-999-A"])
    assert len(found) == 130
    assert market.state.limits.broken == 0


def test_an_offer_that_is_gone_is_left_out_of_a_look_up(market: Marketplace) -> None:
    fill(market, offers=2)
    connector = market.connector()
    listings = next(each for each in connector.streams if each.name == "listings")
    assert [record.key for record in connector.look_up(listings, ["1", "77"])] == ["1"]


# -- while things change ---


def test_orders_that_change_while_they_are_exported_are_neither_lost_nor_the_end(market: Marketplace) -> None:
    fill(market, orders=150)

    def change(table: str, start: int) -> None:
        for number in (3, 50, 149):
            market.state.change_order(f"JL-{number}-A", market.clock.now())
        market.state.put_order(order(1000 + start, minutes_ago=0))

    market.state.on_page = change
    assert {f"JL-{number}-A" for number in range(150)} <= read(market.connector(), "orders", SINCE).keys()


def test_rows_that_change_while_pages_are_read_are_not_lost(market: Marketplace) -> None:
    fill(market, parcels=250)

    def change(table: str, start: int) -> None:
        body = market.state.tables.shipments["parcel-201"].read()
        market.state.put_shipment({**body, "last_updated_date": f"{market.clock.now().isoformat()}Z"})

    market.state.on_page = change
    assert len(read(market.connector(), "shipments", SINCE)) == 250


def test_offers_that_come_and_go_while_the_list_is_read_do_not_hide_others(market: Marketplace) -> None:
    fill(market, offers=250)
    gone = iter(["0", "1", "2", "3"])

    def change(table: str, start: int) -> None:
        with contextlib.suppress(StopIteration):
            market.state.delete_offer(next(gone), market.clock.now())

    market.state.on_page = change
    found = read(market.connector(), "listings")
    assert {str(number) for number in range(4, 250)} <= found.keys()


# -- what goes wrong ---


def test_a_lost_page_of_the_list_is_noticed(market: Marketplace) -> None:
    fill(market, orders=50)
    market.fail("lost_page", "GET /api/orders", times=None)
    with pytest.raises(Incomplete, match="counts 50 changed orders but shows 0"):
        read(market.connector(), "orders", SINCE)


def test_a_page_that_was_lost_once_is_read_again(market: Marketplace) -> None:
    fill(market, orders=50, parcels=250)
    market.fail("partial_data", "GET /api/orders")
    market.fail("lost_page", "GET /api/shipments", after=1)
    connector = market.connector()
    assert len(read(connector, "orders", SINCE)) == 50
    assert len(read(connector, "shipments", SINCE)) == 250


def test_a_lost_file_of_an_export_is_noticed(market: Marketplace) -> None:
    fill(market, orders=150)
    market.fail("lost_page", "GET file", times=None)
    with pytest.raises(Incomplete, match="the export holds 0"):
        read(market.connector(), "orders", SINCE)


@pytest.mark.parametrize(("stream", "match"), [("shipments", "GET /api/shipments"), ("returns", "GET /api/returns")])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_lost_page_of_a_list_that_seeks_is_noticed(market: Marketplace, stream: str, match: str, after: int) -> None:
    fill(market, parcels=250)
    market.fail("lost_page", match, after=after, times=None)
    with pytest.raises(Incomplete, match="a page was lost"):
        read(market.connector(), stream, SINCE)


def test_a_lost_page_of_offers_is_noticed(market: Marketplace) -> None:
    fill(market, offers=250)
    market.fail("lost_page", "GET /api/offers", after=1, times=None)
    with pytest.raises(Incomplete, match="counts 250 rows but shows 100"):
        read(market.connector(), "listings")


@pytest.mark.parametrize(
    ("stream", "match", "name"),
    [
        ("orders", "GET /api/orders", "order_state"),
        ("orders", "GET /api/orders", "commission_fee"),
        ("orders", "GET /api/orders", "cancelations"),
        ("shipments", "GET /api/shipments", "status"),
        ("returns", "GET /api/returns", "state"),
        ("listings", "GET /api/offers", "shop_sku"),
        ("stock", "GET file", "deleted"),
        ("transactions", "GET /api/sellerpayment", "payment_state"),
        ("payouts", "GET /api/seller-billing-cycles", "amount_transferred_to_seller"),
        ("carriers", "GET /api/shipping/carriers", "label"),
        ("settings", "GET /api/platform/configuration", "multi_shipment"),
    ],
)
def test_a_field_that_is_gone_makes_the_reading_incomplete(
    market: Marketplace, stream: str, match: str, name: str
) -> None:
    fill(market, orders=2, offers=2, lines=2, parcels=2)
    market.state.put_cycle(cycle(1))
    market.fail("fields_gone", match, times=None, names=[name])
    with pytest.raises(Incomplete, match=name):
        read(market.connector(), stream, SINCE if stream in ("orders", "transactions") else LONG_AGO)


def test_a_page_token_that_is_refused_ends_the_reading(market: Marketplace) -> None:
    fill(market, parcels=150)
    market.fail("server_error", "GET /api/shipments", after=1, status=400)
    with pytest.raises(Rejected):
        read(market.connector(), "shipments", SINCE)


@pytest.mark.parametrize("boundary", range(4))
def test_a_key_that_is_refused_at_any_page_leaves_nothing_half_read(market: Marketplace, boundary: int) -> None:
    fill(market, parcels=250)
    market.fail("session_expired", "GET /api/shipments", after=boundary)
    connector = market.connector()
    with pytest.raises(Rejected, match="does not accept the API key"):
        read(connector, "shipments", SINCE)
    assert len(read(connector, "shipments", SINCE)) == 250


@pytest.mark.parametrize("form", [None, "json"])
def test_a_body_that_is_cut_off_is_asked_for_again(market: Marketplace, form: str | None) -> None:
    fill(market, orders=150, offers=3)
    market.fail("truncated_body", "GET /api/orders", form=form)
    market.fail("truncated_body", "GET file", form=form)
    assert len(read(market.connector(), "orders", SINCE)) == 150


def test_a_storm_of_429_is_waited_through_as_it_asks(market: Marketplace) -> None:
    fill(market, parcels=250)
    market.fail("throttle", "GET /api/shipments", after=1, times=4, retry_after=17)
    started = market.clock.monotonic()
    assert len(read(market.connector(), "shipments", SINCE)) == 250
    assert market.clock.monotonic() - started >= 4 * 17


def test_a_burst_of_server_errors_is_waited_through(market: Marketplace) -> None:
    fill(market, orders=150)
    for kind in ("server_error", "bad_gateway_html", "closed_connection"):
        market.fail(kind, "", after=2)
    assert len(read(market.connector(), "orders", SINCE)) == 150
    assert market.state.limits.broken == 0


@pytest.mark.parametrize("status", ["FAILED", "CANCELED"])
def test_an_export_that_fails_is_no_reading(market: Marketplace, status: str) -> None:
    fill(market, orders=150)
    market.state.exports_end_as = status
    with pytest.raises(Incomplete, match=f"ended as {status}"):
        read(market.connector(), "orders", SINCE)


def test_an_export_that_is_never_made_is_given_up(market: Marketplace) -> None:
    fill(market, orders=150)
    market.state.export_seconds = 10**9
    with pytest.raises(Incomplete, match="within two hours"):
        read(market.connector(), "orders", SINCE)


def test_a_store_that_does_not_answer_is_an_error_and_not_an_empty_shop(market: Marketplace) -> None:
    market.fail("closed_connection", "", times=None)
    with pytest.raises(RemoteError):
        read(market.connector(), "orders", SINCE)


def test_what_was_asked_for_today_is_not_asked_for_again_by_another_process(market: Marketplace) -> None:
    market.state.put_cycle(cycle(1))
    read(market.connector(), "payouts", LONG_AGO)
    with pytest.raises(Rejected, match="once a day"):
        read(market.connector(), "payouts", LONG_AGO)
    assert len(market.calls("/api/seller-billing-cycles")) == 2


def test_a_daily_reading_that_failed_may_be_repeated_the_same_day(market: Marketplace) -> None:
    market.state.put_cycle(cycle(1))
    market.fail("server_error", "GET /api/seller-billing-cycles", times=5)
    connector = market.connector()
    with pytest.raises(Retriable):
        read(connector, "payouts", LONG_AGO)
    assert set(read(connector, "payouts", LONG_AGO)) == {"cycle-1"}
    assert market.state.limits.broken == 0


# -- what is kept ---


def test_nothing_that_identifies_a_customer_is_kept(market: Marketplace) -> None:
    person = {"firstname": "Ann", "lastname": "Customer", "phone": "07700"}
    address = {**person, "street_1": "1 Harbour St", "country_iso_code": "GBR"}
    body = order(
        1,
        line(1, "1.00", order_line_additional_fields=[{"code": "engraving", "type": "STRING", "value": "For Ann"}]),
        customer={**person, "billing_address": address, "shipping_address": address},
        customer_notification_email="ann@example.com",
        order_additional_fields=[
            {"code": "customer-number", "type": "STRING", "value": "W1"},
            {"code": "gift-message", "type": "STRING", "value": "Dear Ann"},
        ],
    )
    market.state.put_order(body)
    market.state.put_return(given_back(1))
    connector = market.connector(order_number_field="customer-number")
    texts = [record.body for name in ("orders", "returns") for record in read_records(connector, name, SINCE)]
    for secret in (b"Ann", b"Customer", b"Harbour", b"07700", b"example.com", b"Mill Lane"):
        assert all(secret not in text for text in texts)
    assert read(market.connector(order_number_field="customer-number"), "orders", SINCE)["JL-1-A"]["customer"] == {
        "shipping_address": {"country_iso_code": "GBR"}
    }
    assert b'"value":"W1"' in texts[0]


def test_fields_nobody_knows_and_numbers_stay_as_they_came(market: Marketplace) -> None:
    market.state.put_order(order(1, eco_bonus=Decimal("0.10000000000000000001"), order_state="TELEPORTED"))
    (record,) = read_records(market.connector(), "orders", SINCE)
    assert b'"eco_bonus":0.10000000000000000001' in record.body
    assert b'"order_state":"TELEPORTED"' in record.body


def test_a_record_has_the_same_bytes_by_list_and_by_export(market: Marketplace) -> None:
    fill(market, orders=150)
    connector = market.connector()
    exported = {record.key: record.body for record in read_records(connector, "orders", SINCE)}
    orders = next(each for each in connector.streams if each.name == "orders")
    (listed,) = connector.look_up(orders, ["JL-7-A"])
    assert listed.body == exported["JL-7-A"]


def test_there_is_no_other_stream(market: Marketplace) -> None:
    with pytest.raises(AuditorError, match="there is no stream 'gossip'"):
        list(market.connector().read(Stream("gossip", (), timedelta(1)), Window(None, NOW)))
