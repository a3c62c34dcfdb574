"""Which warehouses a channel's figures are the sum of."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from auditor.checking.facts.subset_search import Level, explain, shown, subset_sums

WHOLE, NOTHING = Decimal(1), Decimal(0)


def level(sku: str, available: int, *figures: int) -> Level:
    return Level(sku, Decimal(available), tuple(Decimal(figure) for figure in figures))


def test_the_subset_that_explains_most_wins() -> None:
    levels = [level("A", 15, 10, 5, 6), level("B", 9, 4, 5, 3), level("C", 3, 8, 9, 3)]
    found = explain(levels, ("01", "02", "03"), WHOLE, NOTHING)
    assert found is not None
    assert found.warehouses == ("01", "02")
    assert set(found.skus) == {"A", "B"}


def test_of_two_that_explain_the_same_the_one_that_leaves_out_least() -> None:
    found = explain([level("A", 10, 10, 0, 6)], ("01", "02", "03"), WHOLE, NOTHING)
    assert found is not None
    assert found.warehouses == ("01", "02")


def test_a_subset_that_sums_to_everything_explains_nothing() -> None:
    assert explain([level("A", 10, 10, 0)], ("01", "02"), WHOLE, NOTHING) is None


def test_share_and_buffer_are_applied_to_the_subset() -> None:
    found = explain([level("A", 3, 10, 20)], ("01", "02"), Decimal("0.5"), Decimal(2))
    assert found is not None
    assert found.warehouses == ("01",)


def test_one_warehouse_and_more_than_twelve_are_not_searched() -> None:
    assert explain([level("A", 1, 2)], ("01",), WHOLE, NOTHING) is None
    assert explain([level("A", 1, *[1] * 13)], tuple(str(n) for n in range(13)), WHOLE, NOTHING) is None


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=8), st.data())
def test_each_sum_is_that_of_its_bits(figures: list[int], data: st.DataObject) -> None:
    sums = subset_sums([Decimal(figure) for figure in figures])
    chosen = data.draw(st.integers(0, 2 ** len(figures) - 1))
    assert len(sums) == 2 ** len(figures)
    assert sums[chosen] == sum(figure for number, figure in enumerate(figures) if chosen >> number & 1)


@given(
    st.lists(st.lists(st.integers(1, 40), min_size=3, max_size=3), min_size=1, max_size=6),
    st.integers(1, 6),
)
def test_a_forgotten_warehouse_is_always_explained(items: list[list[int]], chosen: int) -> None:
    levels = []
    for number, figures in enumerate(items):
        total = sum(figure for place, figure in enumerate(figures) if chosen >> place & 1)
        levels.append(level(f"S{number}", total, *figures))
    found = explain(levels, ("01", "02", "03"), WHOLE, NOTHING)
    assert found is not None
    assert len(found.skus) == len(items)


def test_nothing_is_shown_below_zero() -> None:
    assert shown(Decimal("-3"), WHOLE, NOTHING) == 0
    assert shown(Decimal("9.9"), WHOLE, Decimal(2)) == 7
