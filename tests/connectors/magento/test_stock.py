"""What may be sold is salable stock per stock, not what lies at a source."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from auditor.errors import Incomplete, Rejected
from tests.connectors.magento.bodies import product
from tests.sandbox.magento.served import SYSTEM, Shop

NAMES = ("MUG", "Cup, small", "TEA/POT 2", "mug-ü", "LAMP")


def put(shop: Shop, number: int, sku: str, salable: int | None, held: dict[str, int], stock_id: int = 1) -> None:
    shop.state.put("products", product(number, sku=sku))
    if salable is not None:
        level = {"stock_id": stock_id, "sku": sku, "qty": salable, "is_salable": salable > 0}
        shop.state.put("salable", level)
    for source, quantity in held.items():
        shop.state.put("source_items", {"source_code": source, "sku": sku, "quantity": quantity, "status": 1})


@pytest.fixture(autouse=True)
def topology(shop: Shop) -> None:
    for code, is_enabled in (("leeds", True), ("york", True), ("closed", False), ("nowhere", True)):
        shop.state.put("sources", {"source_code": code, "name": code.title(), "enabled": is_enabled})
    for stock_id, website in ((1, "base"), (2, "north"), (3, None)):
        channels = [{"type": "website", "code": website}] if website else []
        extension = {"sales_channels": channels}
        shop.state.put("stocks", {"stock_id": stock_id, "name": f"S{stock_id}", "extension_attributes": extension})
    for stock_id, code in ((1, "leeds"), (1, "york"), (1, "closed"), (2, "york"), (3, "leeds")):
        shop.state.put("links", {"stock_id": stock_id, "source_code": code, "priority": 1})
    for number, sku in enumerate(NAMES, 1):
        put(shop, number, sku, number * 10, {"leeds": number * 11})


def levels(shop: Shop) -> dict[str, dict[str, Any]]:
    return {record.key: json.loads(record.body) for record in shop.read("stock")}


def test_every_sku_comes_with_what_may_be_sold_whatever_letters_it_holds(shop: Shop) -> None:
    """A comma would divide a list of SKUs, a slash an address."""
    found = levels(shop)
    assert {key.removeprefix("stock/1/"): body["qty"] for key, body in found.items() if key.startswith("stock/")} == {
        sku: number * 10 for number, sku in enumerate(NAMES, 1)
    }
    assert found["source/leeds/Cup, small"]["quantity"] == 22
    assert found["stock/1/MUG"]["sources"] == [{"quantity": 11, "status": 1, "enabled": True}]


def test_a_stock_that_no_website_sells_from_has_nothing_for_sale(shop: Shop) -> None:
    assert not [key for key in levels(shop) if key.startswith("stock/3/")]


def test_sources_are_read_whether_or_not_they_are_part_of_a_stock(shop: Shop) -> None:
    put(shop, 50, "FAR", None, {"nowhere": 4, "closed": 5})
    found = levels(shop)
    assert found["source/nowhere/FAR"]["quantity"] == 4
    assert "stock/1/FAR" not in found
    assert found["source/closed/FAR"]["status"] == 1


def test_several_sources_make_up_one_stock_and_one_source_several(shop: Shop) -> None:
    put(shop, 60, "BOTH", 7, {"leeds": 3, "york": 4})
    put(shop, 60, "BOTH", 4, {}, stock_id=2)
    found = levels(shop)
    assert [level["quantity"] for level in found["stock/1/BOTH"]["sources"]] == [3, 4]
    assert (found["stock/1/BOTH"]["qty"], found["stock/2/BOTH"]["qty"]) == (7, 4)
    assert "stock/2/MUG" not in found


def test_a_sku_that_the_export_leaves_out_is_asked_for_alone(shop: Shop) -> None:
    shop.state.remove("products", 1)  # an orphan: the product is gone, its stock is not
    shop.state.put("salable", {"stock_id": 1, "sku": "ORPHAN", "qty": Decimal("2.5"), "is_salable": True})
    shop.state.put("source_items", {"source_code": "leeds", "sku": "ORPHAN", "quantity": 3, "status": 1})
    shop.state.put("source_items", {"source_code": "leeds", "sku": "GONE", "quantity": 3, "status": 1})
    found = levels(shop)
    assert (found["stock/1/ORPHAN"]["qty"], found["stock/1/ORPHAN"]["is_salable"]) == (2.5, None)
    assert "stock/1/GONE" not in found


def test_a_page_of_the_export_that_was_lost_is_made_up_for_sku_by_sku(shop: Shop) -> None:
    shop.failures.inject("lost_page", system=SYSTEM, match="export-stock-salable-qty", times=None)
    assert len([key for key in levels(shop) if key.startswith("stock/1/")]) == len(NAMES)


def test_a_right_to_single_quantities_that_is_missing_does_not_pass_for_not_sold(shop: Shop) -> None:
    shop.failures.inject("lost_page", system=SYSTEM, match="export-stock-salable-qty", times=None)
    shop.failures.inject("session_expired", system=SYSTEM, match="get-product-salable-quantity", times=None)
    with pytest.raises(Rejected, match="does not accept these credentials"):
        shop.read("stock")


def test_a_lost_page_of_source_items_makes_the_read_incomplete(shop: Shop) -> None:
    shop.failures.inject("lost_page", system=SYSTEM, match="GET /V1/inventory/source-items", times=None)
    with pytest.raises(Incomplete, match="counts 5 source items and gave 0"):
        shop.read("stock")


def test_skus_are_sought_beyond_the_last_one_through_all_pages(shop: Shop) -> None:
    shop.state.page_limit = 7
    for number in range(100, 140):
        put(shop, number, f"sku-{number:03d}" if number % 2 else f"SKU-{number:03d}", number, {"york": number})
    found = levels(shop)
    assert len([key for key in found if key.startswith("source/york/")]) == 40
    assert len([key for key in found if key.startswith("stock/1/")]) == 40 + len(NAMES)


def test_levels_are_the_same_bytes_when_they_are_looked_up(shop: Shop) -> None:
    listed = shop.read("stock")
    stream = next(stream for stream in shop.connector.streams if stream.name == "stock")
    looked_up = shop.connector.look_up(stream, [record.key for record in listed])
    assert sorted(looked_up, key=lambda record: record.key) == sorted(listed, key=lambda record: record.key)
    assert shop.connector.look_up(stream, ["stock/1/NONE", "source/leeds/NONE", "stock/9/MUG"]) == []


def test_stocks_come_with_the_sources_behind_them(shop: Shop) -> None:
    stocks = {record.key: json.loads(record.body) for record in shop.read("stocks")}
    assert stocks["1"]["websites"] == ["base"]
    assert [source["source_code"] for source in stocks["1"]["sources"] if source["enabled"]] == ["leeds", "york"]
    assert stocks["3"]["websites"] == []
