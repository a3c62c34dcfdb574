"""Invented sales and payouts, shown by the front, read by the connector, shaped: to the penny what was put in."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from auditor.money import ZERO
from auditor.sandbox.basics import penny, tracking_key
from auditor.sandbox.business import Business
from auditor.sandbox.generate import generate
from auditor.sandbox.sale import Sale
from auditor.sandbox.settlement import settle
from auditor.sandbox.shops import TIKTOK
from auditor.sandbox.tiktok_shop.orders import sku_id, warehouse_id
from tests.connectors.tiktok_shop.shop import NOW, Row, Shop, Trade, level

Rows = dict[str, list[Row]]
SEEDS = (3, 11)
TRACES = ("Buyer ", "@scs", "70214368", "07***", "Harbour Road", "LS1 4AP", "0113 000", "Warehouse desk", "****4471")
"""Beginnings of what the simulated platform tells of persons."""


def company(seed: int) -> Business:
    """A season on TikTok Shop, with what only marketplaces know: platform discounts, units called off, other orders."""
    business = generate(seed, 90, NOW, shops=(TIKTOK,))
    plain = [sale for sale in business.sales if not sale.refunds and sale.cancelled_at is None]
    for sale in plain[::7]:
        sale.lines[0].platform_discount = penny(sale.lines[0].gross / 10)
    for sale in [sale for sale in plain if sale.lines[0].quantity > 1 and not sale.parcels][:2]:
        sale.lines[0].removed = 1
    for sale, kind in zip(plain[1::9], ("exchange", "replacement", "sample"), strict=False):
        sale.order_kind = kind  # type: ignore[assignment]  # one of the words that the field takes
        sale.payments = []
    for sale in [sale for sale in business.sales if sale.refunds][:2]:
        sale.refunds[0].status = "PENDING"
    settle(business)
    return business


@cache
def read(seed: int) -> tuple[Business, Rows, Shop]:
    business = company(seed)
    shop = Shop(Path(mkdtemp()))
    trade = Trade()
    for number in range(1, 41):
        shop.front.put_listing(trade.listing(number))
        shop.front.put_level(trade.listing(number), TIKTOK.locations[0], level(number * 3))
    for sale in business.sales:
        shop.front.put_sale(sale, NOW)
    for payout in business.payouts:
        shop.front.put_payout(payout)
    for row in business.pending_rows[TIKTOK.id]:
        shop.front.put_waiting_row(row)
    return business, shop.rows(), shop


@pytest.fixture(params=SEEDS)
def season(request: pytest.FixtureRequest) -> tuple[Business, Rows, Shop]:
    return read(request.param)


Season = tuple[Business, Rows, Shop]


def by(rows: list[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(row)
    return found


def test_orders_and_their_lines_are_the_sales(season: Season) -> None:
    business, rows, _ = season
    orders, lines = by(rows["sales_order"], "order_id"), by(rows["sales_order_line"], "order_id")
    assert set(orders) == {sale.key for sale in business.sales}
    for sale in business.sales:
        (order,) = orders[sale.key]
        told = (order["total"], order["shipping"], order["platform_discount"], order["order_kind"], order["placed_at"])
        kept_discount = sum((line.platform_discount for line in sale.lines if not line.removed), ZERO)
        if not any(line.removed for line in sale.lines):
            assert told == (sale.total, sale.shipping, kept_discount, sale.order_kind, sale.placed_at)
        assert order["total"] == sale.total
        assert (order["cancelled_at"] is not None) == (sale.cancelled_at is not None)
        assert order["tax"] is None
        for sku, wanted in _lines(sale).items():
            found = [line for line in lines[sale.key] if line["sku"] == sku]
            assert _sums(found, "quantity", "current_quantity", "gross", "discount", "platform_discount") == wanted, sku


def _lines(sale: Sale) -> dict[str, tuple[Decimal, ...]]:
    """SKU -> quantity, what is left, gross, the two discounts."""
    wanted: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * 5)
    for line in sale.lines:
        back = sum(
            part.quantity for refund in sale.refunds if refund.status == "SUCCESS" for part in refund.lines
            if part.line is line
        )  # fmt: skip
        left = 0 if sale.cancelled_at else line.kept - back
        amounts = (Decimal(line.quantity), Decimal(left), line.gross, line.discount, line.platform_discount)
        wanted[line.sku] = [total + amount for total, amount in zip(wanted[line.sku], amounts, strict=True)]
    return {sku: tuple(amounts) for sku, amounts in wanted.items()}


def _sums(rows: list[Row], *names: str) -> tuple[Decimal, ...]:
    return tuple(sum((row[name] for row in rows), ZERO) for name in names)


def test_parcels_carry_the_numbers_and_units_that_were_told(season: Season) -> None:
    business, rows, _ = season
    shipments, parts = by(rows["shipment"], "order_id"), by(rows["shipment_line"], "shipment_id")
    for sale in business.sales:
        told = [parcel for parcel in sale.parcels if parcel.told_at and parcel.told_at <= NOW]
        found = {row["tracking_key"]: row for row in shipments.get(sale.key, [])}
        assert set(found) == {tracking_key(parcel.tracking) for parcel in told}
        for parcel in told:
            row = found[tracking_key(parcel.tracking)]
            assert row["shipped_at"] == parcel.told_at
            assert sum(part["quantity"] for part in parts[row["shipment_id"]]) == sum(n for _, n in parcel.lines)


def test_refunds_add_up_to_what_was_given_back(season: Season) -> None:
    business, rows, _ = season
    refunds, parts = by(rows["refund"], "refund_id"), by(rows["refund_line"], "refund_id")
    wanted = {str(refund.refund_id): (sale, refund) for sale in business.sales for refund in sale.refunds}
    assert set(refunds) == set(wanted)
    for key, (sale, refund) in wanted.items():
        (row,) = refunds[key]
        status = "pending" if refund.status == "PENDING" and sale.cancelled_at is None else "success"
        assert (row["total"], row["shipping"], row["transaction_status"]) == (refund.total, refund.shipping, status)
        assert row["item"] + row["shipping"] + row["adjustment"] == row["total"]
        assert row["tax"] is None
        assert sum((part["net"] for part in parts[key]), ZERO) == row["item"]
        assert sum(part["quantity"] for part in parts[key]) == sum(part.quantity for part in refund.lines)


def test_what_was_called_off_is_told_by_cancellations(season: Season) -> None:
    business, rows, _ = season
    wanted: dict[str, Decimal] = {}
    for sale in business.sales:
        units = sum(line.quantity if sale.cancelled_at else line.removed for line in sale.lines)
        if units:
            wanted[sale.key] = Decimal(units)
    assert {row["order_id"]: row["quantity"] for row in rows["cancellation"]} == wanted


def test_every_payout_is_the_sum_of_its_rows(season: Season) -> None:
    business, rows, _ = season
    lines = by(rows["payout_line"], "payout_id")
    assert {row["payout_id"]: row["net"] for row in rows["payout"]} == {
        payout.key: payout.shown_net for payout in business.payouts
    }
    for payout in business.payouts:
        found = lines[payout.key]
        assert sum((line["net"] for line in found), ZERO) == payout.net
        assert sorted(line["gross"] for line in found) == sorted(row.amount for row in payout.rows)
        assert sum((line["fee"] + line["tax"] for line in found), ZERO) == sum((row.fee for row in payout.rows), ZERO)
        assert all(line["net"] == line["gross"] - line["fee"] - line["tax"] for line in found)
        assert all((line["kind"] == "refund") == (line["gross"] < 0) for line in found if line["kind"] != "reserve")
    # Today's statement is made at midnight.
    waiting = [row for row in business.pending_rows[TIKTOK.id] if row.at.date() < NOW.date()]
    unpaid = [line for line in rows["payout_line"] if line["payout_id"] is None]
    assert waiting
    assert sum((line["net"] for line in unpaid), ZERO) == sum((row.net for row in waiting), ZERO)


def test_stock_and_listings_are_what_is_for_sale(season: Season) -> None:
    _, rows, _ = season
    assert len(rows["listing"]) == len(rows["channel_stock"]) == 40
    assert {(row["sku"], row["available"]) for row in rows["channel_stock"]} == {
        (f"HP-{number:04d}", Decimal(number * 3)) for number in range(1, 41)
    }
    assert {row["location"] for row in rows["channel_stock"]} == {warehouse_id(1)}
    assert {row["listing_id"] for row in rows["listing"]} == {sku_id(f"HP-{number:04d}") for number in range(1, 41)}
    assert {row["name"] for row in rows["carrier"]} == {"DPD", "Royal Mail", "Evri"}


def test_what_the_platform_cannot_tell_is_null_in_every_row(season: Season) -> None:
    _, rows, shop = season
    for place in shop.connector.cannot_tell:
        table, _, column = place.partition(".")
        if column:
            assert {row[column] for row in rows[table]} <= {None}, place
        else:
            assert not rows.get(table), place


def test_nothing_that_was_read_names_a_person(season: Season) -> None:
    _, _, shop = season
    for stream in shop.connector.streams:
        text = str(shop.bodies(stream.name))
        for trace in TRACES:
            assert trace not in text, (stream.name, trace)


def test_no_call_was_over_the_ceiling(season: Season) -> None:
    assert season[2].state.calls_over_the_ceiling == 0
