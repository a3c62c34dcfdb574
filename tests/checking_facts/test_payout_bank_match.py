"""Payouts and lines of the bank's statement: nothing is used twice, and every pair adds up to the penny."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from auditor.checking.facts import payout_bank_match
from auditor.checking.facts.payout_bank_match import Credit, Paid, covering_sets, is_near, match

DAY = date(2026, 3, 2)
amounts = st.integers(min_value=-300, max_value=900).map(lambda pence: Decimal(pence) / 100)
days = st.integers(min_value=0, max_value=6).map(lambda count: DAY + timedelta(days=count))


def paid(number: int, amount: Decimal, day: date = DAY, payer: str = "shop") -> Paid:
    return Paid(("shop", f"P{number:04d}"), amount, "GBP", day, (f"P{number:04d}",), payer)


def credit(number: int, amount: Decimal, day: date = DAY, text: str = "") -> Credit:
    return Credit(("GB01", f"B{number:04d}"), amount, "GBP", day, text)


some_paid = st.lists(st.tuples(amounts, days, st.sampled_from(["shop", "market"])), max_size=12).map(
    lambda rows: [paid(number, amount, day, payer) for number, (amount, day, payer) in enumerate(rows)]
)
some_credits = st.lists(
    st.tuples(amounts, days, st.sampled_from(["", "P0000", "P0001 P0002", "CARDS"])), max_size=8
).map(lambda rows: [credit(number, amount, day, text) for number, (amount, day, text) in enumerate(rows)])


@given(some_paid, some_credits)
def test_every_line_is_the_sum_of_its_payouts_and_nothing_is_used_twice(
    payouts: list[Paid], credits: list[Credit]
) -> None:
    found = match(payouts, credits).found
    for one in found:
        assert sum((each.amount for each in one.payouts), Decimal(0)) == one.credit.amount
        assert len(one.payouts) <= payout_bank_match.MOST_TOGETHER
        assert len({each.payer for each in one.payouts}) == 1
    used = [each.key for one in found for each in one.payouts]
    assert len(used) == len(set(used))
    lines = [one.credit.key for one in found]
    assert len(lines) == len(set(lines))


@given(some_paid, some_credits)
def test_the_order_in_which_they_are_read_does_not_matter(payouts: list[Paid], credits: list[Credit]) -> None:
    before = match(payouts, credits)
    after = match(list(reversed(payouts)), list(reversed(credits)))
    assert before == after


@given(st.lists(amounts.filter(bool), min_size=2, max_size=14), st.data())
def test_a_choice_that_was_made_is_found_or_a_smaller_one(values: list[Decimal], data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(range(len(values))), min_size=2, max_size=10))
    total = sum((values[number] for number in chosen), Decimal(0))
    found = covering_sets(total, [paid(number, value) for number, value in enumerate(values)])
    assert found
    assert all(sum((one.amount for one in each), Decimal(0)) == total for each in found)
    assert all(2 <= len(each) <= len(chosen) for each in found)
    assert len({tuple(sorted(one.key for one in each)) for each in found}) == len(found)


def test_two_choices_that_fit_alike_decide_nothing() -> None:
    payouts = [paid(1, Decimal(10)), paid(2, Decimal(20)), paid(3, Decimal(5)), paid(4, Decimal(25))]
    assert not match(payouts, [credit(1, Decimal(30))]).found


def test_payouts_of_two_payers_are_never_in_one_line() -> None:
    payouts = [paid(1, Decimal(10), payer="stripe"), paid(2, Decimal(20), payer="paypal")]
    assert not match(payouts, [credit(1, Decimal(30))]).found


def test_a_search_without_end_ends_with_nothing() -> None:
    values = [Decimal(2) ** number for number in range(30)]
    payouts = [paid(number, value) for number, value in enumerate(values)]
    assert covering_sets(sum(values, Decimal(0)) + Decimal("0.5"), payouts) == []
    halves = [paid(number, Decimal(1000) + Decimal(number) / 7) for number in range(30)]
    assert covering_sets(Decimal("10000.03"), halves) == []


def test_a_week_end_between_them_does_not_count() -> None:
    friday = date(2026, 3, 6)
    assert is_near(friday, date(2026, 3, 11))
    assert not is_near(friday, date(2026, 3, 12))
    assert is_near(date(2026, 3, 11), friday)


def test_holidays_between_them_do_not_count_either() -> None:
    christmas_eve, holidays = date(2026, 12, 24), {date(2026, 12, 25), date(2026, 12, 28)}
    assert is_near(christmas_eve, date(2026, 12, 31), holidays)
    assert not is_near(christmas_eve, date(2027, 1, 1), holidays)
    assert is_near(christmas_eve, date(2027, 1, 1), {*holidays, date(2027, 1, 1)})
