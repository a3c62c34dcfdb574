"""The laws of rounding tax: how far the ways of rounding can be apart, and that each is recognised by its figures.

The facts work in whole coins in SQL; here the same is worked out with decimals, line by line, as a person would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from auditor.checking.facts import compute_facts
from auditor.clock import FixedClock
from auditor.matching import fill_settings, match
from auditor.money import explainable_tax_gap, round_half_up
from auditor.store.owner import Store
from tests.checks.defaults import complete
from tests.workspace import remember, settings

NOW = datetime(2026, 3, 2, 12)
PENNY = Decimal("0.01")
METHODS = ("line", "document", "unit", "cut")


@dataclass(frozen=True)
class Line:
    units: int
    amount: Decimal
    """Of all units: with tax where prices include it, else without."""
    rate: Decimal


def inside(amount: Decimal, rate: Decimal, is_included: bool) -> Decimal:
    """The tax of an amount before anybody rounds it."""
    return amount * rate / (1 + rate) if is_included else amount * rate


def tax_by(method: str, lines: Sequence[Line], is_included: bool) -> Decimal:
    """The tax of a document when it is rounded in this way."""
    if method == "document":
        rates = {line.rate for line in lines}
        sums = [(rate, sum((line.amount for line in lines if line.rate == rate), Decimal(0))) for rate in rates]
        return sum((round_half_up(inside(amount, rate, is_included), PENNY) for rate, amount in sums), Decimal(0))
    total = Decimal(0)
    for line in lines:
        if method == "unit":
            unit = inside(line.amount / line.units, line.rate, is_included)
            total += line.units * round_half_up(unit.quantize(Decimal("1e-12")), PENNY)
        elif method == "cut":
            total += inside(line.amount, line.rate, is_included).quantize(PENNY, rounding=ROUND_DOWN)
        else:
            total += round_half_up(inside(line.amount, line.rate, is_included), PENNY)
    return total


RATES = st.sampled_from([Decimal("0.2"), Decimal("0.05"), Decimal("0.23")])
UNIT_PRICES = st.integers(1, 9999).map(lambda pennies: Decimal(pennies) / 100)
LINES = st.builds(lambda units, price, rate: Line(units, price * units, rate), st.integers(1, 12), UNIT_PRICES, RATES)
DOCUMENTS = st.tuples(st.lists(LINES, min_size=1, max_size=8), st.booleans())


@given(DOCUMENTS)
def test_rounding_by_line_and_by_document_differ_by_half_a_penny_for_each_rounding(
    document: tuple[list[Line], bool],
) -> None:
    lines, is_included = document
    gap = abs(tax_by("line", lines, is_included) - tax_by("document", lines, is_included))
    rates = len({line.rate for line in lines})
    assert gap <= PENNY * (len(lines) + rates) / 2
    if rates == 1:
        assert gap <= explainable_tax_gap(len(lines), PENNY)


@given(DOCUMENTS)
def test_rounding_by_unit_and_by_line_differ_by_half_a_penny_for_each_unit_and_line(
    document: tuple[list[Line], bool],
) -> None:
    lines, is_included = document
    gap = abs(tax_by("unit", lines, is_included) - tax_by("line", lines, is_included))
    roundings = sum(line.units + 1 for line in lines if line.units > 1)
    assert gap <= PENNY * roundings / 2


@given(DOCUMENTS)
def test_cutting_off_never_gives_more_than_rounding_and_at_most_a_penny_a_line_less(
    document: tuple[list[Line], bool],
) -> None:
    lines, is_included = document
    less = tax_by("line", lines, is_included) - tax_by("cut", lines, is_included)
    assert Decimal(0) <= less <= PENNY * len(lines)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store.in_memory(FixedClock(NOW)) as store:
        yield store


def rows_of(documents: Sequence[tuple[list[Line], bool, str, str]]) -> dict[str, list[dict[str, Any]]]:
    """Orders whose tax the channel rounds in one way and B1 in another, on the same amounts."""
    names = ("sales_order", "sales_order_line", "b1_invoice", "b1_invoice_line")
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for number, (lines, is_included, channel, b1) in enumerate(documents, start=1):
        amount = sum((line.amount for line in lines), Decimal(0))
        taxes = {side: tax_by(method, lines, is_included) for side, method in (("channel", channel), ("b1", b1))}
        totals = {side: amount if is_included else amount + tax for side, tax in taxes.items()}
        rows["sales_order"].append(
            {"order_id": str(number), "total": totals["channel"], "tax": taxes["channel"],
             "is_tax_included": is_included}
        )  # fmt: skip
        rows["b1_invoice"].append(
            {"doc_entry": number, "reference": str(number), "total": totals["b1"], "tax": taxes["b1"]}
        )
        for place, line in enumerate(lines, start=1):
            tax = round_half_up(inside(line.amount, line.rate, is_included), PENNY)
            net = line.amount - tax if is_included else line.amount
            sku = f"ITEM{place}"
            common = {"quantity": line.units, "net": net, "tax": tax, "tax_rate": line.rate}
            rows["sales_order_line"].append({"order_id": str(number), "line_id": f"L{place}", "sku": sku, **common})
            rows["b1_invoice_line"].append({"doc_entry": number, "line_num": place, "item_code": sku, **common})
    rows["b1_item"] = [{"item_code": f"ITEM{place}"} for place in range(1, 9)]
    return rows


@given(
    st.lists(
        st.tuples(
            st.lists(LINES, min_size=1, max_size=8), st.booleans(),
            st.sampled_from(["line", "document"]), st.sampled_from(METHODS),
        ),
        min_size=30, max_size=50,
    )
)  # fmt: skip
# A run over the store takes half a second whatever it holds: few examples of many documents each.
@run_with(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_way_of_rounding_is_recognised_by_its_figures_to_the_penny(
    store: Store, documents: list[tuple[list[Line], bool, str, str]]
) -> None:
    rows = complete(rows_of(documents), NOW)
    remember(store, rows)
    try:
        with store.workspace(NOW) as con:
            fill_settings(con, settings())
            match(con)
            compute_facts(con, NOW, wanted=["order_tax"])
            found = con.sql(
                "SELECT order_id, channel_method, b1_method, is_rounding, by_line, by_document, by_unit, "
                "tax_difference FROM fact.order_tax"
            ).fetchall()
    finally:
        store.write(lambda con: [con.execute(f"DELETE FROM history.{table}") for table in rows])
    seen = {int(row[0]): row[1:] for row in found}
    for number, (lines, is_included, channel, b1) in enumerate(documents, start=1):
        by = {method: tax_by(method, lines, is_included) for method in METHODS}
        if by[channel] == by[b1]:
            assert number not in seen, "the same tax is no difference"
            continue
        channel_method, b1_method, is_rounding, by_line, by_document, by_unit, difference = seen[number]
        assert (by_line, by_document, by_unit) == (by["line"], by["document"], by["unit"])
        assert difference == by[b1] - by[channel]
        assert is_rounding, "another way of rounding explains it to the penny, however large it is"
        assert by[channel_method] == by[channel], "a way is named only if it gives the channel's figure"
        assert b1_method is not None
