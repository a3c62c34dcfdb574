"""Sales through the front, the simulation, the connector and the shape: what comes out is what happened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from auditor.connectors.bigcommerce.streams import CANNOT_TELL
from auditor.money import ZERO
from auditor.sandbox import masters
from auditor.sandbox.basics import tracking_key
from auditor.sandbox.bigcommerce.payments import gateway_of, refunds_shown
from auditor.sandbox.business import Business
from auditor.sandbox.generate import generate
from auditor.sandbox.shops import BIGCOMMERCE
from auditor.sandbox.stock import Level, Stock
from tests.connectors.bigcommerce.shaping import Row, Tables, shaped
from tests.connectors.bigcommerce.store import NOW, Store


@pytest.fixture(scope="module")
def business() -> Business:
    return generate(11, 160, NOW, shops=(BIGCOMMERCE,))


@pytest.fixture(scope="module")
def store(business: Business, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(tmp_path_factory.mktemp("store"))
    front = opened.front
    for location in BIGCOMMERCE.locations:
        front.put_location(location)
    for place, listing in enumerate(masters.listings(BIGCOMMERCE, business, Stock(business))):
        front.put_listing(listing)
        front.put_level(listing, BIGCOMMERCE.locations[place % 2], Level(place, NOW))
    opened.put(*business.sales)
    yield opened
    opened.connector.close()


@pytest.fixture(scope="module")
def tables(store: Store) -> Tables:
    return shaped(store)


def by(rows: list[Row], *names: str) -> dict[tuple[object, ...], Row]:
    found = {tuple(row[name] for name in names): row for row in rows}
    assert len(found) == len(rows), f"{names} is no key"
    return found


def test_orders_are_the_sales(business: Business, tables: Tables) -> None:
    orders = by(tables["sales_order"], "order_id")
    assert len(orders) == len(business.sales)
    for sale in business.sales:
        row = orders[sale.key,]
        assert (row["total"], row["tax"], row["shipping"]) == (sale.total, sale.tax, sale.shipping)
        assert row["subtotal"] == sum((line.kept_gross for line in sale.lines), ZERO)
        assert row["discount"] == sum((line.discount for line in sale.lines), ZERO)
        assert (row["order_ref"], row["placed_at"], row["currency"]) == (sale.ref, sale.placed_at, "GBP")
        assert row["cancelled_at"] == sale.cancelled_at
        assert row["payment_status"] == sale.status.lower()
        assert (row["is_test"], row["is_confirmed"], row["country"]) == (False, True, sale.country)
        assert (row["tax_collected_by"], row["order_kind"]) == ("seller", "sale")


def test_lines_are_the_sold_lines(business: Business, tables: Tables) -> None:
    lines = by(tables["sales_order_line"], "line_id")
    assert len(lines) == sum(len(sale.lines) for sale in business.sales)
    for sale in business.sales:
        for line in sale.lines:
            row = lines[str(line.line_id),]
            assert (row["order_id"], row["sku"], row["title"]) == (sale.key, line.sku, line.title)
            assert (row["net"], row["tax"], row["gross"]) == (line.net, line.tax, line.gross)
            assert (row["unit_price"], row["discount"]) == (line.unit_price, line.discount)
            assert (row["quantity"], row["tax_rate"]) == (line.quantity, line.rate)
            assert row["current_quantity"] == line.quantity - sale.refunded_units(line)


def test_shipping_and_tax_rates_add_up_to_the_order(business: Business, tables: Tables) -> None:
    shipping = by(tables["sales_order_shipping"], "order_id")
    taxes: dict[str, object] = {}
    for row in tables["sales_order_tax"]:
        taxes[row["order_id"]] = taxes.get(row["order_id"], ZERO) + row["tax"]
    for sale in business.sales:
        assert taxes.get(sale.key, ZERO) == sale.tax
        if sale.shipping:
            row = shipping[sale.key,]
            assert (row["kind"], row["net"], row["tax"], row["gross"]) == (
                "shipping", sale.shipping_net, sale.shipping_tax, sale.shipping,
            )  # fmt: skip
            assert row["tax_rate"] == sale.shipping_rate


def test_payments_are_what_was_paid_and_given_back(business: Business, tables: Tables) -> None:
    payments = by(tables["sales_payment"], "transaction_id")
    for sale in business.sales:
        for payment in sale.payments:
            row = payments[str(payment.number),]
            assert (row["kind"], row["status"], row["amount"]) == ("sale", "success", payment.amount)
            assert row["gateway"] == gateway_of(payment.gateway, BIGCOMMERCE.provider)
        for refund in refunds_shown(sale):
            row = payments[str(refund.transaction),]
            assert (row["kind"], row["amount"], row["order_id"]) == ("refund", refund.value, sale.key)
            assert row["parent_transaction_id"] == str(sale.payments[0].number)


def test_refunds_are_what_was_given_back(business: Business, tables: Tables) -> None:
    refunds = by(tables["refund"], "refund_id")
    lines = by(tables["refund_line"], "refund_id", "line_id")
    given = [(sale, refund) for sale in business.sales for refund in refunds_shown(sale)]
    assert len(given) == len(refunds) > 5
    for sale, refund in given:
        row = refunds[str(refund.refund_id),]
        assert (row["order_id"], row["created_at"]) == (sale.key, refund.at)
        assert (row["total"], row["tax"]) == (refund.total, refund.tax)
        assert row["item"] == sum((part.net for part in refund.lines), ZERO)
        assert row["shipping"] == refund.shipping - refund.shipping_tax
        assert row["item"] + row["shipping"] + row["tax"] + row["adjustment"] == row["total"]
        assert row["transaction_id"] == str(refund.transaction)
        for part in refund.lines:
            line = lines[str(refund.refund_id), str(part.line.line_id)]
            assert (line["sku"], line["quantity"]) == (part.line.sku, part.quantity)
            assert (line["net"], line["tax"]) == (part.net, part.tax)


def test_parcels_are_what_the_store_was_told_of(business: Business, tables: Tables) -> None:
    parcels = by(tables["shipment"], "order_id", "tracking_key")
    told = [
        (sale, parcel) for sale in business.sales for parcel in sale.parcels if parcel.told_at and parcel.told_at <= NOW
    ]
    assert len(told) == len(parcels) > 50
    units = {(row["shipment_id"], row["line_id"]): row["quantity"] for row in tables["shipment_line"]}
    for sale, parcel in told:
        row = parcels[sale.key, tracking_key(parcel.tracking)]
        assert (row["tracking_number"], row["shipped_at"]) == (parcel.tracking, parcel.told_at)
        for line, count in parcel.lines:
            assert units[row["shipment_id"], str(line.line_id)] == count


def test_listings_and_stock_are_what_is_offered(business: Business, tables: Tables) -> None:
    offered = list(masters.listings(BIGCOMMERCE, business, Stock(business)))
    listings = by(tables["listing"], "sku")
    stock = by(tables["channel_stock"], "sku")
    assert len(listings) == len(offered) == len(stock)
    for place, listing in enumerate(offered):
        row = listings[listing.sku,]
        assert (row["title"], row["price"], row["barcode"]) == (listing.title, listing.price, listing.barcode)
        assert (row["is_active"], row["is_tracked"]) == (True, listing.is_tracked)
        level = stock[listing.sku,]
        assert (level["available"], level["location"]) == (place, str(place % 2 + 1))
        assert (level["is_active"], level["is_tracked"]) == (True, listing.is_tracked)
    names = {row["location"]: row["name"] for row in tables["channel_location"]}
    assert names == {str(one.number): one.name for one in BIGCOMMERCE.locations}


def test_what_cannot_be_told_is_null_in_every_row(tables: Tables) -> None:
    for name in CANNOT_TELL:
        table, _, column = name.partition(".")
        if column:
            assert {row[column] for row in tables[table]} == {None}, name
        else:
            assert table not in tables
