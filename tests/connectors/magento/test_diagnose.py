"""What doctor says: each problem with its mend, and never an exception."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.connectors.base import Diagnosis
from tests.connectors.magento.bodies import order, product, shipment
from tests.sandbox.magento.served import SYSTEM, Shop


@pytest.fixture(autouse=True)
def filled(shop: Shop) -> None:
    shop.state.put("orders", order(1))
    shop.state.put("shipments", shipment(3, 1))
    shop.state.put("products", product(1))
    for code, is_enabled in (("leeds", True), ("york", False)):
        shop.state.put("sources", {"source_code": code, "name": code, "enabled": is_enabled})
        shop.state.put("links", {"stock_id": 1, "source_code": code, "priority": 1})
    for stock_id, website in ((1, "base"), (2, "north")):
        extension = {"sales_channels": [{"type": "website", "code": website}]}
        shop.state.put("stocks", {"stock_id": stock_id, "name": f"S{stock_id}", "extension_attributes": extension})


def said(lines: list[Diagnosis], subject: str, outcome: str) -> str:
    return " ".join(line.message for line in lines if (line.subject, line.outcome) == (subject, outcome))


def test_a_shop_that_works_is_told_of_in_full(shop: Shop) -> None:
    lines = list(shop.connector.diagnose())
    assert said(lines, "connection", "ok").startswith("The shop answers")
    assert "V1" in said(lines, "version", "ok")
    assert "Books are kept in GBP" in said(lines, "currency", "ok")
    assert "Catalogue prices include tax" in said(lines, "tax", "warning")
    assert "adyen_cc" in said(lines, "gateways", "ok")
    assert "DPD" in said(lines, "carriers", "ok")
    assert said(lines, "right orders", "ok")
    assert not [line for line in lines if line.outcome == "failed"]


def test_stocks_without_a_warehouse_and_sources_that_are_off_are_named(shop: Shop) -> None:
    lines = list(shop.connector.diagnose())
    assert "'S2' (2) is mapped to no warehouse" in said(lines, "locations", "warning")
    assert "sources that are off (york)" in said(lines, "locations", "warning")
    wrong = list(shop.connect(locations={"1": ["01"], "9": ["02"]}).diagnose())
    assert "9 stands in the settings" in said(wrong, "locations", "failed")


def test_a_missing_right_is_named_with_what_is_lost(shop: Shop) -> None:
    shop.state.missing_rights.add("Magento_Sales::shipment")
    lines = list(shop.connector.diagnose())
    message = said(lines, "right shipments", "failed")
    assert "may not read shipments" in message
    assert "parcels are not seen" in message
    assert said(lines, "carriers", "failed")


def test_other_currencies_and_small_pages_are_told(shop: Shop) -> None:
    shop.state.put("orders", order(2, order_currency_code="EUR"))
    shop.state.page_limit = 50
    lines = list(shop.connector.diagnose())
    assert "Customers also pay in EUR" in said(lines, "currency", "warning")
    assert "pages of 50 only" in said(lines, "page size", "warning")


def test_gateways_are_held_against_the_map(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "gateways.csv").write_text("channel,gateway\n*,paypal_express\n")
    connector = shop.connect(maps={"payment_gateways": "gateways.csv"})
    assert "adyen_cc is used but not in the map" in said(list(connector.diagnose()), "gateways", "warning")
    (tmp_path / "gateways.csv").write_text("channel,gateway\nmagento-uk,adyen_cc\n")
    assert "adyen_cc" in said(list(connector.diagnose()), "gateways", "ok")


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [("session_expired", "does not accept these credentials"), ("server_error", "answered 500")],
)
def test_a_shop_that_does_not_answer_ends_it(shop: Shop, kind: str, sentence: str) -> None:
    shop.failures.inject(kind, system=SYSTEM, times=None)  # type: ignore[arg-type]  # one of the kinds
    (line,) = shop.connector.diagnose()
    assert (line.subject, line.outcome) == ("connection", "failed")
    assert sentence in line.message
