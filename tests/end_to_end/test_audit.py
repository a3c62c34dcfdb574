"""From HTTP to findings and back: what an audit promises whatever the two systems do, and its bridge of the money.

One file, so that one worker audits the company once.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from auditor.checking import bridge, record
from auditor.extract.progress import ExtractResult, Silent
from auditor.model import CheckOutcome, State, Verdict
from auditor.sandbox.failures import FailureKind
from auditor.sandbox.host import Sandbox
from auditor.service.office import Office
from auditor.service.pipeline import AuditReport
from tests.end_to_end.conftest import BETWEEN, Baseline, Resume

Failing = tuple[FailureKind, str, str, dict[str, Any]]
"""What goes wrong, on which system, in which calls, with what detail."""

JUDGED: list[Failing] = [
    ("bad_gateway_html", "b1", "GET Orders", {}),
    ("lost_page", "b1", "GET Invoices", {"part": "rows"}),
    ("session_expired", "b1", "GET Orders", {}),
    ("server_error", "shopify-uk", "", {}),
    ("lost_page", "shopify-uk", "", {}),
    ("fields_gone", "shopify-uk", "", {"names": ["updatedAt"]}),
]
UNREADABLE: list[Failing] = [
    *JUDGED,
    ("server_error", "b1", "GET Invoices", {}),
    ("throttle", "b1", "GET DeliveryNotes", {}),
    ("truncated_body", "b1", "GET CreditNotes", {}),
    ("closed_connection", "b1", "GET Orders", {}),
    ("fields_gone", "b1", "GET Orders", {"names": ["NumAtCard"]}),
    ("bad_gateway_html", "shopify-uk", "", {}),
    ("closed_connection", "shopify-uk", "", {}),
    ("truncated_body", "shopify-uk", "", {}),
    ("partial_data", "shopify-uk", "", {}),
    ("session_expired", "shopify-uk", "", {}),
]
ABOUT_READING = {"feed_stale", "extract_incomplete"}
"""Checks that say what was not read."""


QUICK = {("lost_page", "b1"), ("partial_data", "shopify-uk")}
"""Failures that `make test` goes through; `make slow` goes through the others."""


def named(failing: list[Failing]) -> pytest.MarkDecorator:
    """Cases of a test, each called by what fails and where."""
    return pytest.mark.parametrize(
        "failing",
        [
            pytest.param(one, id=f"{one[0]}-{one[1]}", marks=() if one[:2] in QUICK else pytest.mark.slow)
            for one in failing
        ],
    )


def inject(sandbox: Sandbox, failing: Failing) -> None:
    kind, system, match, detail = failing
    sandbox.failures.inject(kind, system=system, match=match, times=None, **detail)


def shown(office: Office) -> list[dict[str, Any]]:
    """Every finding as it stands, without when it was last looked at."""
    document = office.auditor.check().findings_json()
    return [{name: value for name, value in one.items() if name != "last_seen_at"} for one in document["findings"]]


def events(office: Office) -> int:
    return int(office.store.read(lambda con: con.sql("SELECT count(*) FROM audit.finding_event").fetchall())[0][0])


def standing(office: Office) -> dict[str, State]:
    """Where every finding stands that is not resolved."""
    known = office.store.read(record.load_current).values()
    return {finding.finding_id: finding.state for finding in known if finding.is_active}


def unread(extracts: list[ExtractResult]) -> dict[str, str]:
    """Why each feed was not read completely, by its finding's subject."""
    return {f"{one.system}:{one.stream}": one.reason or "" for one in extracts if one.status != "complete"}


def bridges(office: Office) -> list[dict[str, Any]]:
    periods = office.bridge(None, None)["periods"]
    return [{**one, "period": period} for period in periods for one in office.bridge(period, None)["bridges"]]


def not_judged(report: AuditReport) -> set[tuple[str, str]]:
    return {(one.check_id, one.channel) for one in report.outcomes if one.verdict is Verdict.NOT_JUDGED}


def test_an_audit_of_the_same_data_changes_nothing(audited: tuple[Sandbox, Office]) -> None:
    _, office = audited
    before, told = shown(office), events(office)
    assert before
    assert all(extract.rows_new == 0 for extract in office.audit().extracts)
    assert shown(office) == before
    assert events(office) == told


@pytest.mark.parametrize("number", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_past_moment_is_judged_again_exactly(baseline: Baseline, number: int) -> None:
    then, later = baseline.reports[number], baseline.reports[-1]
    assert later.findings_json()["findings"] != then.findings_json()["findings"]
    again = baseline.office.auditor.check_as_of(then.known_at)
    assert again.findings_json() == then.findings_json()
    assert [_verdict(one) for one in again.outcomes] == [_verdict(one) for one in then.outcomes]


def _verdict(outcome: CheckOutcome) -> tuple[str, str, Verdict]:
    return outcome.check_id, outcome.channel, outcome.verdict


def test_every_finding_carries_what_an_accountant_needs(baseline: Baseline) -> None:
    judged_by_feeds = {check.check_id for check in baseline.office.library if check.header.judges == "channel"}
    findings = [finding for finding in baseline.reports[-1].findings if finding.state is State.OPEN]
    assert len({finding.check_id for finding in findings}) >= 40
    for finding in findings:
        assert finding.explanation
        assert finding.evidence["documents"], finding
        # What is said about a system itself rests on our own calls and on days that are known, not on a feed.
        assert finding.evidence["watermarks"] or finding.check_id not in judged_by_feeds, finding
        assert finding.money_at_risk >= 0
        assert finding.currency or not finding.money_at_risk


@named(UNREADABLE)
def test_a_reading_that_is_not_whole_is_not_used_and_made_up_for(resume: Resume, failing: Failing) -> None:
    sandbox, office = resume()
    sandbox.advance(BETWEEN)
    inject(sandbox, failing)
    extracts = office.auditor.extract(Silent())
    assert sandbox.failures.happened(failing[0])
    sandbox.failures.clear()
    missed = unread(extracts)
    assert missed
    assert {name.partition(":")[0] for name in missed} == {failing[1]}
    assert all(missed.values())
    assert not any(one.rows_new for one in extracts if f"{one.system}:{one.stream}" in missed)
    assert not unread(office.auditor.extract(Silent()))


@named(JUDGED)
def test_what_cannot_be_read_opens_closes_and_resolves_nothing(
    baseline: Baseline, resume: Resume, failing: Failing
) -> None:
    sandbox, office = resume()
    before = standing(office)
    assert before
    sandbox.advance(BETWEEN)
    inject(sandbox, failing)
    report = office.audit()
    assert report.is_incomplete
    unjudged = not_judged(report)
    assert unjudged > not_judged(baseline.reports[-1])
    after = {finding.finding_id: finding for finding in report.findings}
    gone = [finding_id for finding_id in before if finding_id not in after]
    assert not gone, "a finding was resolved on data that was not read"
    for finding_id, state in before.items():
        finding = after[finding_id]
        if (finding.check_id, finding.channel) in unjudged:
            assert finding.state == state
    opened = [one for one in report.findings if one.finding_id not in before and one.state is State.OPEN]
    assert {one.check_id for one in opened} <= ABOUT_READING
    assert {one.subject_id for one in opened} <= set(unread(list(report.extracts)))


@pytest.mark.slow
def test_what_could_not_be_read_is_judged_again_when_it_answers(baseline: Baseline, resume: Resume) -> None:
    sandbox, office = resume()
    before = standing(office)
    sandbox.advance(BETWEEN)
    for failing in (JUDGED[1], JUDGED[3]):
        inject(sandbox, failing)
    assert {name.partition(":")[0] for name in unread(office.auditor.extract(Silent()))} == {"b1", "shopify-uk"}
    sandbox.failures.clear()
    sandbox.advance(BETWEEN)
    healed = office.audit()
    assert not unread(list(healed.extracts))
    # Only what the shop has no word for stays without a judgement.
    assert not_judged(healed) == not_judged(baseline.reports[-1])
    assert not {one.check_id for one in healed.findings} & ABOUT_READING
    assert standing(office) == before


def test_the_money_of_all_bridges_is_the_money_of_all_open_findings(audited: tuple[Sandbox, Office]) -> None:
    _, office = audited
    found = office.store.read(record.load_current).values()
    live = [one for one in found if one.state in bridge.LIVE]
    for currency in {one.currency for one in live if one.currency}:
        at_risk = sum((one.money_at_risk for one in live if one.currency == currency), Decimal(0))
        told = sum(Decimal(one["money_at_risk"]) for one in bridges(office) if one["currency"] == currency)
        assert told == at_risk


def test_every_planted_difference_is_explained_by_its_finding(audited: tuple[Sandbox, Office]) -> None:
    _, office = audited
    shown = bridges(office)
    assert len(shown) >= 3
    assert {(one["channel"], one["period"]): one["unexplained"] for one in shown if Decimal(one["unexplained"])} == {}
    explained = {line["check_id"] for one in shown for line in one["lines"] if line["kind"] == "finding"}
    assert {
        "order_missing_in_b1",
        "refund_without_credit_memo",
        "payout_not_posted",
        "order_line_mismatch",
    } <= explained


def test_levels_are_reached_by_their_steps(audited: tuple[Sandbox, Office]) -> None:
    _, office = audited
    for one in bridges(office):
        reached = Decimal(0)
        for line in one["lines"]:
            if line["kind"] == "level":
                assert Decimal(line["amount"]) == reached, (one["channel"], one["period"], line["step"])
            else:
                reached += Decimal(line["amount"])
