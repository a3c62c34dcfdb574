"""What `auditor doctor` says about a shop."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Diagnosis
from auditor.connectors.shopify import ShopifyConnector
from auditor.connectors.shopify.diagnose import support_ends
from tests.connectors.shopify.fake import ALL_SCOPES, FakeShopify
from tests.connectors.shopify.shaping import NOW
from tests.connectors.shopify.shop import connect, sale


@pytest.fixture(autouse=True)
def account(shop: FakeShopify) -> None:
    assert shop.account is not None
    shop.account |= {"activated": True, "defaultCurrency": "GBP"}
    shop.orders = [sale(501)]


def said(connector: ShopifyConnector) -> dict[str, list[Diagnosis]]:
    lines: dict[str, list[Diagnosis]] = {}
    for diagnosis in connector.diagnose():
        lines.setdefault(diagnosis.subject, []).append(diagnosis)
    return lines


def doctored(shop: FakeShopify, clock: FixedClock, folder: Path, **settings: Any) -> dict[str, list[Diagnosis]]:
    return said(connect(shop, clock, folder, **settings))


def test_a_healthy_shop_has_one_thing_to_mend(shop: FakeShopify, connector: ShopifyConnector) -> None:
    """The second location is mapped to no warehouse."""
    lines = said(connector)
    wrong = [line for found in lines.values() for line in found if line.outcome != "ok"]
    assert [line.subject for line in wrong] == ["locations"]
    assert "'Place 2' (gid://shopify/Location/2) is mapped to no warehouse" in wrong[0].message
    assert lines["version"][0].message == "2026-10 is served until 2027-10-01 at least."


def test_a_shop_that_cannot_be_reached_says_so_in_one_line(shop: FakeShopify, connector: ShopifyConnector) -> None:
    def nobody(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    shop.answers = [nobody] * 20
    (line,) = connector.diagnose()
    assert (line.subject, line.outcome) == ("connection", "failed")
    assert "cannot be reached" in line.message


def test_a_refused_token_says_so_in_one_line(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.tokens = set()
    (line,) = connector.diagnose()
    assert "does not accept the access token" in line.message


@pytest.mark.parametrize("scope", [scope for scope in ALL_SCOPES if scope != "read_all_orders"])
def test_each_missing_scope_is_named_with_what_is_lost(
    shop: FakeShopify, clock: FixedClock, tmp_path: Path, scope: str
) -> None:
    shop.scopes = tuple(each for each in ALL_SCOPES if each != scope)
    found = [line for lines in doctored(shop, clock, tmp_path).values() for line in lines if line.outcome == "warning"]
    assert any(scope in line.message and "grant it to the app" in line.message for line in found)


def test_a_scope_to_write_includes_the_one_to_read(shop: FakeShopify, clock: FixedClock, tmp_path: Path) -> None:
    shop.scopes = tuple(each.replace("read_inventory", "write_inventory") for each in ALL_SCOPES)
    assert doctored(shop, clock, tmp_path)["scope read_inventory"][0].outcome == "ok"


def test_without_the_scope_for_all_orders_the_history_is_held_against_60_days(
    shop: FakeShopify, clock: FixedClock, tmp_path: Path
) -> None:
    shop.scopes = tuple(each for each in ALL_SCOPES if each != "read_all_orders")
    (long,) = doctored(shop, clock, tmp_path)["scope read_all_orders"]
    assert long.outcome == "warning"
    assert "orders placed more than 60 days ago are not there, while history is 90d" in long.message
    (short,) = doctored(shop, clock, tmp_path, history="30d")["scope read_all_orders"]
    assert short.outcome == "ok"


def test_the_connector_says_since_when_absence_means_something(
    shop: FakeShopify, clock: FixedClock, tmp_path: Path
) -> None:
    assert connect(shop, clock, tmp_path).orders_visible_since() is None
    shop.scopes = ("read_orders",)
    assert connect(shop, clock, tmp_path).orders_visible_since() == NOW - timedelta(days=60)


def test_another_version_than_the_one_asked_for_is_never_silent(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.version = "2027-01"
    (line,) = said(connector)["version"]
    assert line.outcome == "failed"
    assert "Shopify serves 2027-01 instead of 2026-10" in line.message


def test_a_version_near_its_end_is_told_in_time(shop: FakeShopify, tmp_path: Path) -> None:
    (line,) = doctored(shop, FixedClock(datetime(2027, 9, 1)), tmp_path)["version"]
    assert (line.outcome, "30 days from now" in line.message) == ("warning", True)


def test_a_version_that_is_not_supported_is_told(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.supported = ("2027-01", "2027-04")
    (line,) = said(connector)["version"]
    assert "not among the supported versions: 2027-01, 2027-04" in line.message


def test_a_version_lives_a_year() -> None:
    assert support_ends("2026-10") == date(2027, 10, 1)
    assert support_ends("unstable") is None


def test_a_location_that_the_shop_does_not_have_is_told(shop: FakeShopify, clock: FixedClock, tmp_path: Path) -> None:
    lines = doctored(shop, clock, tmp_path, locations={"gid://shopify/Location/77": ["01"]})["locations"]
    assert [line.outcome for line in lines] == ["failed", "warning", "warning", "ok"]
    assert "gid://shopify/Location/77 stands in the settings" in lines[0].message


def test_a_shop_without_shopify_payments_is_fine(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.account = None
    (line,) = said(connector)["payments"]
    assert (line.outcome, "does not use Shopify Payments" in line.message) == ("ok", True)


def test_gateways_are_held_against_their_map(shop: FakeShopify, clock: FixedClock, tmp_path: Path) -> None:
    shop.orders[0]["paymentGatewayNames"] = ["shopify_payments", "klarna"]
    connector = connect(shop, clock, tmp_path)
    assert said(connector)["gateways"][0].message == "Payment gateways in use: klarna, shopify_payments."
    (tmp_path / "gateways.csv").write_text("channel,gateway,provider,account\n*,shopify_payments,shopify,1250\n")
    connector = connect(shop, clock, tmp_path, maps={"payment_gateways": "gateways.csv"})
    (line,) = said(connector)["gateways"]
    assert (line.outcome, line.message.startswith("klarna is used but not in the map")) == ("warning", True)


def test_a_part_that_cannot_be_asked_does_not_end_the_rest(shop: FakeShopify, connector: ShopifyConnector) -> None:
    del shop.locations[0]["name"]
    lines = said(connector)
    assert lines["locations"][0].outcome == "failed"
    assert lines["tax"][0].message.startswith("Prices include tax")
