"""How a shop rounds tax is proved from its orders, or not said."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.connectors.magento.tax_method import ALGORITHMS, Algorithm, found_in, includes_tax

D = Decimal
PENNY = D("0.01")


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(PENNY, rounding=ROUND_HALF_UP)


def line(price: str, quantity: int, rate: str, tax: Decimal, *, included: bool = False) -> dict[str, Any]:
    unit_tax = rounded(D(price) * D(rate) / (100 + D(rate)) if included else D(price) * D(rate) / 100)
    net, gross = (D(price) - unit_tax, D(price)) if included else (D(price), D(price) + unit_tax)
    return {
        "qty_ordered": quantity,
        "base_price": net,
        "base_price_incl_tax": gross,
        "base_original_price": D(price),
        "tax_percent": D(rate),
        "base_tax_amount": tax,
        "base_discount_amount": D(0),
    }


def order(
    algorithm: Algorithm, lines: list[tuple[str, int]], rate: str = "21", *, included: bool = False
) -> dict[str, Any]:
    """An order whose tax was rounded by one of the methods."""
    items, remainder = [], D(0)
    for price, quantity in lines:
        unit = D(price) * D(rate) / (100 + D(rate)) if included else D(price) * D(rate) / 100
        exact = unit * quantity
        if algorithm == "UNIT_BASE_CALCULATION":
            tax = rounded(unit) * quantity
        elif algorithm == "ROW_BASE_CALCULATION":
            tax = rounded(exact)
        else:
            tax = rounded(exact + remainder)
            remainder += exact - tax
        items.append(line(price, quantity, rate, tax, included=included))
    return {"base_currency_code": "GBP", "items": items}


# Confirmed as intended by Magento: four lines of four pieces at 2.27, 21 %, differ by a penny.
FOUR_LINES = [("2.27", 4)] * 4


def test_the_known_example_gives_another_tax_by_row_than_in_total() -> None:
    sums = {name: sum(item["base_tax_amount"] for item in order(name, FOUR_LINES)["items"]) for name in ALGORITHMS}
    net = D("2.27") * 16
    assert net + sums["TOTAL_BASE_CALCULATION"] == D("43.95")
    assert net + sums["ROW_BASE_CALCULATION"] == D("43.96")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("included", [True, False])
def test_the_method_is_the_one_that_no_order_contradicts(algorithm: Algorithm, included: bool) -> None:
    orders = [
        order(algorithm, FOUR_LINES, included=included),
        order(algorithm, [("1.11", 3), ("0.37", 7)], included=included),
        order(algorithm, [("3.33", 9), ("3.33", 9), ("3.33", 9), ("3.33", 9)], included=included),
        order(algorithm, [("2.03", 1), ("2.03", 1), ("2.03", 1)], included=included),
    ]
    found = found_in(orders)
    assert found.algorithm == algorithm
    assert found.price_includes_tax == ("1" if included else "0")
    assert found.orders >= 1


def test_orders_that_all_methods_explain_prove_nothing() -> None:
    assert found_in([order("ROW_BASE_CALCULATION", [("10.00", 2)], "20")]).algorithm is None
    assert found_in([]).algorithm is None


def test_orders_that_contradict_each_other_prove_nothing() -> None:
    orders = [order(name, FOUR_LINES) for name in ALGORITHMS]
    assert found_in(orders).algorithm is None


def test_a_free_gift_at_a_rate_says_nothing_and_hides_nothing() -> None:
    with_gift = [order("ROW_BASE_CALCULATION", lines) for lines in ([*FOUR_LINES, ("0", 1)], [("1.11", 3), ("0", 1)])]
    without = [order("ROW_BASE_CALCULATION", lines) for lines in (FOUR_LINES, [("1.11", 3)])]
    assert found_in(with_gift) == found_in(without)


def test_discounted_orders_are_left_out() -> None:
    discounted = order("UNIT_BASE_CALCULATION", FOUR_LINES)
    discounted["items"][0]["base_discount_amount"] = D(1)
    assert found_in([discounted]).orders == 0


def test_mixed_catalogues_are_not_said_to_be_either() -> None:
    both = [order("ROW_BASE_CALCULATION", FOUR_LINES, included=included) for included in (True, False)]
    assert found_in(both).price_includes_tax is None
    assert includes_tax({"base_price": D(1), "base_price_incl_tax": D(1), "base_original_price": D(1)}) is None


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ALGORITHMS),
    st.lists(
        st.lists(st.tuples(st.integers(1, 9999), st.integers(1, 9)), min_size=1, max_size=5), min_size=1, max_size=4
    ),
    st.booleans(),
)
@example("TOTAL_BASE_CALCULATION", [[(1, 1), (4, 1), (89, 4)]], True)  # the tax of the first line is rounded to nothing
def test_a_method_that_was_not_used_is_never_named(
    algorithm: Algorithm, orders: list[list[tuple[int, int]]], included: bool
) -> None:
    made = [
        order(algorithm, [(str(D(pence) / 100), quantity) for pence, quantity in lines], included=included)
        for lines in orders
    ]
    assert found_in(made).algorithm in (algorithm, None)
