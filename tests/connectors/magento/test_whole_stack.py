"""Invented sales through the front into the simulated shop, over HTTP into a store, and compared to the penny."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.extract.progress import Silent
from auditor.extract.run import extract_all
from auditor.sandbox.basics import tracking_key
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Listing
from auditor.sandbox.generate import generate
from auditor.sandbox.magento import MagentoFront
from auditor.sandbox.magento.goods import source_code
from auditor.sandbox.magento.orders import is_variant
from auditor.sandbox.sale import Payment, Sale
from auditor.sandbox.shops import MAGENTO
from auditor.sandbox.stock import Level
from auditor.store.owner import Store
from tests.sandbox.magento.served import NOW, Shop, serving

ZERO = Decimal(0)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def business() -> Business:
    made = generate(11, 250, NOW, shops=[MAGENTO])
    plain = [sale for sale in made.sales if len(sale.lines) > 1 and not sale.refunds and sale.cancelled_at is None]
    _pay_by_gift_card(plain[0])
    _call_off_a_unit(plain[1])
    _lose_the_number(next(sale for sale in plain[2:] if sale.parcels))
    waiting = next(sale for sale in made.sales if len(sale.refunds) == 1 and sale.cancelled_at is None)
    waiting.refunds[0].status = "PENDING"
    return made


def _pay_by_gift_card(sale: Sale) -> None:
    (payment,) = sale.payments
    part = Decimal("5.00")
    sale.payments = [
        replace(payment, amount=payment.amount - part),
        Payment(99, "SALE", "SUCCESS", "gift_card", part, payment.at),
    ]


def _call_off_a_unit(sale: Sale) -> None:
    line = max(sale.lines, key=lambda one: one.quantity)
    line.quantity += 1
    line.price()
    line.removed = 1
    sale.payments = [replace(sale.payments[0], amount=sale.total)]


def _lose_the_number(sale: Sale) -> None:
    sale.parcels[0].is_number_lost = True


@pytest.fixture(scope="module")
def tables(business: Business, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Row]]]:
    clock = FixedClock(NOW)
    front = MagentoFront(MAGENTO, clock)
    fill(front, business)
    with serving() as (switch, url), Store.in_memory(clock) as store:
        shop = Shop(url, tmp_path_factory.mktemp("shop"), front.state())
        switch.app = shop.app
        results = extract_all(store, [shop.connector], clock, timedelta(days=90), Silent())
        assert [result.reason for result in results if result.reason] == []
        assert [result.reason for result in shape_pending(store, [shop.connector], clock) if result.reason] == []
        names = {table for stream in shop.connector.streams for table in stream.tables}
        yield {name: rows(store, name) for name in names}
        shop.close()


def fill(front: MagentoFront, business: Business) -> None:
    for location in MAGENTO.locations:
        front.put_location(location)
    for item in business.items.values():
        listing = Listing(item.code, item.title, item.price, item.rate, item.number)
        front.put_listing(listing)
        for location in MAGENTO.locations:
            front.put_level(listing, location, Level(item.number % 9, NOW))
    for recipe in business.recipes.values():
        parts = recipe.parts if recipe.kind == "bundle" else ()
        front.put_listing(
            Listing(recipe.sku, recipe.title, recipe.price, Decimal("0.2"), recipe.number, components=parts)
        )
    for sale in business.sales:
        front.put_sale(sale, NOW)


def rows(store: Store, table: str) -> list[Row]:
    def read(con: Any) -> list[Row]:
        found = con.sql(f"SELECT * EXCLUDE (feed, record_key, known_from, known_to) FROM history.{table} ORDER BY ALL")
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

    return store.read(read)


def test_every_order_comes_with_its_figures(tables: dict[str, list[Row]], business: Business) -> None:
    told = {row["order_id"]: row for row in tables["sales_order"]}
    assert told.keys() == {sale.key for sale in business.sales}
    for sale in business.sales:
        row = told[sale.key]
        assert (row["order_ref"], row["total"], row["tax"], row["shipping"], row["currency"]) == (
            sale.ref,
            sale.total,
            sale.tax,
            sale.shipping if row["is_tax_included"] else sale.shipping_net,
            "GBP",
        ), sale.ref
        assert row["placed_at"] == sale.placed_at
        assert row["refunded"] == sale.refunded
        assert row["payment_status"] == sale.status.lower(), (sale.ref, row["source_status"])
        assert row["cancelled_at"] == sale.cancelled_at
        assert row["discount"] == sum((line.discount for line in sale.lines), ZERO)
        if any(line.rate for line in sale.lines):
            assert row["is_tax_included"] is True


def test_every_line_comes_once_with_its_part(tables: dict[str, list[Row]], business: Business) -> None:
    told = {row["line_id"]: row for row in tables["sales_order_line"]}
    lines = [(sale, line) for sale in business.sales for line in sale.lines]
    assert len(tables["sales_order_line"]) == len(told) == len(lines)
    for sale, line in lines:
        row = told[str(line.line_id)]
        assert (row["order_id"], row["sku"], row["quantity"]) == (sale.key, line.sku, line.quantity)
        assert (row["net"], row["tax"], row["gross"], row["discount"]) == (
            line.net,
            line.tax,
            line.gross,
            line.discount,
        )
        assert row["tax_rate"] == line.rate
        given = [r for r in sale.refunds if r.status == "SUCCESS"]
        back = sum(part.quantity for refund in given for part in refund.lines if part.line is line)
        assert row["current_quantity"] == line.kept - back
        assert (row["bundle_sku"] is None) == (line.bundle is None)
    assert any(is_variant(line.sku) for _, line in lines)
    assert any(line.bundle for _, line in lines)


def test_shipping_and_tax_add_up_to_the_order(tables: dict[str, list[Row]], business: Business) -> None:
    for sale in business.sales:
        lines = [row for row in tables["sales_order_line"] if row["order_id"] == sale.key]
        charges = [row for row in tables["sales_order_shipping"] if row["order_id"] == sale.key]
        called_off = sum((line.gross - line.kept_gross for line in sale.lines), ZERO)
        assert sum(row["gross"] for row in [*lines, *charges]) - called_off == sale.total
        assert sum((row["gross"] for row in charges), ZERO) == sale.shipping
        if sale.shipping_tax:
            assert charges[0]["tax_rate"] == sale.shipping_rate
        taxes = [row["tax"] for row in tables["sales_order_tax"] if row["order_id"] == sale.key]
        assert sum(taxes, ZERO) == sum((row["tax"] for row in [*lines, *charges]), ZERO)


def test_every_refund_comes_in_parts_that_add_up(tables: dict[str, list[Row]], business: Business) -> None:
    told = {row["refund_id"]: row for row in tables["refund"]}
    given = [(sale, refund) for sale in business.sales for refund in sale.refunds if refund.status is not None]
    assert told.keys() == {str(refund.refund_id) for _, refund in given}
    assert len(given) > 10
    for sale, refund in given:
        row = told[str(refund.refund_id)]
        assert (row["order_id"], row["total"], row["tax"]) == (sale.key, refund.total, refund.tax)
        assert row["item"] == sum((part.net for part in refund.lines), ZERO)
        assert row["shipping"] == refund.shipping - refund.shipping_tax
        assert row["adjustment"] == refund.adjustment
        assert row["item"] + row["shipping"] + row["tax"] + row["adjustment"] == row["total"]
        assert row["transaction_status"] == {"SUCCESS": "success", "PENDING": "pending"}[str(refund.status)]
        lines = [one for one in tables["refund_line"] if one["refund_id"] == row["refund_id"]]
        assert sorted((one["line_id"], one["quantity"], one["net"], one["tax"]) for one in lines) == sorted(
            (str(part.line.line_id), part.quantity, part.net, part.tax) for part in refund.lines
        )


def test_every_parcel_comes_with_its_number_and_its_goods(tables: dict[str, list[Row]], business: Business) -> None:
    parcels = [
        (sale, parcel) for sale in business.sales for parcel in sale.parcels if parcel.told_at and parcel.told_at <= NOW
    ]
    assert len(tables["shipment"]) == len(parcels) > 50
    shown = [(sale.key, tracking_key(parcel.shown_tracking or "") or None, parcel.told_at) for sale, parcel in parcels]
    told_of = [(row["order_id"], row["tracking_key"], row["shipped_at"]) for row in tables["shipment"]]
    assert sorted(told_of, key=str) == sorted(shown, key=str)
    assert sum(key is None for _, key, _ in shown) == 1
    goods: dict[tuple[str, str], int] = {}
    for sale, parcel in parcels:
        for line, quantity in parcel.lines:
            goods[sale.key, str(line.line_id)] = goods.get((sale.key, str(line.line_id)), 0) + quantity
    told: dict[tuple[str, str], int] = {}
    for row in tables["shipment_line"]:
        told[row["order_id"], row["line_id"]] = told.get((row["order_id"], row["line_id"]), 0) + int(row["quantity"])
    assert told == goods


def test_payments_are_what_was_paid(tables: dict[str, list[Row]], business: Business) -> None:
    for sale in business.sales:
        paid = [
            row for row in tables["sales_payment"] if row["order_id"] == sale.key and row["kind"] in ("sale", "capture")
        ]
        assert sorted((row["gateway"], row["amount"]) for row in paid) == sorted(
            ("gift_card" if p.gateway == "gift_card" else "adyen_cc", p.amount) for p in sale.payments
        )


def test_stock_is_what_may_be_sold_and_sources_hold_what_is_reserved_too(
    tables: dict[str, list[Row]], business: Business
) -> None:
    levels = {(row["location"], row["sku"]): row for row in tables["channel_stock"]}
    assert levels.keys() == {(str(place.number), code) for place in MAGENTO.locations for code in business.items}
    for code, item in business.items.items():
        assert levels["1", code]["available"] == item.number % 9
    held = {(row["source"], row["sku"]): row["quantity"] for row in tables["channel_source_stock"]}
    assert held.keys() == {(source_code(place), sku) for place in MAGENTO.locations for sku in business.items}
    assert all(held["leeds", code] >= levels["1", code]["available"] for code in business.items)
    assert any(held["leeds", code] > levels["1", code]["available"] for code in business.items)
    assert {row["location"] for row in tables["channel_location"]} == {str(place.number) for place in MAGENTO.locations}


def test_listings_are_what_can_be_sold(tables: dict[str, list[Row]], business: Business) -> None:
    skus = {*business.items, *(recipe.sku for recipe in business.recipes.values())}
    assert {row["sku"] for row in tables["listing"]} == skus
    bundle = next(recipe for recipe in business.recipes.values() if recipe.kind == "bundle")
    assert [row["sku"] for row in tables["listing"] if row["is_bundle"]] == [bundle.sku]
    parts = {(row["component_sku"], int(row["quantity"])) for row in tables["listing_component"]}
    assert parts == set(bundle.parts)


def test_the_tax_method_is_proved_by_the_orders(tables: dict[str, list[Row]]) -> None:
    settings = {row["setting"]: row["value"] for row in tables["channel_setting"]}
    assert settings["tax/calculation/price_includes_tax"] == "1"
    assert settings["tax/calculation/algorithm"] == "ROW_BASE_CALCULATION"
    assert settings["stock/1/source/leeds"] == "1"
    assert settings["store/default/timezone"] == "Europe/London"
