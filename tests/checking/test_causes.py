"""What stands open, grouped under what it comes from."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.checking import library
from auditor.checking.causes import Causes, Standing, as_json, group

AT = datetime(2026, 3, 2, 12)
LIBRARY = library.Library(
    library.load_file(library.shipped_folder() / "stock" / f"{name}.sql")
    for name in ("stock_drift", "stock_warehouse_subset")
)


def standing(finding_id: str, check_id: str = "stock_drift", **more: Any) -> Standing:
    known: dict[str, Any] = {
        "channel": "shopify-uk", "subject_id": finding_id, "keys": {}, "state": "open", "severity": "low",
        "owner": "OPS", "currency": "GBP", "money_at_risk": Decimal(10), "parent_id": None, "cause": None,
        "explanation": "It differs.", "first_seen_at": AT,
    }  # fmt: skip
    return Standing(finding_id, check_id, **known | more)


def names(causes: Causes) -> list[tuple[str, list[str]]]:
    return [(one.cause_id, sorted(each.finding_id for each in one.members)) for one in causes.causes]


def test_symptoms_hang_below_their_cause_however_deep_and_muted_ones_too() -> None:
    found = group(
        [
            standing("root", "stock_warehouse_subset", money_at_risk=Decimal(0), severity="high"),
            standing("a", parent_id="root"),
            standing("b", parent_id="a"),
            standing("c", parent_id="root", state="inhibited", money_at_risk=Decimal(0)),
            standing("alone"),
        ]
    )
    assert names(found) == [("root", ["a", "b", "c"])]
    assert [one.finding_id for one in found.alone] == ["alone"]
    shown = as_json(found, LIBRARY)
    (cause,) = shown["causes"]
    assert (cause["count"], cause["muted"], cause["symptoms"]) == (3, 1, 3)
    assert cause["explains"]
    assert cause["money"] == [{"currency": "GBP", "money_at_risk": "20.00"}]
    assert shown["total"] == {"count": 4, "money": [{"currency": "GBP", "money_at_risk": "30.00"}]}


def test_three_findings_with_the_same_cause_and_tax_code_share_it() -> None:
    same = {"check_id": "tax_rounding_document", "cause": "rounding_method"}
    found = group(
        [
            *(standing(f"o1-{number}", keys={"tax_code": "O1"}, **same) for number in range(3)),
            *(standing(f"o2-{number}", keys={"tax_code": "O2"}, **same) for number in range(2)),
        ]
    )
    assert names(found) == [("tax_rounding_document~shopify-uk~rounding_method~tax_code=O1", ["o1-0", "o1-1", "o1-2"])]
    assert len(found.alone) == 2


def test_the_cause_alone_is_shared_where_no_key_occurs_often_enough() -> None:
    same = {"check_id": "order_line_mismatch", "cause": "pack_size"}
    found = group(standing(f"f{number}", keys={"sku": f"S{number}"}, **same) for number in range(3))
    assert names(found) == [("order_line_mismatch~shopify-uk~pack_size", ["f0", "f1", "f2"])]


def test_causes_are_not_shared_across_channels_or_checks_or_without_a_name() -> None:
    found = group(
        [
            standing("a", cause="x"),
            standing("b", cause="x", channel="other-shop"),
            standing("c", cause="x", check_id="order_line_mismatch"),
            *(standing(f"n{number}") for number in range(5)),
        ]
    )
    assert not found.causes
    assert len(found.alone) == 8


def test_a_shared_cause_takes_along_what_hangs_below_its_members() -> None:
    found = group(
        [
            *(standing(f"m{number}", cause="x") for number in range(3)),
            standing("child", check_id="order_line_mismatch", parent_id="m1"),
        ]
    )
    assert names(found) == [("stock_drift~shopify-uk~x", ["child", "m0", "m1", "m2"])]
    assert found.of("child") is found.of("m0")


def test_what_is_muted_by_something_that_is_gone_is_neither_a_cause_nor_alone() -> None:
    found = group([standing("left", state="inhibited", parent_id="gone")])
    assert not found.causes
    assert not found.alone


def test_parents_that_name_each_other_end_somewhere() -> None:
    found = group([standing("a", parent_id="b"), standing("b", parent_id="a")])
    assert sum(len(one.all) for one in found.causes) + len(found.alone) <= 2


FINDINGS = st.lists(
    st.tuples(
        st.sampled_from(["stock_drift", "tax_rounding_document"]),
        st.sampled_from([None, "x", "y"]),
        st.sampled_from([{}, {"tax_code": "O1"}, {"tax_code": "O2"}, {"carrier": "DPD"}]),
        st.one_of(st.none(), st.integers(0, 19)),
        st.sampled_from(["GBP", "EUR", None]),
        st.decimals(0, 1000, places=2),
        st.sampled_from(["open", "acknowledged", "inhibited"]),
    ),
    max_size=20,
)


@given(FINDINGS)
def test_causes_and_what_stands_alone_add_up_to_everything_of_each_currency_apart(rows: list[Any]) -> None:
    everything = [
        standing(
            f"f{number:02}", check, cause=cause, keys=keys, parent_id=None if parent is None else f"f{parent:02}",
            currency=currency, money_at_risk=money if state != "inhibited" else Decimal(0), state=state,
        )
        for number, (check, cause, keys, parent, currency, money, state) in enumerate(rows)
        if parent != number
    ]  # fmt: skip
    # A chain of parents never leads back: the auditor names a parent only among heavier findings.
    everything = [one for one in everything if one.parent_id is None or one.parent_id < one.finding_id]
    found = group(everything)
    placed = [each.finding_id for one in found.causes for each in one.all] + [one.finding_id for one in found.alone]
    assert len(placed) == len(set(placed))
    live = [one for one in everything if one.is_live]
    assert {one.finding_id for one in live} <= set(placed)
    sums: dict[str, Decimal] = {}
    for one in live:
        if one.currency is not None:
            sums[one.currency] = sums.get(one.currency, Decimal(0)) + one.money_at_risk
    told = as_json(found, LIBRARY)["total"]
    assert told["count"] == len(live)
    assert {one["currency"]: Decimal(one["money_at_risk"]) for one in told["money"]} == sums


def test_causes_of_many_findings_come_before_those_of_one_and_its_shadows() -> None:
    found = group(
        [
            standing("dear", "payout_duplicate_posting", severity="critical", money_at_risk=Decimal(9000)),
            standing("shadow", parent_id="dear", state="inhibited", money_at_risk=Decimal(0)),
            *(standing(f"m{number}", cause="x", severity="low") for number in range(3)),
        ]
    )
    assert [one.kind for one in found.causes] == ["shared", "finding"]
