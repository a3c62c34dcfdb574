"""Everything is read once, whatever changes or fails meanwhile; what cannot be read whole is not read at all."""

from __future__ import annotations

import json
from collections import deque
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.connectors.base import Window
from auditor.connectors.magento.reader import PAGES_WORTH_DIVIDING
from auditor.connectors.magento.throttle import CALLS_PER_SECOND
from auditor.errors import Incomplete, Rejected, Retriable
from tests.connectors.magento.bodies import ago, invoice, memo, order, product, shipment, track
from tests.sandbox.magento.served import NOW, SYSTEM, Shop

DELTA = Window(NOW - timedelta(minutes=90), NOW)


@pytest.fixture
def filled(shop: Shop) -> Shop:
    """Orders for two and a half pages; every second has an invoice, a memo and a shipment. Pages are small."""
    shop.state.page_limit = 10
    for number in range(1, 26):
        shop.state.put("orders", order(number, minutes_ago=number * 10))
        if number % 2 == 0:
            shop.state.put("invoices", invoice(500 + number, number, number * 10))
            shop.state.put("creditmemos", memo(600 + number, number, number * 10))
            shop.state.put("shipments", shipment(700 + number, number, number * 10 + 6000))
    return shop


@pytest.mark.parametrize(
    ("name", "kind"),
    [("orders", "orders"), ("invoices", "invoices"), ("refunds", "creditmemos"), ("shipments", "shipments")],
)
def test_a_first_load_is_what_the_shop_holds(filled: Shop, name: str, kind: Any) -> None:
    records = filled.read(name)
    assert [int(record.key) for record in records] == [body["entity_id"] for body in filled.state.records(kind)]
    for record, held in zip(records, filled.state.records(kind), strict=True):
        body = json.loads(record.body, parse_float=Decimal)
        document = body["document"] if name != "orders" else body
        for field, value in document.items():
            if not isinstance(value, dict | list):
                assert value == held[field], field


@pytest.mark.parametrize(("name", "expected"), [("orders", 9), ("invoices", 4), ("refunds", 4)])
def test_a_delta_is_what_changed_in_the_window(filled: Shop, name: str, expected: int) -> None:
    assert len(filled.keys(name, DELTA)) == expected


def test_times_are_asked_for_in_utc_without_a_zone(filled: Shop) -> None:
    filled.state.put("orders", order(900, 90))
    filled.state.put("orders", order(901, 90.02))
    assert "900" in filled.keys("orders", DELTA)
    assert "901" not in filled.keys("orders", DELTA)


def test_a_number_added_to_an_older_shipment_is_seen_although_its_time_stays(shop: Shop) -> None:
    shop.state.put("orders", order(1, 3000))
    shop.state.put("shipments", shipment(3, 1, 3000, tracks=[]))
    shop.state.put("shipments", shipment(4, 1, 9000, tracks=[]))
    (found,) = shop.read("shipments", DELTA)
    assert (found.key, json.loads(found.body)["document"]["tracks"]) == ("3", [])
    shop.state.put("shipments", shipment(3, 1, 3000, tracks=[track(9, 3, 1)]))
    assert json.loads(shop.read("shipments", DELTA)[0].body)["document"]["tracks"][0]["track_number"] == "JD 0002-123"


def test_orders_that_come_change_and_go_while_pages_are_read_are_neither_lost_nor_doubled(filled: Shop) -> None:
    calls = 0

    def change() -> None:
        nonlocal calls
        calls += 1
        filled.state.put("orders", order(1000 + calls, 0))  # placed just now
        filled.state.put("orders", order(calls * 3, 0, state="complete"))  # changed just now
        filled.state.remove("orders", 26 - calls)

    filled.state.after_each = change
    keys = [int(key) for key in filled.keys("orders")]
    assert calls >= 3
    assert len(keys) == len(set(keys))
    assert set(keys) >= set(range(1, 20))
    filled.state.after_each = None
    assert set(map(int, filled.keys("orders", Window(NOW - timedelta(minutes=10), NOW)))) >= {1001, 1002, 3, 6}


def test_page_numbers_are_never_used_because_the_last_page_comes_for_ever(filled: Shop) -> None:
    filled.keys("orders")
    assert all(
        "currentPage" in call.path for call in filled.connector.calls() if call.path.startswith("/rest/all/V1/orders")
    )
    assert len(filled.keys("orders")) == 25


def test_a_long_list_is_divided_among_threads_and_stays_whole(shop: Shop) -> None:
    shop.state.page_limit = 5
    count = PAGES_WORTH_DIVIDING * 5 + 11
    for number in range(1, count + 1):
        shop.state.put("products", product(number * 3))
    keys = [int(key) for key in shop.keys("listings")]
    assert sorted(keys) == [number * 3 for number in range(1, count + 1)]


def test_the_same_bytes_come_when_a_record_is_looked_up(filled: Shop) -> None:
    for name in ("orders", "invoices", "refunds", "shipments", "listings", "settings", "stocks"):
        stream = next(one for one in filled.connector.streams if one.name == name)
        listed = filled.read(name)
        assert list(filled.connector.look_up(stream, [record.key for record in listed])) == listed
        assert filled.connector.look_up(stream, ["987654"]) == []


def test_keys_that_must_be_read_again_are_read_although_they_did_not_change(filled: Shop) -> None:
    window = Window(NOW - timedelta(minutes=5), NOW, frozenset({"20", "2"}))
    assert sorted(map(int, filled.keys("orders", window))) == [2, 20]


# What passes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("slow", {"seconds": 3}),
        ("throttle", {"times": 3}),
        ("throttle", {"times": 2, "retry_after": 45}),
        ("bad_gateway_html", {"times": 2}),
        ("truncated_body", {}),
        ("truncated_body", {"form": "json"}),
        ("closed_connection", {}),
        ("server_error", {"times": 3, "status": 503}),
        ("lost_page", {}),
        ("partial_data", {}),
        ("session_expired", {}),
    ],
)
@pytest.mark.parametrize("after", [1, 3])
def test_what_passes_is_waited_out(filled: Shop, kind: Any, detail: dict[str, Any], after: int) -> None:
    filled.failures.inject(kind, system=SYSTEM, match="GET /V1/orders", after=after, **detail)
    assert len(filled.keys("orders")) == 25
    assert filled.failures.happened() >= 1


def test_a_shop_that_is_busy_is_left_alone_as_long_as_it_asks(filled: Shop) -> None:
    filled.failures.inject("throttle", system=SYSTEM, match="GET /V1/orders", retry_after=45)
    before = filled.clock.monotonic()
    filled.keys("orders")
    assert filled.clock.monotonic() - before >= 45


@pytest.mark.parametrize("boundary", range(5))
def test_a_token_that_expires_at_a_page_is_renewed_and_nothing_is_read_twice(filled: Shop, boundary: int) -> None:
    connector = filled.connect(("username", "password"))
    filled.failures.inject("session_expired", system=SYSTEM, match="GET /V1/orders", after=boundary)
    keys = filled.keys("orders", connector=connector)
    assert [int(key) for key in keys] == list(range(1, 26))
    logins = [call for call in connector.calls() if call.path.endswith("/integration/admin/token")]
    assert len(logins) == 1 + filled.failures.happened("session_expired")


def test_smaller_pages_are_read_where_the_shop_allows_no_larger(filled: Shop) -> None:
    assert len(filled.keys("orders")) == 25
    filled.state.page_limit = 4
    assert len(filled.keys("orders")) == 25
    assert len(filled.keys("refunds")) == 12


def test_never_more_calls_begin_within_a_second_than_we_allow_ourselves(shop: Shop) -> None:
    shop.state.page_limit = 1
    for number in range(1, 61):
        shop.state.put("orders", order(number))
    shop.keys("orders")
    begun = deque(call.at for call in shop.connector.calls())
    assert len(begun) > CALLS_PER_SECOND
    for place in range(len(begun) - CALLS_PER_SECOND):
        assert begun[place + CALLS_PER_SECOND] - begun[place] >= timedelta(seconds=1)


# What does not pass ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("orders", "GET /V1/orders"),
        ("invoices", "GET /V1/invoices"),
        ("refunds", "GET /V1/creditmemos"),
        ("shipments", "GET /V1/shipments"),
        ("refunds", "GET /V1/orders"),
    ],
)
@pytest.mark.parametrize("kind", ["lost_page", "partial_data"])
def test_a_page_that_stays_lost_makes_the_read_incomplete(filled: Shop, name: str, match: str, kind: Any) -> None:
    filled.failures.inject(kind, system=SYSTEM, match=match, times=None)
    with pytest.raises(Incomplete, match=r"Magento (counts|does not give)"):
        filled.read(name)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("orders", "base_grand_total"),
        ("orders", "updated_at"),
        ("orders", "items"),
        ("orders", "base_row_total"),
        ("orders", "total_count"),
        ("invoices", "state"),
        ("refunds", "base_tax_amount"),
        ("refunds", "order_item_id"),
        ("refunds", "product_type"),
        ("shipments", "tracks"),
        ("shipments", "order_id"),
    ],
)
def test_a_field_that_is_gone_makes_the_read_incomplete(filled: Shop, name: str, field: str) -> None:
    filled.failures.inject("fields_gone", system=SYSTEM, match="GET /V1", after=0, times=None, names=[field])
    with pytest.raises(Incomplete, match=field):
        filled.read(name)


def test_a_shop_that_never_answers_is_told_of_and_not_asked_for_ever(filled: Shop) -> None:
    filled.failures.inject("server_error", system=SYSTEM, match="GET /V1/orders", times=None)
    with pytest.raises(Retriable, match="answered 500"):
        filled.read("orders")
    assert len(filled.connector.calls()) == 5


def test_a_document_whose_order_does_not_come_is_not_read(filled: Shop) -> None:
    filled.state.put("creditmemos", memo(9999, 777))
    with pytest.raises(Incomplete, match="does not give order 777"):
        filled.read("refunds")


def test_a_shop_that_gives_a_page_again_is_noticed(filled: Shop) -> None:
    """It would be read for ever."""
    filled.state.obeys_keys = False
    with pytest.raises(Incomplete, match="out of the order of entity_id"):
        filled.read("orders")


def test_a_right_that_is_missing_is_named_and_is_no_refused_login(filled: Shop) -> None:
    filled.state.missing_rights.add("Magento_Sales::sales_creditmemo")
    with pytest.raises(Rejected, match="may not read credit memos; give it this resource") as refused:
        filled.read("refunds")
    assert refused.value.status == 403
    assert len(filled.keys("orders")) == 25


# What is kept ---------------------------------------------------------------------------------------------------------

PERSONAL = (b"jo@example.com", b"Bloggs", b"Some Street", b"LS1", b"496 0000", b"192.0.2.7", b"1111", b"A note")


@pytest.mark.parametrize("name", ["orders", "invoices", "refunds", "shipments"])
def test_names_and_addresses_are_neither_asked_for_nor_kept(filled: Shop, name: str) -> None:
    kept = b"".join(record.body for record in filled.read(name))
    assert not [word for word in PERSONAL if word in kept]
    assert name != "orders" or b'"country_id":"GB"' in kept


def test_a_shop_that_sends_more_than_was_asked_for_is_not_listened_to(filled: Shop) -> None:
    filled.state.obeys_fields = False
    kept = b"".join(record.body for record in filled.read("orders"))
    assert not [word for word in PERSONAL if word in kept]


def test_amounts_stay_the_text_they_came_as(shop: Shop) -> None:
    shop.state.put(
        "orders", order(1, base_grand_total=Decimal("18.1000"), base_tax_amount=Decimal("0.1234567890123456789"))
    )
    (record,) = shop.read("orders")
    assert b'"base_grand_total":18.1000,' in record.body
    assert b'"base_tax_amount":0.1234567890123456789,' in record.body


def test_nothing_is_sent_and_no_secret_is_opened_before_the_first_read(shop: Shop, tmp_path: Path) -> None:
    connector = shop.connect()
    for file in tmp_path.iterdir():
        file.unlink()
    assert connector.streams[0].name == "settings"
    assert connector.calls() == []


def test_a_status_that_nobody_knows_is_kept(shop: Shop) -> None:
    shop.state.put("orders", order(1, state="quarantined", status="our_own_word", updated_at=ago(5)))
    (record,) = shop.read("orders")
    assert b'"state":"quarantined"' in record.body
