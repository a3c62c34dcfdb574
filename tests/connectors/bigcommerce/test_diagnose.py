"""What `auditor doctor` says about a store."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.connectors.bigcommerce.store import Store, sale


def said(store: Store) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for line in store.connector.diagnose():
        found.setdefault(line.subject, []).append((line.outcome, line.message))
    return found


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two locations, both mapped, and an order."""
    opened = Store(tmp_path, channel={"locations": {"1": ["01"], "2": ["03"]}})
    opened.offer(1)
    opened.put(sale(100_001))
    return opened


def test_a_store_in_order_gives_no_warning(store: Store) -> None:
    found = said(store)
    assert {outcome for lines in found.values() for outcome, _ in lines} == {"ok"}
    assert found["quota"] == [("ok", "30000 requests in 30 seconds (plan Enterprise).")]
    assert found["locations"] == [("ok", "2 open locations, 2 of them mapped.")]
    assert found["payments"] == [("ok", "Methods of the newest orders: Credit Card.")]
    assert len([subject for subject in found if subject.startswith("scope ")]) == 6


def test_a_token_that_is_refused_ends_it(store: Store) -> None:
    store.state.token = "another"
    assert list(said(store)) == ["connection"]
    assert "create an API account" in said(store)["connection"][0][1]


def test_each_missing_scope_is_named_with_what_is_lost(store: Store) -> None:
    store.state.scopes = frozenset({"store_v2_information_read_only", "store_v2_orders_read_only"})
    found = said(store)
    missing = {subject for subject, lines in found.items() if lines[0][0] == "warning"}
    assert missing == {
        "scope store_v2_products_read_only",
        "scope store_inventory_read_only",
        "scope store_locations_read_only",
        "scope store_v2_transactions_read_only",
    }
    assert found["locations"][0][0] == "failed"


def test_locations_are_held_against_the_settings(store: Store) -> None:
    del store.state.locations[2]
    store.state.put_location({**store.state.locations[1], "id": 7, "label": "Glasgow"})
    lines = said(store)["locations"]
    assert lines[0] == ("failed", "2 stands in the settings, but the store has no such location; correct it.")
    assert lines[1][0] == "warning"
    assert "'Glasgow' (7) is mapped to no warehouse" in lines[1][1]


def test_clocks_that_are_apart_another_currency_and_a_count_without_filters_are_warned_of(store: Store) -> None:
    store.state.counts_by_filter = False
    store.state.store = {**store.state.store, "currency": "EUR"}
    store.state.tax = {**store.state.tax, "should_subtract_store_tax": True}
    original = store.transport.handle_request

    def late(request: httpx.Request) -> httpx.Response:
        response = original(request)
        if request.url.path.endswith("/time"):
            return httpx.Response(200, json={"time": response.json()["time"] - 400})
        return response

    store.transport.handle_request = late  # type: ignore[method-assign]  # a store whose clock is late
    found = said(store)
    assert found["clock"][0][0] == found["count"][0][0] == found["currency"][0][0] == "warning"
    assert "400 seconds apart" in found["clock"][0][1]
    assert any("gross prices differ" in text for _, text in found["tax"])


def test_a_store_that_breaks_down_half_way_is_told_line_by_line(store: Store) -> None:
    store.fail("server_error", "GET /v2/time", times=None)
    found = said(store)
    assert found["clock"][0][0] == "failed"
    assert found["tax"][0][0] == "ok"
