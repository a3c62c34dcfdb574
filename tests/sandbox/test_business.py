"""What happened, and that both sides write it down to the same penny when nothing goes wrong."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.money import ZERO
from auditor.sandbox import masters, treasury
from auditor.sandbox.basics import shares, tax_inside
from auditor.sandbox.books import Bookkeeper
from auditor.sandbox.business import Business
from auditor.sandbox.documents import SHIPPING, Doc
from auditor.sandbox.generate import IN_GRACE, generate
from auditor.sandbox.sale import Sale
from auditor.sandbox.settlement import settle
from auditor.sandbox.shopify import payouts
from auditor.sandbox.shopify.orders import order_node
from auditor.sandbox.shops import SHOPIFY
from auditor.sandbox.stock import Stock

NOW = datetime(2026, 11, 20, 12)


@pytest.fixture(scope="module")
def business() -> Business:
    made = generate(3, 500, NOW, shops=(SHOPIFY,))
    settle(made)
    return made


@pytest.fixture(scope="module")
def listed(business: Business) -> dict[str, int]:
    return {listing.sku: listing.number for listing in masters.listings(SHOPIFY, business, Stock(business))}


def total_of(doc: Doc) -> Decimal:
    """The header identity that a clean document keeps."""
    net = sum((line["LineTotal"] for line in doc["DocumentLines"]), ZERO)
    net += sum((expense["LineTotal"] for expense in doc["DocumentAdditionalExpenses"]), ZERO)
    return Decimal(net - doc["TotalDiscount"] + doc["VatSum"] + doc["RoundingDiffAmount"])


def posted(business: Business) -> list[Sale]:
    return [sale for sale in business.sales if sale.posted_at]


def test_the_same_seed_makes_the_same_company(business: Business) -> None:
    again = generate(3, 500, NOW, shops=(SHOPIFY,))
    assert [(sale.number, sale.placed_at, sale.total) for sale in again.sales] == [
        (sale.number, sale.placed_at, sale.total) for sale in business.sales
    ]
    assert [sale.total for sale in generate(4, 500, NOW, shops=(SHOPIFY,)).sales] != [
        sale.total for sale in business.sales
    ]


def test_tax_is_taken_out_of_the_price_and_rounded_per_line() -> None:
    assert tax_inside(Decimal("9.99"), Decimal("0.2")) == Decimal("1.67")
    assert tax_inside(Decimal("0.03"), Decimal("0.2")) == Decimal("0.01")
    assert tax_inside(Decimal("9.99"), ZERO) == ZERO


@given(st.decimals("0.01", "9999", places=2), st.lists(st.decimals("0.01", "500", places=2), min_size=1, max_size=9))
def test_shares_of_an_amount_add_up_to_it(amount: Decimal, weights: list[Decimal]) -> None:
    parts = shares(amount, weights)
    assert sum(parts, ZERO) == amount
    assert len(parts) == len(weights)


def test_some_orders_are_too_young_to_be_posted(business: Business) -> None:
    assert sum(sale.posted_at is None and sale.cancelled_at is None for sale in business.sales) == IN_GRACE


def test_the_shop_shows_the_sum_of_its_lines(business: Business, listed: dict[str, int]) -> None:
    for sale in business.sales:
        node = order_node(sale, listed, NOW)
        lines = sum((line["discountedTotalSet"] for line in node["lineItems"]), ZERO)
        assert lines + node["totalShippingPriceSet"] == node["totalPriceSet"] == sale.total
        assert sum((tax["priceSet"] for tax in node["taxLines"]), ZERO) == node["totalTaxSet"]
        per_line = [tax["priceSet"] for line in node["lineItems"] for tax in line["taxLines"]]
        shipping = [tax["priceSet"] for line in node["shippingLines"] for tax in line["taxLines"]]
        assert sum(per_line + shipping, ZERO) == node["totalTaxSet"]


def test_a_discount_is_allocated_to_the_lines_to_the_penny(business: Business, listed: dict[str, int]) -> None:
    discounted = [sale for sale in business.sales if any(line.discount for line in sale.lines)]
    assert discounted
    for sale in discounted:
        node = order_node(sale, listed, NOW)
        for line in node["lineItems"]:
            allocated = sum((part["allocatedAmountSet"] for part in line["discountAllocations"]), ZERO)
            assert line["originalTotalSet"] - allocated == line["discountedTotalSet"]


def test_the_sales_order_agrees_with_the_shop_to_the_penny(business: Business) -> None:
    keeper = Bookkeeper(business)
    for sale in posted(business):
        order = keeper.books(sale).orders[0]
        assert (order["DocTotal"], order["VatSum"]) == (sale.total, sale.tax)
        assert total_of(order) == order["DocTotal"]
        freight = [one["LineGross"] for one in order["DocumentAdditionalExpenses"] if one["ExpenseCode"] == SHIPPING]
        assert sum(freight, ZERO) == sale.shipping


def test_deliveries_and_invoices_together_are_the_order(business: Business) -> None:
    keeper = Bookkeeper(business)
    several = 0
    for sale in posted(business):
        books = keeper.books(sale)
        for docs in (books.deliveries, books.invoices):
            if docs:
                several += len(docs) > 1
                assert sum((doc["DocTotal"] for doc in docs), ZERO) == sale.total
                assert sum((doc["VatSum"] for doc in docs), ZERO) == sale.tax
    assert several


def test_documents_are_chained_and_closed_by_what_follows(business: Business) -> None:
    keeper = Bookkeeper(business)
    for sale in posted(business):
        books = keeper.books(sale)
        order = books.orders[0]
        is_done = bool(sale.parcels) or sale.cancelled_at is not None
        assert order["DocumentStatus"] == ("bost_Close" if is_done else "bost_Open")
        for delivery, invoice in zip(books.deliveries, books.invoices, strict=True):
            assert {line["BaseEntry"] for line in delivery["DocumentLines"]} == {order["DocEntry"]}
            assert {line["BaseType"] for line in invoice["DocumentLines"]} == {15}
            assert delivery["DocumentStatus"] == "bost_Close"


def test_a_credit_memo_is_its_refund_in_every_part(business: Business) -> None:
    keeper = Bookkeeper(business)
    credited = 0
    for sale in posted(business):
        memos = {memo["U_RefundId"]: memo for memo in keeper.books(sale).credit_memos}
        for refund in sale.refunds:
            memo = memos.pop(str(refund.refund_id), None)
            if memo:
                credited += 1
                assert (memo["DocTotal"], memo["VatSum"]) == (refund.total, refund.tax)
                assert total_of(memo) == memo["DocTotal"]
        assert not memos
    assert credited > 10


def test_a_refund_never_exceeds_what_was_bought(business: Business) -> None:
    for sale in business.sales:
        assert sale.refunded <= sale.total
        for line in sale.lines:
            assert sale.refunded_units(line) <= line.quantity


def test_a_clean_payout_is_the_sum_of_its_rows(business: Business) -> None:
    assert len(business.payouts) > 20
    for payout in business.payouts:
        nodes = payouts.row_nodes(payout)
        rows = [row for row in nodes if row["type"] != "TRANSFER"]
        assert sum((row["net"] for row in rows), ZERO) == payouts.payout_node(payout)["net"]
        assert all(row["amount"] - row["fee"] == row["net"] for row in nodes)
        assert sum((row["net"] for row in nodes), ZERO) == 0


def test_a_payout_journal_balances_and_carries_the_number(business: Business) -> None:
    booked = [payout for payout in business.payouts if payout.posted_at]
    assert booked
    for payout in booked:
        (journal,) = treasury.payout_books(payout, business.ids).journals
        sides: list[Any] = journal["JournalEntryLines"]
        assert sum((side["Debit"] - side["Credit"] for side in sides), ZERO) == 0
        assert journal["Reference"] == payout.key


def test_every_row_of_the_account_is_paid_out_once_or_waits(business: Business) -> None:
    rows = [row.number for payout in business.payouts for row in payout.rows if row.sale]
    rows += [row.number for waiting in business.pending_rows.values() for row in waiting]
    moved = sum(
        sum(p.gateway == "shopify_payments" for p in sale.payments)
        + sum(r.gateway == "shopify_payments" and bool(r.total) for r in sale.refunds)
        for sale in business.sales
    )
    assert len(rows) == len(set(rows)) == moved
