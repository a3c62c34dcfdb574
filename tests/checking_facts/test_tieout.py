"""Revenue and VAT tie out to the penny, whatever was sold, invoiced, credited and given back; what is left is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with

from auditor.checking import tieout
from auditor.checking.bridge import Item
from auditor.checking.bridge_steps import LEVELS
from auditor.checking.facts import compute_facts
from auditor.checking.library import load
from auditor.checking.tieout import Difference, Figure, tied
from auditor.model import Finding, State
from tests.checking_facts.conftest import NOW, Company, Rows
from tests.checking_facts.test_bridge import ZONE, finding, trades
from tests.thorough import TIMES
from tests.workspace import CHANNEL

COLUMNS = ("period", "currency", "measure", "channel_figure", "b1_figure", "timing", "explained", "tolerated",
           "unexplained", "documents", "largest")  # fmt: skip
Lines = list[dict[str, Any]]
Tie = Callable[..., Lines]
ENDED = datetime(2026, 3, 1)


@pytest.fixture(scope="module")
def tie(company: Company) -> Tie:
    """`fact.tieout` of a company with these rows and findings; nothing of them stays."""

    def lines(tables: Rows, findings: list[Finding]) -> Lines:
        with company(tables) as con:
            compute_facts(con, NOW, wanted=("tieout",))
            con.execute("UPDATE fact.tieout_figure SET is_first = FALSE")
            tieout.fill(con, findings, ZONE)
            rows = con.sql(f"SELECT {', '.join(COLUMNS)} FROM fact.tieout ORDER BY ALL").fetchall()
            return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

    return lines


@pytest.mark.law
@run_with(max_examples=8 * TIMES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trade=trades())
def test_the_parts_lead_from_the_channels_figure_to_that_of_the_books(tie: Tie, trade: Rows) -> None:
    for line in tie(trade, []):
        parts = line["timing"] + line["explained"] + line["tolerated"] + line["unexplained"]
        assert line["channel_figure"] + parts == line["b1_figure"], line
        assert (line["documents"] > 0) == (line["largest"] is not None)


def trade(**booked: Any) -> Rows:
    """An order of February, paid and invoiced."""
    order = {"channel": CHANNEL, "order_id": "o1", "order_ref": "#1001", "placed_at": datetime(2026, 2, 10, 12)}
    amounts = {"currency": "GBP", "total": Decimal(1200), "tax": Decimal(200)}
    invoice = {"doc_entry": 9, "doc_on": datetime(2026, 2, 11).date(), "reference": "#1001", **amounts, **booked}
    return {"sales_order": [order | amounts], "b1_invoice": [invoice]}


def left(lines: Lines) -> dict[str, tuple[Decimal, Decimal]]:
    """Explained and unexplained, by measure."""
    return {line["measure"]: (line["explained"], line["unexplained"]) for line in lines if line["period"] == "2026-02"}


def test_a_difference_is_parted_into_net_and_tax_and_a_finding_takes_both(tie: Tie) -> None:
    low = trade(total=Decimal(960), tax=Decimal(160))
    assert left(tie(low, [])) == {"revenue": (0, Decimal(-200)), "vat": (0, Decimal(-40))}
    told = finding(check_id="order_total_mismatch", money_at_risk=Decimal(240), difference="-240.00")
    assert left(tie(low, [told])) == {"revenue": (Decimal(-200), 0), "vat": (Decimal(-40), 0)}


def test_what_a_finding_leaves_is_parted_as_the_whole(tie: Tie) -> None:
    low = trade(total=Decimal(960), tax=Decimal(160))
    half = finding(check_id="order_total_mismatch", money_at_risk=Decimal(120), difference="-120.00")
    assert left(tie(low, [half])) == {
        "revenue": (Decimal(-100), Decimal(-100)),
        "vat": (Decimal(-20), Decimal(-20)),
    }


@pytest.mark.parametrize("state", [State.PENDING, State.ACCEPTED, State.SNOOZED, State.INHIBITED])
def test_what_is_looked_into_accepted_or_muted_explains_all_the_same(tie: Tie, state: State) -> None:
    low = trade(total=Decimal(960), tax=Decimal(160))
    told = finding(check_id="order_total_mismatch", money_at_risk=Decimal(240), difference="-240.00", state=state)
    assert left(tie(low, [told]))["revenue"] == (Decimal(-200), 0)


def test_pennies_of_rounding_are_explained(tie: Tie) -> None:
    assert left(tie(trade(total=Decimal("1200.05")), [])) == {"revenue": (Decimal("0.05"), 0), "vat": (0, 0)}


FIGURE = Figure(CHANNEL, 202602, "GBP", ENDED, Decimal(0), Decimal(0), Decimal(500), Decimal(100))
WHOLE = Difference(
    CHANNEL, 202602, "GBP", "o1", "#1001", None, None, Decimal(500), Decimal(100), Decimal(0),
    False, False, False, False,
)  # fmt: skip
ITEM = Item(CHANNEL, "2026-02", "GBP", "booked_not_sold", "o1", None, None, None, None, Decimal(600))


def test_an_order_without_an_invoice_is_no_revenue_that_lacks_an_explanation() -> None:
    waiting = replace(WHOLE, is_waiting=True, is_uninvoiced=True)
    revenue, vat = tied([FIGURE], [waiting], [(ITEM, Decimal(600))], set())
    assert (revenue[7], revenue[10], vat[10]) == (Decimal(500), 0, 0)


def test_steps_between_revenue_and_payout_are_none_of_its_business() -> None:
    later = replace(ITEM, step="settled_differs")
    revenue, _ = tied([FIGURE], [WHOLE], [(later, Decimal(600))], set())
    assert revenue[10] == 0


def test_another_tax_on_the_same_amount_is_tolerated_only_as_far_as_a_check_has_seen_it() -> None:
    shifted = replace(WHOLE, net=Decimal(-50), tax=Decimal(50))
    seen = replace(shifted, is_tax_judged=True)
    for one, told, parts in (
        (shifted, set[tuple[str, str]](), (0, 0, Decimal(50))),
        (shifted, {(CHANNEL, "o1")}, (Decimal(50), 0, 0)),
        (seen, set[tuple[str, str]](), (0, Decimal(50), 0)),
    ):
        _, vat = tied([FIGURE], [one], [], told)
        assert vat[8:11] == parts


def test_the_three_largest_documents_are_named() -> None:
    stray = replace(WHOLE, order_id=None, order_ref=None, b1_object="credit_memo", doc_entry=10, net=Decimal(-90))
    memo = replace(ITEM, order_id=None, b1_object="credit_memo", doc_entry=10, step="credits_of_no_refund")
    others = [replace(WHOLE, order_id=f"o{number}", order_ref=None, net=Decimal(number)) for number in (2, 3)]
    items = [(replace(ITEM, order_id=f"o{number}"), Decimal(100 + number)) for number in (2, 3)]
    revenue, _ = tied(
        [FIGURE],
        [WHOLE, replace(stray, tax=Decimal(0)), *others],
        [(ITEM, Decimal(600)), (memo, Decimal(-90)), *items],
        set(),
    )
    assert revenue[11:] == (4, "order #1001 (£500.00), credit memo 10 (-£90.00), order o3 (£3.00)")


def test_a_month_is_not_judged_where_a_check_cannot_be_that_would_explain_it() -> None:
    library = load()
    to_revenue = [level.name for level in LEVELS].index("revenue") + 1
    explaining = {check for level in LEVELS[:to_revenue] for step in level.steps for check in step.checks}
    assert len(explaining) > 10
    for check in sorted(explaining):
        behind = {table for table in library[check].header.reads if table.startswith("canonical.")}
        for tied_out in ("revenue_tieout", "vat_tieout"):
            assert behind <= set(library[tied_out].header.reads), (check, tied_out)
