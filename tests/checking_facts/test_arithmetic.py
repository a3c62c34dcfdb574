"""The exact arithmetic of facts, against Python's decimals."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.checking.facts.statements import run
from auditor.clock import FixedClock
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.workspace import LONG_AGO

AMOUNTS = st.decimals("-9999999", "9999999", places=4)
QUANTITIES = st.decimals("0.001", "99999", places=3)


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    with Store.in_memory(FixedClock(LONG_AGO)) as store, store.scratch() as con:
        con.execute("CREATE SCHEMA fact")
        run(con, "arithmetic")
        yield con


def one(con: Connection, expression: str, **values: object) -> object:
    cast = expression
    for name, value in values.items():
        if isinstance(value, Decimal):
            cast = cast.replace(f"${name}", f"CAST(${name} AS DECIMAL(19,6))")
    texts = {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}
    return con.sql(f"SELECT {cast}", params=texts).fetchall()[0][0]


@settings(max_examples=200, deadline=None)
@given(amount=AMOUNTS, part=QUANTITIES, whole=QUANTITIES)
@example(amount=Decimal("0.01"), part=Decimal(1), whole=Decimal(2))
@example(amount=Decimal("-0.01"), part=Decimal(1), whole=Decimal(2))
def test_a_share_is_rounded_half_up_to_the_penny(
    con: Connection, amount: Decimal, part: Decimal, whole: Decimal
) -> None:
    part, whole = sorted((part, whole))
    expected = amount if part == whole else (amount * part / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert one(con, "fact.share($amount, $part, $whole)", amount=amount, part=part, whole=whole) == expected


def test_the_largest_amounts_do_not_overflow(con: Connection) -> None:
    most = Decimal("9999999999999.999999")
    assert one(con, "fact.share($amount, $part, $whole)", amount=most, part=Decimal(1), whole=Decimal(3)) == Decimal(
        "3333333333333.33"
    )
    assert one(con, "fact.millionths($a) * fact.millionths($a)", a=most) == int(f"{most:f}".replace(".", "")) ** 2


@settings(max_examples=200, deadline=None)
@given(
    base=st.decimals("0", "99999", places=2),
    rate=st.sampled_from(["0", "0.05", "0.2", "0.077", "0.255"]),
    included=st.booleans(),
    coin=st.sampled_from(["0.01", "1", "0.001"]),
)
def test_tax_in_coins_is_python_s_tax(con: Connection, base: Decimal, rate: str, included: bool, coin: str) -> None:
    tax = base * Decimal(rate) / (1 + Decimal(rate) if included else 1)
    expected = int((tax / Decimal(coin)).quantize(Decimal(1), ROUND_HALF_UP))
    found = one(
        con,
        f"fact.tax_in_coins($base, $rate, {str(included).lower()}, $coin)",
        base=base,
        rate=Decimal(rate),
        coin=Decimal(coin),
    )
    assert found == expected


@settings(max_examples=100, deadline=None)
@given(base=st.decimals("-999", "9999", places=2), units=st.integers(1, 24), per=st.integers(1, 6))
def test_whole_sets_round_down_below_zero_too(con: Connection, base: Decimal, units: int, per: int) -> None:
    expected = (base * per / units).quantize(Decimal(1), ROUND_FLOOR)
    found = one(con, f"fact.whole_units($base, CAST({units} AS HUGEINT), CAST({per} AS HUGEINT))", base=base)
    assert found == expected


@pytest.mark.parametrize(
    ("policy", "figure"),
    [("available", 6), ("on_hand", 10), ("available_and_ordered", 13)],
    ids=lambda value: str(value),
)
def test_what_a_policy_counts_as_sellable(con: Connection, policy: str, figure: int) -> None:
    assert one(con, "fact.figure($policy, 10, 4, 7)", policy=policy) == figure
