"""From invented sales through the marketplace, the connector and the store into canonical rows, to the penny."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.money import ZERO
from auditor.sandbox.basics import tracking_key
from auditor.sandbox.john_lewis.orders import Habits
from auditor.sandbox.sale import Refund, Sale
from auditor.store.owner import Store
from tests.connectors.john_lewis.shaping import Row, Tables, canonical, land
from tests.connectors.john_lewis.shop import NOW, read_records
from tests.sandbox.john_lewis.company import Company

Told = tuple[Company, Tables]


def everything(company: Company) -> Tables:
    """Every stream read, landed and shaped; all canonical rows."""
    connector = company.market.connector(order_number_field="customer-order-number")
    with Store.in_memory(company.clock) as store:
        for each in connector.streams:
            since = NOW - timedelta(days=90)
            land(store, connector, each.name, read_records(connector, each.name, since))
        tables = {table for each in connector.streams for table in each.tables}
        return canonical(store, sorted(tables))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """On a platform on which an order may have several parcels."""
    company = Company(tmp_path_factory.mktemp("jl"), orders=130)
    yield company, everything(company)
    company.market.transport.end()


def by(rows: list[Row], *names: str) -> dict[str, Row]:
    found = {"/".join(str(row[name]) for name in names): row for row in rows}
    assert len(found) == len(rows), "a row came twice"
    return found


def is_off(sale: Sale) -> bool:
    return sale.cancelled_at is not None and not sale.parcels


def shown_refunds(sale: Sale) -> list[Refund]:
    return [] if is_off(sale) else [refund for refund in sale.refunds if refund.status and refund.at <= NOW]


def test_orders_come_to_what_was_sold(told: Told) -> None:
    company, tables = told
    rows = by(tables["sales_order"], "order_id")
    assert rows.keys() == {sale.key for sale in company.sales}
    for sale in company.sales:
        row = rows[sale.key]
        assert (row["total"], row["tax"]) == (sale.total, sale.tax), sale.key
        assert row["shipping"] == sale.shipping
        assert row["discount"] == sum((line.discount for line in sale.lines), ZERO)
        assert (row["order_ref"], row["alternate_ref"]) == (sale.ref, f"W{sale.number}")
        assert (row["is_confirmed"], row["cancelled_at"]) == (
            sale.is_confirmed and sale.payment_state == "PAID",
            sale.cancelled_at if is_off(sale) else None,
        )
        assert (row["country"], row["currency"], row["is_tax_included"]) == ("GB", "GBP", True)


def test_payment_status_follows_what_was_given_back(told: Told) -> None:
    company, tables = told
    rows = by(tables["sales_order"], "order_id")
    for sale in company.sales:
        expected = sale.status.lower()
        if is_off(sale):
            expected = "voided"
        elif not sale.is_confirmed:
            expected = "pending"
        assert rows[sale.key]["payment_status"] == expected, sale.key


def test_lines_are_the_units_that_were_sold(told: Told) -> None:
    company, tables = told
    rows = by(tables["sales_order_line"], "line_id")
    for sale in company.sales:
        for number, line in enumerate(sale.lines, 1):
            row = rows.pop(f"{sale.key}-{number}")
            left = 0 if is_off(sale) else line.kept - sale.refunded_units(line)
            assert (row["sku"], row["quantity"], row["current_quantity"]) == (line.sku, line.quantity, left)
            assert (row["net"], row["tax"], row["gross"]) == (line.net, line.tax, line.gross)
            assert (row["unit_price"], row["discount"], row["tax_rate"]) == (line.unit_price, line.discount, line.rate)
    assert rows == {}


def test_delivery_and_taxes_add_up_to_the_orders(told: Told) -> None:
    company, tables = told
    shipping: dict[str, Decimal] = defaultdict(Decimal)
    for row in tables["sales_order_shipping"]:
        shipping[row["order_id"]] += row["gross"]
        assert row["gross"] == row["net"] + row["tax"]
    tax: dict[str, Decimal] = defaultdict(Decimal)
    for row in tables["sales_order_tax"]:
        tax[row["order_id"]] += row["tax"]
    for sale in company.sales:
        assert shipping[sale.key] == sale.shipping
        # What was called off has no tax any more.
        assert tax[sale.key] == (ZERO if is_off(sale) else sale.tax), sale.key


def test_refunds_are_what_was_given_back(told: Told) -> None:
    company, tables = told
    rows = by(tables["refund"], "refund_id")
    lines: dict[str, list[Row]] = defaultdict(list)
    for row in tables["refund_line"]:
        lines[row["refund_id"]].append(row)
    shown = [(sale, refund) for sale in company.sales for refund in shown_refunds(sale)]
    assert rows.keys() == {str(refund.refund_id) for _, refund in shown}
    assert {row["transaction_status"] for row in rows.values()} == {"success", "pending"}
    for sale, refund in shown:
        row, parts = rows[str(refund.refund_id)], lines[str(refund.refund_id)]
        assert (row["order_id"], row["total"], row["tax"]) == (sale.key, refund.value, refund.tax)
        assert row["item"] == sum((part.net for part in refund.lines), ZERO)
        assert row["shipping"] == refund.shipping - refund.shipping_tax
        assert row["total"] == row["item"] + row["shipping"] + row["tax"] + row["adjustment"]
        assert sorted((one["sku"], one["quantity"], one["net"], one["tax"]) for one in parts) == sorted(
            (part.line.sku, part.quantity, part.net, part.tax) for part in refund.lines
        )


def test_units_called_off_are_cancellations_and_no_refunds(told: Told) -> None:
    company, tables = told
    units: dict[str, Decimal] = defaultdict(Decimal)
    for row in tables["cancellation"]:
        units[row["order_id"]] += row["quantity"]
    for sale in company.sales:
        off = sum(line.quantity if is_off(sale) else line.removed for line in sale.lines)
        assert units[sale.key] == off
    assert sum(units.values()) > 0


def test_parcels_are_those_the_marketplace_was_told_of(told: Told) -> None:
    company, tables = told
    known = [(sale, one) for sale in company.sales for one in sale.parcels if one.told_at and one.told_at <= NOW]
    found = sorted((row["order_id"], row["tracking_key"] or "") for row in tables["shipment"])
    assert found == sorted((sale.key, tracking_key(one.shown_tracking or "")) for sale, one in known)
    assert any(row["tracking_key"] is None for row in tables["shipment"])
    units: dict[str, Decimal] = defaultdict(Decimal)
    for row in tables["shipment_line"]:
        units[row["order_id"]] += row["quantity"]
    for sale in company.sales:
        assert units[sale.key] == sum(count for one_sale, one in known if one_sale is sale for _, count in one.lines)


def test_returns_are_cases_of_their_own(told: Told) -> None:
    company, tables = told
    asked = {str(r.return_id): s.key for s in company.sales for r in s.refunds if r.return_id}
    assert {row["return_id"]: row["order_id"] for row in tables["return_case"]} == asked
    assert "77001" in asked


def test_payouts_are_the_sum_of_their_lines(told: Told) -> None:
    company, tables = told
    rows = by(tables["payout"], "payout_id")
    assert rows.keys() == {payout.key for payout in company.payouts}
    lines: dict[str | None, list[Row]] = defaultdict(list)
    for row in tables["payout_line"]:
        assert row["net"] == row["gross"] - row["fee"] - row["tax"]
        if row["kind"] != "transfer":
            lines[row["payout_id"]].append(row)
    for payout in company.payouts:
        mine = lines[payout.key]
        assert rows[payout.key]["net"] == payout.net == sum(row["net"] for row in mine)
        assert sum(row["gross"] for row in mine) == sum(row.amount for row in payout.rows)
        assert sum(row["fee"] + row["tax"] for row in mine) == sum(row.fee for row in payout.rows)
        assert rows[payout.key]["issued_at"] == payout.issued_at
    assert sum(row["net"] for row in lines[None]) == sum(row.net for row in company.waiting)
    transfers = {row["payout_id"]: row["net"] for row in tables["payout_line"] if row["kind"] == "transfer"}
    assert transfers == {payout.key: -payout.net for payout in company.payouts}


def test_what_an_order_brings_in_its_payouts_is_its_total_less_what_went_back(told: Told) -> None:
    company, tables = told
    gross: dict[str, Decimal] = defaultdict(Decimal)
    for row in tables["payout_line"]:
        if row["kind"] in ("charge", "refund"):
            gross[row["order_id"]] += row["gross"]
    for sale in company.sales:
        rows = [row for payout in company.payouts for row in payout.rows if row.sale is sale]
        rows += [row for row in company.waiting if row.sale is sale]
        assert gross[sale.key] == sum(row.amount for row in rows)


def test_commissions_of_orders_are_the_fees_of_their_payouts(told: Told) -> None:
    company, tables = told
    told_fee: dict[str, Decimal] = defaultdict(Decimal)
    for row in tables["sales_order_fee"]:
        told_fee[row["order_id"]] += row["net"] + row["tax"]
    taken: dict[str, Decimal] = defaultdict(Decimal)
    for payout_rows in [*(payout.rows for payout in company.payouts), company.waiting]:
        for balance in payout_rows:
            if balance.sale is not None:
                taken[balance.sale.key] += balance.fee
    assert {key: fee for key, fee in told_fee.items() if fee} == {key: fee for key, fee in taken.items() if fee}


def test_stock_and_listings_are_what_is_shown(told: Told) -> None:
    company, tables = told
    listed = by(tables["listing"], "sku")
    held = by(tables["channel_stock"], "sku")
    assert listed.keys() == held.keys() == {listing.sku for listing in company.listings}
    for listing in company.listings:
        assert (listed[listing.sku]["price"], listed[listing.sku]["barcode"]) == (listing.price, listing.barcode)
        row = held[listing.sku]
        assert (row["location"], row["available"]) == ("default", listing.number % 9)
        assert row["updated_at"] == NOW - timedelta(hours=listing.number % 20)


@pytest.mark.parametrize("habits", [Habits(multi_shipment=False), Habits(lowers_quantity=False)])
def test_other_habits_of_the_operator_come_to_the_same(tmp_path: Path, habits: Habits) -> None:
    company = Company(tmp_path, orders=60, habits=habits)
    rows = everything(company)
    company.market.transport.end()
    same: list[Callable[[Told], None]] = [
        test_orders_come_to_what_was_sold,
        test_lines_are_the_units_that_were_sold,
        test_refunds_are_what_was_given_back,
        test_payouts_are_the_sum_of_their_lines,
    ]
    for check in same:
        check((company, rows))
    if not habits.multi_shipment:
        keys = {row["order_id"] for row in rows["shipment"]}
        assert keys == {sale.key for sale in company.sales if any(p.told_at and p.told_at <= NOW for p in sale.parcels)}


def test_no_ceiling_was_broken(told: Told) -> None:
    company, _ = told
    assert company.state.limits.broken == 0
