"""The planted faults: exact, disjoint, the same for the same seed, and present on the side they were planted on."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal

import pytest

from auditor.sandbox.faults.delays import NoticedLate
from auditor.sandbox.faults.edits import GoesAbroad
from auditor.sandbox.faults.plan import all_cases
from auditor.sandbox.host import Sandbox
from auditor.sandbox.sample import page, sample
from auditor.sandbox.shops import SHOPIFY
from auditor.sandbox.truth import LookAlike, Planted, Truth
from tests.truth import Seen, compare, table

NOW = datetime(2026, 11, 20, 12)
CHECKS = (
    "order_missing_in_b1", "order_duplicate_in_b1", "order_reference_missing", "order_total_mismatch",
    "order_line_mismatch", "order_cancelled_still_open_b1", "stock_drift", "stock_oversell_exposure",
    "stock_warehouse_subset", "stock_source_unavailable", "refund_without_credit_memo", "refund_amount_mismatch",
    "tracking_not_on_channel", "tax_rounding_document", "tax_amount_error", "payout_not_posted",
    "payout_identity_break",
)  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox.build(5, 1500, NOW, shops=(SHOPIFY,))


def test_every_check_has_several_faults_of_different_causes(sandbox: Sandbox) -> None:
    for check in CHECKS:
        causes = {planted.note for planted in sandbox.truth.of(check)}
        assert len(causes) >= 2, check


def test_every_kind_of_case_found_a_sale(sandbox: Sandbox) -> None:
    told = {planted.note for planted in sandbox.truth.planted}
    told |= {alike.note for alike in sandbox.truth.look_alikes}
    # Shopify does not tell the country, and of a slow flow only the first cause is told.
    elsewhere = {GoesAbroad.note, NoticedLate.note}
    assert {kind.note for kind in all_cases() if kind.needs <= SHOPIFY.can} - told == elsewhere


def test_no_subject_is_planted_twice_and_none_is_also_a_look_alike(sandbox: Sandbox) -> None:
    planted = Counter((fact.check, fact.channel, fact.subject_id) for fact in sandbox.truth.planted)
    assert max(planted.values()) == 1
    assert not planted.keys() & {(alike.check, alike.channel, alike.subject_id) for alike in sandbox.truth.look_alikes}


def test_money_at_risk_is_in_pennies_and_never_negative(sandbox: Sandbox) -> None:
    for fact in sandbox.truth.planted:
        assert fact.money_at_risk >= 0
        assert fact.money_at_risk == fact.money_at_risk.quantize(Decimal("0.01"))


def test_the_same_seed_plants_the_same_faults(sandbox: Sandbox) -> None:
    assert Sandbox.build(5, 1500, NOW, shops=(SHOPIFY,)).truth.to_text() == sandbox.truth.to_text()
    assert Sandbox.build(6, 1500, NOW, shops=(SHOPIFY,)).truth.to_text() != sandbox.truth.to_text()


def test_a_truth_survives_its_file(sandbox: Sandbox) -> None:
    again = Truth.from_json(sandbox.truth.as_json())
    assert again.to_text() == sandbox.truth.to_text()


def test_a_lost_order_is_in_the_shop_and_nowhere_in_b1(sandbox: Sandbox) -> None:
    lost = next(fact for fact in sandbox.truth.planted if fact.note == "the middleware lost the order")
    order = sandbox.shopify.order(f"gid://shopify/Order/{lost.subject_id}")
    assert order is not None
    assert Decimal(str(order["totalPriceSet"])) == lost.money_at_risk
    reference = order["name"].removeprefix("#")
    for entity_set in ("Orders", "Drafts", "DeliveryNotes", "Invoices"):
        assert not [doc for doc in sandbox.b1.all(entity_set) if doc["NumAtCard"] == reference]


def test_a_doubled_order_is_in_b1_twice(sandbox: Sandbox) -> None:
    doubled = next(fact for fact in sandbox.truth.planted if fact.note.startswith("the order was posted twice"))
    order = sandbox.shopify.order(f"gid://shopify/Order/{doubled.subject_id}")
    assert order is not None
    reference = order["name"].removeprefix("#")
    found = [doc for doc in sandbox.b1.all("Orders") if doc["NumAtCard"] == reference]
    assert [doc["DocTotal"] for doc in found] == [doubled.money_at_risk] * 2


def test_document_numbers_have_no_gaps(sandbox: Sandbox) -> None:
    """A gap would look like a lost document. Orders that are made a little later have their numbers already, and a
    delivery that was never booked was numbered before it was forgotten."""
    unbooked = [*sandbox.truth.planted, *sandbox.truth.look_alikes]
    forgotten = sum(fact.check == "shipped_on_channel_not_in_b1" for fact in unbooked)
    for entity_set, later in (("Orders", 3), ("DeliveryNotes", forgotten), ("Invoices", forgotten), ("CreditNotes", 0)):
        entries = [doc["DocEntry"] for doc in sandbox.b1.all(entity_set)]
        assert max(entries) - len(entries) <= later, entity_set


def test_without_faults_nothing_is_planted() -> None:
    clean = Sandbox.build(5, 60, NOW, with_faults=False, shops=(SHOPIFY,))
    assert not clean.truth.planted
    assert not clean.truth.look_alikes


def test_the_sample_on_disk_is_the_sample_that_is_made(pytestconfig: pytest.Config) -> None:
    truth = sample().truth
    folder = pytestconfig.rootpath / "sample_data"
    renew = "renew it with: python -m auditor.sandbox --write-sample"
    assert (folder / "truth.json").read_text(encoding="utf-8") == truth.to_text(), renew
    assert (folder / "README.md").read_text(encoding="utf-8") == page(truth), renew


# ---- the command that compares ----

PLANTED = Planted("stock_drift", "shopify-uk", "A@1", "OPS", "GBP", Decimal("3.50"), "too high")


def seen(subject: str = "A@1", owner: str = "OPS", money: str = "3.50") -> Seen:
    return Seen("stock_drift", "shopify-uk", subject, owner, "GBP", Decimal(money))


def test_an_exact_finding_is_no_deviation() -> None:
    verdict = compare(Truth([PLANTED]), [seen(money="3.500000")])
    assert verdict.sentences == []
    assert verdict.counts["stock_drift", "shopify-uk"] == Counter(planted=1, found=1)


@pytest.mark.parametrize(
    ("findings", "kind"),
    [
        ([], "missed"),
        ([seen(owner="FIN")], "owner"),
        ([seen(money="3.51")], "money"),
        ([seen(), seen("B@1")], "false"),
    ],
)
def test_each_deviation_is_named(findings: list[Seen], kind: str) -> None:
    verdict = compare(Truth([PLANTED], [LookAlike("stock_drift", "shopify-uk", "B@1", "may be oversold")]), findings)
    assert [sentence.split()[0] for sentence in verdict.sentences] == [kind]
    assert verdict.counts["stock_drift", "shopify-uk"][kind] == 1
    if kind == "false":
        assert "may be oversold" in verdict.sentences[0]


def test_the_table_adds_the_seeds_up() -> None:
    verdicts = [compare(Truth([PLANTED]), [seen()]), compare(Truth([PLANTED]), [])]
    last = table(verdicts).splitlines()[-1].split()
    assert last == ["all", "2", "1", "1", "0", "0", "0", "0", "1/2"]
