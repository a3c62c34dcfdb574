"""Values: severities are ordered, identities are stable, findings survive JSON."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model import Finding, Owner, Resolution, Severity, State, identity_of, signature_of
from auditor.model.codec import from_json, report, to_json

TEXT = st.text(max_size=20)
MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1))
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=6)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


FINDINGS = st.builds(
    Finding,
    finding_id=TEXT,
    check_id=TEXT,
    area=TEXT,
    channel=TEXT,
    subject=TEXT,
    subject_id=TEXT,
    state=st.sampled_from(State),
    severity=st.sampled_from(Severity),
    owner=st.sampled_from(Owner),
    signature=TEXT,
    first_seen_at=MOMENTS,
    last_seen_at=MOMENTS,
    seen_count=st.integers(0, 1000),
    last_run_id=st.integers(0, 1000),
    keys=st.dictionaries(TEXT, TEXT, max_size=3),
    currency=maybe(TEXT),
    expected=maybe(TEXT),
    actual=maybe(TEXT),
    difference=maybe(TEXT),
    money_at_risk=AMOUNTS,
    parent_id=maybe(TEXT),
    inhibited_by=maybe(TEXT),
    cause=maybe(TEXT),
    explanation=TEXT,
    evidence=st.dictionaries(TEXT, st.lists(TEXT, max_size=2), max_size=3),
    occurred_at=maybe(MOMENTS),
    source_updated_at=maybe(MOMENTS),
    deadline_at=maybe(MOMENTS),
    as_of=maybe(MOMENTS),
    is_regressed=st.booleans(),
    until_at=maybe(MOMENTS),
    accepted_up_to=maybe(AMOUNTS),
    action_sent_at=maybe(MOMENTS),
    resolved_at=maybe(MOMENTS),
    resolution=maybe(st.sampled_from(Resolution)),
)


@given(FINDINGS)
def test_a_finding_written_as_json_and_read_again_is_the_same(finding: Finding) -> None:
    assert from_json(orjson.loads(orjson.dumps(to_json(finding)))) == finding


@given(FINDINGS)
def test_the_published_schema_has_exactly_its_fields_and_no_number_that_could_lose_a_penny(finding: Finding) -> None:
    shown = report(finding)
    assert list(shown) == [
        "id", "check", "area", "channel", "subject", "keys", "state", "severity", "owner", "currency", "expected",
        "actual", "difference", "money_at_risk", "first_seen_at", "last_seen_at", "occurred_at", "cause", "explanation",
        "evidence",
    ]  # fmt: skip
    assert Decimal(shown["money_at_risk"]) == finding.money_at_risk
    assert isinstance(shown["money_at_risk"], str)


def test_severities_are_ordered_from_info_to_critical() -> None:
    assert sorted(Severity, reverse=True)[0] is Severity.CRITICAL
    assert Severity.INFO < Severity.LOW < Severity.MEDIUM < Severity.HIGH < Severity.CRITICAL
    assert max([Severity.LOW, Severity.HIGH, Severity.MEDIUM]) is Severity.HIGH
    assert Severity.HIGH >= Severity.HIGH > Severity.LOW <= Severity.LOW


def test_every_owner_has_a_name_that_people_know() -> None:
    assert {owner.plain_name for owner in Owner} >= {"Finance", "Integration support"}
    assert all(owner.plain_name != owner.value for owner in Owner)


def test_the_same_business_key_is_the_same_finding_and_another_channel_is_another() -> None:
    assert identity_of("stock_drift", "shopify-uk", "A@1") == identity_of("stock_drift", "shopify-uk", "A@1")
    assert identity_of("stock_drift", "shopify-uk", "A@1") != identity_of("stock_drift", "shopify-de", "A@1")


@given(st.lists(TEXT, min_size=3, max_size=3), st.lists(TEXT, min_size=3, max_size=3))
def test_different_keys_never_share_an_identity_by_being_written_together(one: list[str], other: list[str]) -> None:
    same = identity_of(one[0], one[1], one[2]) == identity_of(other[0], other[1], other[2])
    assert same == (one == other)


@pytest.mark.parametrize("other", [("10.00", "9.00", None), ("10.00", None, "1.00"), (None, "9.00", "1.00")])
def test_a_changed_value_changes_the_signature(other: tuple[str | None, ...]) -> None:
    assert signature_of("10.00", "9.00", "1.00") != signature_of(*other)


def test_nothing_and_empty_text_are_different_values() -> None:
    assert signature_of(None, "1", None) != signature_of("", "1", None)
