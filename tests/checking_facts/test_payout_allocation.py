"""What a provider paid stands on the documents that it settles: to the penny, none overdrawn, no currency mixed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with

from auditor.checking.facts import compute_facts
from tests.checking_facts.conftest import NOW, Company, Rows
from tests.checking_facts.test_bridge import trades

Parts = list[tuple[Any, ...]]
Lines = dict[str, tuple[Decimal, str]]
Build = Callable[[Rows], tuple[Lines, Parts]]


@pytest.fixture(scope="module")
def allocated(company: Company) -> Build:
    """Of a company with these rows: the sales and refunds in payouts, and the parts that they were taken apart into."""

    def built(tables: Rows) -> tuple[Lines, Parts]:
        with company(tables) as con:
            compute_facts(con, NOW, wanted=["payout_allocation"])
            lines = con.sql("SELECT line_id, gross, currency FROM fact.payout_item").fetchall()
            parts = con.sql(
                "SELECT a.line_id, a.object, a.doc_entry, a.amount, coalesce(i.total, m.total), "
                "coalesce(i.currency, m.currency) FROM fact.payout_allocation AS a "
                "LEFT JOIN canonical.b1_invoice AS i ON a.object = 'invoice' AND i.doc_entry = a.doc_entry "
                "LEFT JOIN canonical.b1_credit_memo AS m ON a.object = 'credit_memo' AND m.doc_entry = a.doc_entry"
            ).fetchall()
            return {line: (gross, currency) for line, gross, currency in lines}, parts

    return built


@run_with(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trade=trades())
def test_the_parts_of_a_line_add_up_and_no_document_takes_more_than_it_comes_to(allocated: Build, trade: Rows) -> None:
    lines, parts = allocated(trade)
    summed = dict.fromkeys(lines, Decimal(0))
    taken: dict[tuple[str, int], Decimal] = {}
    for line, kind, doc_entry, amount, total, currency in parts:
        summed[line] += amount
        if doc_entry is not None:
            assert currency == lines[line][1]
            taken[kind, doc_entry] = taken.get((kind, doc_entry), Decimal(0)) + abs(amount)
            assert taken[kind, doc_entry] <= total
    assert summed == {line: gross for line, (gross, _) in lines.items()}


def test_a_sale_in_two_payouts_settles_its_two_invoices_in_turn(allocated: Build) -> None:
    order = {"order_id": "o1", "order_ref": "#1001", "total": Decimal("30.00"), "currency": "GBP"}
    paid = {"order_id": "o1", "kind": "charge", "currency": "GBP", "payout_id": "P1"}
    _, parts = allocated(
        {
            "sales_order": [order],
            "b1_invoice": [
                {"doc_entry": 1, "reference": "#1001", "total": Decimal("10.00"), "currency": "GBP"},
                {"doc_entry": 2, "reference": "#1001", "total": Decimal("19.00"), "currency": "GBP"},
            ],
            "payout_line": [
                {**paid, "line_id": "a", "gross": Decimal("12.00")},
                {**paid, "line_id": "b", "gross": Decimal("18.00")},
            ],
        }
    )
    assert sorted((line, doc_entry, amount) for line, _, doc_entry, amount, *_ in parts if doc_entry) == [
        ("a", 1, Decimal("10.00")),
        ("a", 2, Decimal("2.00")),
        ("b", 2, Decimal("17.00")),
    ]
    assert [(line, amount) for line, _, doc_entry, amount, *_ in parts if doc_entry is None] == [("b", Decimal("1.00"))]
