"""Each pound is counted once, and what follows from a missing order is muted."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.checking import people
from auditor.checking.life_cycle import advance
from auditor.checking.money_once import weigh
from auditor.model import Candidate, CheckOutcome, Finding, Verdict, identity_of
from tests.checking.builders import CHANNEL, NOON, candidate, outcome

AREA = {
    "order_missing_in_b1": "orders", "order_total_mismatch": "orders", "order_line_mismatch": "orders",
    "order_reference_missing": "orders", "tax_amount_error": "tax", "tracking_not_on_channel": "fulfilment",
    "refund_without_credit_memo": "refunds", "payout_not_posted": "payouts", "stock_drift": "stock",
    "stock_warehouse_subset": "stock", "stock_update_rejected": "stock",
}  # fmt: skip


def claim(check_id: str, money: str, **keys: str) -> Candidate:
    subject = ":".join(keys.values())
    return candidate(subject, check_id=check_id, area=AREA[check_id], money_at_risk=Decimal(money), keys=keys)


def outcomes(*candidates: Candidate) -> list[CheckOutcome]:
    return [outcome(each, check_id=each.check_id) for each in candidates]


def weighed(*candidates: Candidate, previous: dict[str, Finding] | None = None) -> list[Candidate]:
    return [
        each
        for found in weigh(outcomes(*candidates), previous or {}, {"stock_warehouse_subset"})
        for each in found.candidates
    ]


def id_of(found: Candidate) -> str:
    return identity_of(found.check_id, CHANNEL, found.subject_id)


@pytest.mark.parametrize(
    ("heavier", "lighter"),
    [
        ("payout_not_posted", "refund_without_credit_memo"),
        ("refund_without_credit_memo", "order_total_mismatch"),
        ("order_missing_in_b1", "order_total_mismatch"),
        ("order_total_mismatch", "tax_amount_error"),
        ("tax_amount_error", "tracking_not_on_channel"),
    ],
)
def test_on_one_order_the_heavier_finding_carries_the_money(heavier: str, lighter: str) -> None:
    above, below = claim(heavier, "10", order_id="7"), claim(lighter, "10", order_id="7")
    for order in ((above, below), (below, above)):
        found = {each.check_id: each for each in weighed(*order)}
        assert (found[heavier].money_at_risk, found[heavier].parent_id) == (Decimal(10), None)
        assert (found[lighter].money_at_risk, found[lighter].parent_id) == (Decimal(0), id_of(above))


def test_money_that_is_not_in_the_heavier_finding_stays_where_it_is() -> None:
    found = weighed(
        claim("tax_amount_error", "0.01", order_id="7"), claim("tracking_not_on_channel", "99", order_id="7")
    )
    assert [each.money_at_risk for each in found] == [Decimal("0.01"), Decimal(99)]


def test_another_order_another_channel_or_another_currency_takes_nothing() -> None:
    heavy, light = claim("order_total_mismatch", "10", order_id="7"), claim("tax_amount_error", "5", order_id="7")
    for other in (
        claim("tax_amount_error", "5", order_id="8"),
        replace(light, currency="EUR"),
        replace(light, channel="shopify-de"),
    ):
        assert weighed(heavy, other)[1].money_at_risk == Decimal(5)


def test_lines_and_references_stand_beside_the_total() -> None:
    found = weighed(
        claim("order_total_mismatch", "50", order_id="7"),
        claim("order_line_mismatch", "5", order_id="7", sku="A"),
        claim("order_reference_missing", "40", order_id="7"),
    )
    assert [each.parent_id for each in found] == [None, None, None]


def test_children_of_a_common_cause_keep_their_money() -> None:
    cause = claim("stock_warehouse_subset", "0", location="L1")
    drift = replace(
        claim("stock_drift", "30", sku="A", location="L1"),
        parent_check="stock_warehouse_subset",
        parent_subject_id="L1",
    )
    (_, child) = weighed(cause, drift)
    assert (child.money_at_risk, child.parent_id) == (Decimal(30), id_of(cause))


def test_a_named_parent_takes_the_money_only_when_it_is_there() -> None:
    parent = claim("order_total_mismatch", "1", order_id="9")
    child = replace(
        claim("tracking_not_on_channel", "30", order_id="7"),
        parent_check="order_total_mismatch",
        parent_subject_id="9",
    )
    assert weighed(parent, child)[1].money_at_risk == 0
    assert weighed(child)[0].money_at_risk == 30


MISSING = claim("order_missing_in_b1", "100", order_id="7")
REFUND = claim("refund_without_credit_memo", "100", order_id="7", refund_id="r1")


def test_a_missing_order_mutes_what_follows_from_it_and_keeps_its_money() -> None:
    found = {each.check_id: each for each in weighed(REFUND, MISSING)}
    muted = found["refund_without_credit_memo"]
    assert (muted.inhibited_by, muted.money_at_risk) == (id_of(MISSING), Decimal(0))
    assert found["order_missing_in_b1"].money_at_risk == 100
    assert found["order_missing_in_b1"].parent_id is None


def test_a_missing_order_mutes_no_other_order_and_no_stock() -> None:
    other = claim("refund_without_credit_memo", "5", order_id="8", refund_id="r2")
    stock = claim("stock_drift", "5", sku="A", location="L1")
    assert [each.inhibited_by for each in weighed(MISSING, other, stock)] == [None, None, None]


def stands(found: Candidate) -> dict[str, Finding]:
    return {finding.finding_id: finding for finding, _ in advance({}, outcomes(found), NOON, 1)}


def test_an_order_still_mutes_when_its_check_could_not_judge_this_time() -> None:
    unjudged = outcome(check_id="order_missing_in_b1", verdict=Verdict.NOT_JUDGED)
    found = weigh([unjudged, *outcomes(REFUND)], stands(MISSING))[1].candidates[0]
    assert found.inhibited_by == id_of(MISSING)


def test_an_order_that_is_no_longer_missing_mutes_nothing() -> None:
    judged = outcome(check_id="order_missing_in_b1")
    found = weigh([judged, *outcomes(REFUND)], stands(MISSING))[1].candidates[0]
    assert (found.inhibited_by, found.money_at_risk) == (None, Decimal(100))


def test_what_a_person_settled_neither_mutes_nor_carries() -> None:
    (finding,) = stands(MISSING).values()
    settled, _ = people.resolve(finding, actor="Ann", reason="Booked by hand.", at=NOON)
    found = weighed(MISSING, REFUND, previous={settled.finding_id: settled})[1]
    assert (found.inhibited_by, found.money_at_risk) == (None, Decimal(100))


MONEY = st.integers(0, 50).map(Decimal)
CLAIMS = st.lists(
    st.builds(
        lambda check, money, order: claim(check, str(money), order_id=order),
        st.sampled_from([check for check in AREA if not check.startswith("stock")]),
        MONEY,
        st.sampled_from(["7", "8"]),
    ),
    max_size=8,
    unique_by=id_of,
)


@given(CLAIMS)
def test_nothing_is_counted_twice_and_nothing_grows(candidates: list[Candidate]) -> None:
    before = {id_of(each): each for each in candidates}
    after = {id_of(each): each for each in weighed(*candidates)}
    assert after.keys() == before.keys()
    for finding_id, found in after.items():
        assert found.money_at_risk in (before[finding_id].money_at_risk, Decimal(0))
        if found.parent_id is not None:
            assert found.money_at_risk == 0
            assert after[found.parent_id].parent_id is None
            contains = after[found.parent_id].money_at_risk >= before[finding_id].money_at_risk
            assert contains or found.inhibited_by is not None


@given(CLAIMS, st.randoms())
def test_the_order_of_the_checks_does_not_matter(candidates: list[Candidate], random: Any) -> None:
    shuffled = list(candidates)
    random.shuffle(shuffled)
    assert {id_of(each): each for each in weighed(*candidates)} == {id_of(each): each for each in weighed(*shuffled)}


def test_a_finding_is_muted_by_whatever_its_check_says_it_follows_from() -> None:
    uncredited = claim("refund_without_credit_memo", "12.00", refund_id="r1")
    paid_back = replace(claim("payout_not_posted", "12.00", refund_id="r1"), muted_by=("refund_without_credit_memo",))
    other = replace(claim("payout_not_posted", "12.00", refund_id="r2"), muted_by=("refund_without_credit_memo",))
    first, second, third = weighed(uncredited, paid_back, other)
    assert (first.inhibited_by, first.money_at_risk) == (None, Decimal("12.00"))
    assert (second.inhibited_by, second.parent_id) == (id_of(uncredited), id_of(uncredited))
    assert (second.money_at_risk, third.inhibited_by, third.money_at_risk) == (Decimal(0), None, Decimal("12.00"))


def test_a_refused_push_mutes_the_level_at_its_location_and_no_other() -> None:
    refused = claim("stock_update_rejected", "30", sku="A", location="L1")
    here, there = (
        replace(claim("stock_drift", "30", sku="A", location=place), muted_by=("stock_update_rejected",))
        for place in ("L1", "L2")
    )
    found = {each.keys["location"]: each for each in weighed(refused, here, there) if each.check_id == "stock_drift"}
    assert (found["L1"].inhibited_by, found["L1"].money_at_risk) == (id_of(refused), Decimal(0))
    assert (found["L2"].inhibited_by, found["L2"].money_at_risk) == (None, Decimal(30))


def test_a_refused_push_of_no_named_location_mutes_the_level_at_all_of_them() -> None:
    refused = claim("stock_update_rejected", "30", sku="A")
    drift = replace(claim("stock_drift", "30", sku="A", location="L1"), muted_by=("stock_update_rejected",))
    assert weighed(refused, drift)[1].inhibited_by == id_of(refused)
