"""The laws of money: nothing is lost, nothing is mixed, and rounding is explainable to the penny."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.money import (
    CurrencyMismatch,
    Money,
    decimal_of,
    explainable_tax_gap,
    format_kept,
    format_money,
    minor_unit,
    plain,
    round_half_even,
    round_half_up,
    total,
)

PENNY = Decimal("0.01")
CURRENCIES = st.sampled_from(["GBP", "EUR", "JPY", "KWD", "CHF"])
AMOUNTS = st.decimals("-1000000", "1000000", places=6)
PRICES = st.decimals("0.01", "5000", places=2)
RATES = st.sampled_from([Decimal(rate) for rate in ("0.05", "0.07", "0.19", "0.20", "0.25", "0.0875")])


@given(AMOUNTS, CURRENCIES)
def test_rounding_moves_an_amount_by_half_a_unit_at_most(amount: Decimal, currency: str) -> None:
    unit = minor_unit(currency)
    for rounded in (round_half_up(amount, unit), round_half_even(amount, unit)):
        assert abs(rounded - amount) <= unit / 2
        assert rounded % unit == 0


@given(AMOUNTS)
def test_a_refund_is_rounded_like_the_sale_it_undoes(amount: Decimal) -> None:
    assert round_half_up(-amount, PENNY) == -round_half_up(amount, PENNY)


def test_half_a_penny_goes_away_from_zero_or_to_the_even_one() -> None:
    halves = [Decimal("0.005"), Decimal("0.015"), Decimal("-0.005")]
    assert [round_half_up(half, PENNY) for half in halves] == [Decimal("0.01"), Decimal("0.02"), Decimal("-0.01")]
    assert [round_half_even(half, PENNY) for half in halves] == [Decimal("0"), Decimal("0.02"), Decimal("0")]


@given(st.lists(PRICES, min_size=1, max_size=40), RATES)
def test_line_and_document_rounding_never_differ_by_more_than_the_explainable_gap(
    nets: list[Decimal], rate: Decimal
) -> None:
    by_line = sum((round_half_up(net * rate, PENNY) for net in nets), Decimal(0))
    by_document = round_half_up(sum(nets, Decimal(0)) * rate, PENNY)
    assert abs(by_line - by_document) <= explainable_tax_gap(len(nets), PENNY)


def test_the_explainable_gap_is_reached_to_the_penny() -> None:
    """Lines that all end on half a penny, tax rounded up on each: the gap is not a generous guess."""
    nets = [Decimal("0.025")] * 4  # 20 % is 0.005 each
    by_line = sum((round_half_up(net * Decimal("0.2"), PENNY) for net in nets), Decimal(0))
    by_document = round_half_up(sum(nets, Decimal(0)) * Decimal("0.2"), PENNY)
    assert by_line - by_document == Decimal("0.02")
    assert explainable_tax_gap(4, PENNY) == Decimal("0.025")
    assert explainable_tax_gap(1, PENNY) == PENNY


@given(AMOUNTS, CURRENCIES)
def test_people_read_the_rounded_amount_and_nothing_else(amount: Decimal, currency: str) -> None:
    shown = format_money(amount, currency)
    digits = "".join(letter for letter in shown if letter.isdigit() or letter in ".-")
    assert Decimal(digits) == round_half_up(amount, minor_unit(currency))


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1234.5", "GBP", "£1,234.50"),
        ("-3", "GBP", "-£3.00"),
        ("0", "GBP", "£0.00"),
        ("-0.004", "GBP", "£0.00"),
        ("1200", "JPY", "¥1,200"),
        ("1234.5", "CHF", "1,234.50 CHF"),
        ("0.0005", "KWD", "0.001 KWD"),
        ("7", None, "7.00"),
    ],
)
def test_money_is_shown_as_people_write_it(amount: str, currency: str | None, shown: str) -> None:
    assert format_money(Decimal(amount), currency) == shown


@given(AMOUNTS)
def test_plain_text_is_exact_and_needs_no_exponent(amount: Decimal) -> None:
    text = plain(amount)
    assert Decimal(text) == amount
    assert "E" not in text
    assert len(text.split(".")[1]) >= 2


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1E+3", "1000.00"), ("0", "0.00"), ("-0", "0.00"), ("1.230000", "1.23"), ("0.000001", "0.000001")],
)
def test_plain_text_has_two_decimals_at_least(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


@given(AMOUNTS, AMOUNTS, CURRENCIES)
def test_adding_and_taking_away_again_leaves_what_was(one: Decimal, other: Decimal, currency: str) -> None:
    assert Money(one, currency) + Money(other, currency) - Money(other, currency) == Money(one, currency)
    assert Money(one, currency) + -Money(one, currency) == Money(Decimal(0), currency)
    assert (Money(one, currency) < Money(other, currency)) == (one < other)


def test_currencies_are_never_mixed() -> None:
    pounds, euros = Money(Decimal(1), "GBP"), Money(Decimal(1), "EUR")
    for mix in (lambda: pounds + euros, lambda: pounds - euros, lambda: pounds < euros, lambda: pounds <= euros):
        with pytest.raises(CurrencyMismatch, match="GBP and EUR cannot be added or compared"):
            mix()


@given(st.lists(st.tuples(AMOUNTS, CURRENCIES), max_size=30))
def test_a_total_keeps_one_sum_per_currency(parts: list[tuple[Decimal, str]]) -> None:
    sums = total(Money(amount, currency) for amount, currency in parts)
    assert set(sums) == {currency for _, currency in parts}
    for currency, amount in sums.items():
        assert amount == sum((each for each, its in parts if its == currency), Decimal(0))


def test_a_float_is_no_amount() -> None:
    with pytest.raises(TypeError, match="must not be a float"):
        decimal_of(0.1)  # type: ignore[arg-type]  # that is what is refused
    assert decimal_of("0.1") == Decimal("0.1")
    assert decimal_of(3) == 3


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("1054.96 GBP", "£1,054.96"),
        ("-3.00 EUR", "-€3.00"),
        ("1200.00 JPY", "¥1,200"),
        ("10.4167 GBP", "10.4167 GBP"),
        ("12 GBP", "12 GBP"),
        ("#1001", "#1001"),
    ],
)
def test_an_amount_of_the_evidence_is_written_as_money_and_no_fraction_of_a_penny_is_lost(
    kept: str, shown: str
) -> None:
    assert format_kept(kept) == shown
