"""A guess explains a difference to the penny or not at all."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.checking.hypotheses import (
    Amounts,
    Charge,
    Quantities,
    Stock,
    Warehouse,
    why_amounts,
    why_quantities,
    why_stock,
)

ORDER = {
    "expected": D("126.00"), "currency": "GBP", "tax": D("21.00"),
    "charges": [Charge("shipping", D("5.00"), D("6.00")), Charge("wrapping", D("1.00"), D("1.20"))],
    "platform_discount": D("9.00"), "discount": D("10.00"), "tip": D("3.00"), "duties": D("4.00"), "line_count": 3,
    "adjustment": D("7.00"), "presentment_total": D("150.00"), "presentment_currency": "EUR",
}  # fmt: skip


@pytest.mark.parametrize(
    ("actual", "name", "arithmetic"),
    [
        ("105.00", "gross_versus_net", "£126.00 - tax £21.00 = £105.00"),
        ("147.00", "gross_versus_net", "£126.00 + tax £21.00 = £147.00"),
        ("120.00", "shipping_left_out", "£126.00 - shipping £6.00 = £120.00"),
        ("121.00", "shipping_left_out", "£126.00 - shipping without tax £5.00 = £121.00"),
        ("124.80", "charge_left_out", "£126.00 - wrapping £1.20 = £124.80"),
        ("118.80", "charge_left_out", "£126.00 - all charges £7.20 = £118.80"),
        ("117.00", "platform_discount_taken_off", "£126.00 - discount paid by the platform £9.00 = £117.00"),
        ("136.00", "discount_left_out", "£126.00 + discount £10.00 = £136.00"),
        ("138.00", "discount_left_out", "£126.00 + discount with tax £12.00 = £138.00"),
        ("123.00", "tip_left_out", "£126.00 - tip £3.00 = £123.00"),
        ("122.00", "duties_left_out", "£126.00 - duties £4.00 = £122.00"),
        ("119.00", "adjustment_left_out", "£126.00 - adjustment £7.00 = £119.00"),
        ("132.00", "charge_booked_twice", "£126.00 + shipping once more £6.00 = £132.00"),
        ("131.00", "charge_booked_twice", "£126.00 + shipping without tax once more £5.00 = £131.00"),
        ("150.00", "document_currency", "£126.00 was shown to the customer as €150.00"),
        ("126.02", "line_versus_document_rounding", "3 lines explain at most 0.02 by rounding; the difference is 0.02"),
    ],
)
def test_each_guess_names_its_cause_with_its_arithmetic(actual: str, name: str, arithmetic: str) -> None:
    found = why_amounts(Amounts(actual=D(actual), **ORDER))  # type: ignore[arg-type]
    assert found is not None
    assert (found.name, found.arithmetic) == (name, arithmetic)


@pytest.mark.parametrize(
    ("charge", "actual", "arithmetic"),
    [
        # a fifth of £4.95 is £0.99; the tax of £0.82 tells the rate within half a penny
        (Charge("shipping", D("4.13"), D("4.95")), "50.99", "£50.00 + tax on shipping with tax £0.99 = £50.99"),
        (Charge("shipping", D("4.13"), D("4.95")), "50.98", "£50.00 + tax on shipping with tax £0.98 = £50.98"),
        (Charge("shipping", D("4.13"), D("4.95")), "51.00", None),
        (Charge("shipping", D("4.13"), D("4.95")), "50.97", None),
        (Charge("shipping", D("4.13"), D("4.95")), "49.01", None),
        (Charge("shipping", D("4.95"), D("4.95")), "50.99", None),
        (Charge("shipping", D(0), D("4.95")), "50.99", None),
    ],
)
def test_a_charge_is_taxed_twice_only_where_it_had_tax(charge: Charge, actual: str, arithmetic: str | None) -> None:
    found = why_amounts(Amounts(D("50.00"), D(actual), "GBP", charges=[charge]))
    assert (found and (found.name, found.arithmetic)) == (arithmetic and ("charge_taxed_twice", arithmetic))


@pytest.mark.parametrize("actual", ["126.00", "126.03", "125.97", "119.99", "136.01", "1.00"])
def test_a_penny_beside_it_no_guess_fits(actual: str) -> None:
    assert why_amounts(Amounts(actual=D(actual), **ORDER)) is None  # type: ignore[arg-type]


@given(st.decimals(1, 1000, places=2), st.decimals(1, 1000, places=2))
def test_parts_that_are_nothing_explain_nothing(expected: D, actual: D) -> None:
    assert why_amounts(Amounts(expected=expected, actual=actual)) is None


@pytest.mark.parametrize(
    ("expected", "actual", "size", "arithmetic"),
    [
        ("2", "24", "12", "2 x 12 per pack = 24"),
        ("24", "2", "12", "2 x 12 per pack = 24"),
        ("2", "23", "12", None),
        ("2", "24", "1", None),
        ("2", "24", None, None),
        ("0", "0", "12", None),
    ],
)
def test_packs_and_pieces(expected: str, actual: str, size: str | None, arithmetic: str | None) -> None:
    found = why_quantities(Quantities(D(expected), D(actual), None if size is None else D(size)))
    assert (None if found is None else found.arithmetic) == arithmetic


HELD = {"01": Warehouse(D(30), D(5), D(8)), "02": Warehouse(D(10), D(1), D(0))}


def stock(actual: int, **fields: object) -> str | None:
    given_fields = {"warehouses": HELD, "policy": "available", "buffer": D(0), "share": D(1)} | fields
    found = why_stock(Stock(D(actual), **given_fields))  # type: ignore[arg-type]
    return None if found is None else found.name


def test_each_stock_guess_names_its_cause() -> None:
    assert stock(40) == "on_hand_instead_of_available"
    assert stock(42) == "ordered_counted"
    assert stock(25) == "warehouse_left_out"
    assert stock(34, buffer=D(4)) == "buffer_ignored"
    assert stock(30, share=D("0.5"), buffer=D(4)) == "share_ignored"


def test_the_right_figure_and_a_figure_of_nothing_have_no_cause() -> None:
    assert stock(34) is None
    assert stock(33) is None
    assert stock(40, policy="on_hand") is None
    assert stock(40, warehouses={}) is None


def test_a_warehouse_is_blamed_only_when_just_one_fits() -> None:
    twins = {"01": Warehouse(D(5), D(0), D(0)), "02": Warehouse(D(5), D(0), D(0)), "03": Warehouse(D(1), D(0), D(0))}
    assert stock(6, warehouses=twins) is None
    assert stock(10, warehouses=twins) == "warehouse_left_out"


def test_the_arithmetic_of_stock_says_which_figures() -> None:
    found = why_stock(Stock(D(25), HELD))
    assert found is not None
    assert found.arithmetic == "without warehouse 02: 25 instead of 34"
    on_hand = why_stock(Stock(D(40), HELD))
    assert on_hand is not None
    assert on_hand.arithmetic == "on hand 40, of which 6 committed; the channel shows 40"


@given(st.integers(-50, 50), st.integers(0, 10), st.sampled_from([D(1), D("0.5"), D("0.333")]))
def test_what_is_published_is_a_whole_number_and_never_below_nothing(base: int, buffer: int, share: D) -> None:
    shown = Stock(D(0), {}, buffer=D(buffer), share=share).published(D(base))
    assert shown >= 0
    assert shown == shown.to_integral_value()
    assert shown == 0 or shown <= base * share - buffer < shown + 1
