"""Whatever goes wrong on the way: a read ends whole, or says that it is not."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from auditor.connectors.base import Window
from auditor.errors import Incomplete, Rejected, Retriable
from tests.connectors.bigcommerce.store import NOW, Store, give_back, line, sale, sales

STREAMS = ("settings", "locations", "listings", "stock", "orders", "transactions", "refunds", "shipments")


@pytest.fixture(autouse=True)
def filled(store: Store) -> None:
    """Three orders: one sent, one with a coupon, one given back; two listings."""
    store.offer(2)
    made = [
        sale(100_001, days_ago=JUST_NOW),
        sale(100_002, line(2, 3, discount=line(2).unit_price / 10), line(3, 1), days_ago=JUST_NOW),
        sale(100_003, line(4, 2), days_ago=JUST_NOW),
    ]
    give_back(made[2], days_ago=JUST_NOW)
    store.put(*made)
    store.ship(100_001, 7_000_001, "X1")


# A read that is not the first of its day, so that it does not look for open orders too.
SINCE = NOW - timedelta(minutes=30)
JUST_NOW = 0.01
EXPECTED = {
    "listings": ["70001", "70002"],
    "orders": ["100001", "100002", "100003"],
    "refunds": ["880001"],
    "shipments": ["100001", "100002", "100003"],
}


def some(store: Store) -> dict[str, list[str]]:
    return {name: store.keys(name, SINCE) for name in EXPECTED}


@pytest.mark.parametrize("stream", STREAMS)
def test_a_token_that_is_refused_at_any_call_ends_the_read_and_the_next_one_is_whole(store: Store, stream: str) -> None:
    expected = store.keys(stream, SINCE)
    calls = len(store.transport.sent)
    for place in range(calls):
        store.failures.clear()
        store.fail("session_expired", after=place)
        with pytest.raises(Rejected, match="does not accept the access token") as refused:
            store.read(stream, SINCE)
        assert refused.value.status == 401
    assert store.keys(stream, SINCE) == expected


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("throttle", {}),
        ("throttle", {"headers": False}),
        ("server_error", {"status": 503}),
        ("server_error", {"status": 500}),
        ("bad_gateway_html", {}),
        ("closed_connection", {}),
        ("truncated_body", {}),
        ("truncated_body", {"form": "json"}),
        ("lost_answer", {}),
    ],
)
def test_a_burst_of_failures_is_waited_out(store: Store, kind: str, options: dict[str, Any]) -> None:
    times = 3 if "headers" in options else 5
    store.fail(kind, times=times, **options)
    assert some(store) == EXPECTED
    assert store.failures.happened() == times


def test_a_storm_of_refusals_is_waited_out_for_as_long_as_the_store_says(store: Store) -> None:
    for place in range(0, 27, 3):
        store.fail("throttle", after=place)
    began = store.clock.monotonic()
    assert some(store) == EXPECTED
    assert store.failures.happened("throttle") == 9
    assert store.clock.monotonic() > began + 60


def test_an_overloaded_platform_is_left_alone_for_longer_and_longer(store: Store) -> None:
    store.fail("throttle", "GET /v2/store", times=3, headers=False)
    began = store.clock.monotonic()
    store.read("settings")
    assert store.clock.monotonic() - began >= 30 + 60 + 120


def test_a_store_that_stays_down_ends_the_read(store: Store) -> None:
    store.fail("server_error", times=None)
    with pytest.raises(Retriable, match="answered 500"):
        store.read("orders")


LISTS = [
    ("orders", "GET /v2/orders"),
    ("orders", "GET /v2/orders/{id}/taxes"),
    ("transactions", "GET /v2/orders"),
    ("transactions", "GET /v3/orders/{id}/transactions"),
    ("refunds", "GET /v3/orders/payment_actions/refunds"),
    ("shipments", "GET /v2/orders"),
    ("locations", "GET /v3/inventory/locations"),
    ("listings", "GET /v3/catalog/products"),
    ("listings", "GET /v3/catalog/variants"),
    ("stock", "GET /v3/catalog/products"),
    ("stock", "GET /v3/inventory/items"),
]


@pytest.mark.parametrize(("stream", "call"), LISTS)
def test_a_lost_part_is_read_again_or_makes_the_read_incomplete(store: Store, stream: str, call: str) -> None:
    """`lost_page` leaves every second row out; with a single row nothing is lost."""
    made = sale(100_009, days_ago=JUST_NOW)
    give_back(made, 880_009, days_ago=JUST_NOW)
    store.put(made)
    bodies = sorted(store.read(stream, SINCE), key=lambda one: one.key)
    store.fail("lost_page", call)
    try:
        read = sorted(store.read(stream, SINCE), key=lambda one: one.key)
    except Incomplete:
        read = bodies
    assert read == bodies
    assert store.failures.happened("lost_page") == 1


@pytest.mark.parametrize(
    ("stream", "call"),
    [pair for pair in LISTS if "{id}" not in pair[1]] + [("shipments", "GET /v2/orders/{id}/shipments")],
)
def test_a_part_that_stays_lost_makes_the_read_incomplete(store: Store, stream: str, call: str) -> None:
    give_back(again := sale(100_009, line(9, 4), days_ago=JUST_NOW), 880_009, days_ago=JUST_NOW)
    store.put(again)
    store.ship(100_009, 7_000_009, "Y1")
    store.ship(100_009, 7_000_009, "Y2")
    store.fail("lost_page", call, times=None)
    with pytest.raises(Incomplete, match=r"lost|came"):
        store.read(stream, SINCE)


@pytest.mark.parametrize(("stream", "call"), LISTS)
def test_an_answer_that_says_it_is_partial_is_not_used(store: Store, stream: str, call: str) -> None:
    store.fail("partial_data", call, times=None)
    with pytest.raises(Incomplete, match="answered with 207"):
        store.read(stream, SINCE)


@pytest.mark.parametrize(
    ("stream", "call", "name"),
    [
        ("settings", "GET /v2/store", "timezone"),
        ("settings", "GET /v3/tax/settings", "data"),
        ("locations", "GET /v3/inventory/locations", "enabled"),
        ("locations", "GET /v3/inventory/locations", "total"),
        ("listings", "GET /v3/catalog/products", "inventory_tracking"),
        ("listings", "GET /v3/catalog/products", "data"),
        ("listings", "GET /v3/catalog/variants", "sku"),
        ("listings", "GET /v3/catalog/variants", "product_id"),
        ("stock", "GET /v3/catalog/products", "inventory_tracking"),
        ("stock", "GET /v3/inventory/items", "available_to_sell"),
        ("stock", "GET /v3/inventory/items", "identity"),
        ("stock", "GET /v3/inventory/items", "variant_id"),
        ("orders", "GET /v2/orders/count", "count"),
        ("orders", "GET /v2/orders", "id"),
        ("orders", "GET /v2/orders", "status_id"),
        ("orders", "GET /v2/orders", "total_inc_tax"),
        ("orders", "GET /v2/orders", "is_tax_inclusive_pricing"),
        ("orders", "GET /v2/orders", "default_currency_code"),
        ("orders", "GET /v2/orders", "country_iso2"),
        ("orders", "GET /v2/orders", "quantity_refunded"),
        ("orders", "GET /v2/orders/{id}/taxes", "line_amount"),
        ("orders", "GET /v2/orders/{id}/taxes", "line_item_type"),
        ("orders", "GET /v2/orders/{id}/coupons", "discount"),
        ("transactions", "GET /v3/orders/{id}/transactions", "amount"),
        ("transactions", "GET /v3/orders/{id}/transactions", "gateway"),
        ("transactions", "GET /v3/orders/{id}/transactions", "data"),
        ("refunds", "GET /v3/orders/payment_actions/refunds", "total_tax"),
        ("refunds", "GET /v3/orders/payment_actions/refunds", "is_declined"),
        ("refunds", "GET /v3/orders/payment_actions/refunds", "item_type"),
        ("shipments", "GET /v2/orders/{id}/shipments", "tracking_number"),
        ("shipments", "GET /v2/orders/{id}/shipments", "items"),
    ],
)
def test_a_field_that_is_gone_makes_the_read_incomplete(store: Store, stream: str, call: str, name: str) -> None:
    store.fail("fields_gone", call, times=None, names=[name])
    with pytest.raises(Incomplete, match=r"lacks|no list under 'data'"):
        store.read(stream, SINCE)


def test_a_missing_scope_is_named(store: Store) -> None:
    store.state.scopes = frozenset({"store_v2_information_read_only"})
    needed = {
        "locations": "store_locations_read_only",
        "listings": "store_v2_products_read_only",
        "orders": "store_v2_orders_read_only",
        "refunds": "store_v2_orders_read_only",
    }
    for stream, scope in needed.items():
        with pytest.raises(Rejected, match=f"give the API account the scope {scope}"):
            store.read(stream)
    store.state.scopes = frozenset({"store_v2_orders_read_only"})
    with pytest.raises(Rejected, match="store_v2_transactions_read_only"):
        store.read("transactions")


def test_a_wrong_store_is_named(store: Store) -> None:
    store.state.store_hash = "another"
    with pytest.raises(Rejected, match=r"base_url must be https://api\.bigcommerce\.com/stores/<store hash>"):
        store.read("settings")


class TestCeiling:
    """Standard plan: 150 requests in 30 seconds."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Any:
        opened = Store(tmp_path, quota_size=150)
        yield opened
        opened.connector.close()

    def test_the_ceiling_is_never_reached_and_a_tenth_is_left_to_others(self, store: Store) -> None:
        store.put(*sales(200, first=100_100))
        assert len(store.read("orders")) == 203
        assert len(store.transport.sent) > 200
        assert store.quota.most <= 135
        assert all(response.status_code != 429 for _, response in store.transport.answered)
        assert store.clock.now() < NOW + timedelta(minutes=10)

    def test_the_first_answer_tells_the_quota_and_nobody_waits_for_a_smaller_one(self, tmp_path: Path) -> None:
        large = Store(tmp_path, quota_size=30_000)
        large.put(*sales(200, first=100_100))
        assert len(large.read("orders")) == 200
        assert len(large.transport.sent) > 200
        assert large.clock.now() < NOW + timedelta(seconds=1)
        large.connector.close()

    def test_what_other_apps_use_up_is_noticed(self, store: Store) -> None:
        def others(request: httpx.Request) -> None:
            for _ in range(3):
                store.quota.take()

        store.transport.before = others
        store.put(*sales(60, first=100_100))
        assert len(store.read("orders")) == 63
        refused = [1 for _, response in store.transport.answered if response.status_code == 429]
        # What was under way when the others took the rest may be refused; it is not asked again before the reset.
        assert len(refused) <= 8 * (1 + len(store.transport.sent) // 34)


def test_a_read_that_is_given_up_leaves_nothing_running(store: Store) -> None:
    store.put(*sales(260, first=100_100, taxed=False))
    stream = next(one for one in store.connector.streams if one.name == "orders")
    pages = store.connector.read(stream, Window(None, NOW))
    next(pages)
    assert isinstance(pages, Generator)
    pages.close()
    sent = len(store.transport.sent)
    assert sent < 10
    store.connector.close()
    assert len(store.transport.sent) == sent
