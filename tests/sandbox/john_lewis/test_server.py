"""The manners of the simulation itself: what it refuses, and how its lists and exports behave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.connectors.john_lewis.shop import NOW, Marketplace, line, money_line, order, parcel

Ask = Callable[..., httpx.Response]


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Marketplace]:
    made = Marketplace(tmp_path)
    yield made
    made.transport.end()


@pytest.fixture
def ask(market: Marketplace) -> Iterator[Ask]:
    client = httpx.Client(transport=market.transport, base_url="https://jl.mirakl.example")

    def one(path: str, method: str = "GET", key: str = "the-key", body: Any = None, **options: Any) -> httpx.Response:
        content = None if body is None else orjson.dumps(body)
        return client.request(method, path, params=options, content=content, headers={"Authorization": key})

    yield one
    client.close()


@pytest.mark.parametrize("key", ["", "wrong", "Bearer the-key"])
def test_only_the_raw_key_is_accepted(ask: Ask, key: str) -> None:
    assert ask("/api/orders", key=key).status_code == 401


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/api/orders", {"max": "101"}),
        ("/api/orders", {"start_update_date": "2026-11-20T12:00:00"}),
        ("/api/orders", {"order_ids": ",".join(str(number) for number in range(101))}),
        ("/api/shipments", {"limit": "101"}),
        ("/api/sellerpayment/transactions_logs", {"limit": "2001"}),
        ("/api/shipments", {"page_token": "made-up"}),
    ],
)
def test_what_is_beyond_the_published_limits_is_refused(ask: Ask, path: str, options: dict[str, str]) -> None:
    assert ask(path, **options).status_code == 400


def test_ten_rows_come_where_nobody_says_how_many(ask: Ask, market: Marketplace) -> None:
    for number in range(12):
        market.state.put_order(order(number))
        market.state.put_shipment(parcel(number))
    orders, shipments = ask("/api/orders").json(), ask("/api/shipments").json()
    assert (len(orders["orders"]), orders["total_count"]) == (10, 12)
    assert (len(shipments["data"]), "previous_page_token" in shipments) == (10, False)
    # With a token everything else is ignored.
    rest = ask("/api/shipments", page_token=shipments["next_page_token"], limit="1", order_id="nobody").json()
    assert (len(rest["data"]), "next_page_token" in rest) == (2, False)


def test_the_list_of_orders_reaches_further_back_than_asked(ask: Ask, market: Marketplace) -> None:
    market.state.put_order(order(1, minutes_ago=63))
    market.state.put_order(order(2, minutes_ago=70))
    since = (NOW - timedelta(hours=1)).isoformat() + "Z"
    assert [one["order_id"] for one in ask("/api/orders", start_update_date=since).json()["orders"]] == ["JL-1-A"]


def test_transactions_come_newest_first(ask: Ask, market: Marketplace) -> None:
    for number, minutes in enumerate((30, 10, 20)):
        market.state.put_line(money_line(number, minutes_ago=minutes))
    told = ask("/api/sellerpayment/transactions_logs", limit="2").json()
    assert [one["id"] for one in told["data"]] == ["T1", "T2"]
    rest = ask("/api/sellerpayment/transactions_logs", page_token=told["next_page_token"]).json()
    assert [one["id"] for one in rest["data"]] == ["T0"]


def test_a_call_too_many_is_answered_with_429_and_counted(ask: Ask, market: Marketplace) -> None:
    assert [ask("/api/orders").status_code, ask("/api/orders").status_code] == [200, 429]
    assert [ask("/api/shipping/carriers").status_code, ask("/api/shipping/carriers").status_code] == [200, 429]
    assert market.state.limits.broken == 2
    market.clock.advance(timedelta(minutes=1))
    assert ask("/api/orders").status_code == 200


def test_one_export_of_orders_runs_at_a_time(ask: Ask, market: Marketplace) -> None:
    window = {"start_update_date": "2026-11-01T00:00:00Z", "end_update_date": "2026-11-21T00:00:00Z"}
    market.state.export_seconds = 600
    first = ask("/api/orders/async-export", "POST", body=window).json()["tracking_id"]
    market.clock.advance(timedelta(minutes=5))
    assert ask("/api/orders/async-export", "POST", body=window).status_code == 400
    assert ask(f"/api/orders/async-export/status/{first}").json()["status"] == "PENDING"
    market.clock.advance(timedelta(minutes=5))
    assert ask(f"/api/orders/async-export/status/{first}").json()["status"] == "COMPLETED"
    assert (
        ask("/api/orders/async-export", "POST", body={"start_update_date": "2026-11-01T00:00:00Z"}).status_code == 400
    )


def test_an_order_is_sent_from_shipping_only(ask: Ask, market: Marketplace, tmp_path: Path) -> None:
    market.state.put_order(order(1, line(1, "12.00")))
    # On this platform an order may have several parcels: there is no sending it as a whole.
    assert ask("/api/orders/JL-1-A/ship", "PUT").status_code == 400
    assert ask("/api/orders/JL-9-A/elsewhere", "PUT").status_code == 404
