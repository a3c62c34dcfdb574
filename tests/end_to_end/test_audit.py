"""From HTTP to findings and back: what an audit promises whatever the two systems do."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.checking import record
from auditor.model import State, Verdict
from auditor.sandbox.host import Sandbox
from auditor.service.office import Office
from tests.end_to_end.conftest import BETWEEN

UNREADABLE = [
    # (what goes wrong, on which system, in which calls, with what detail)
    ("bad_gateway_html", "b1", "GET Orders", {}),
    ("server_error", "b1", "GET Invoices", {}),
    ("throttle", "b1", "GET DeliveryNotes", {}),
    ("truncated_body", "b1", "GET CreditNotes", {}),
    ("closed_connection", "b1", "GET Orders", {}),
    ("lost_page", "b1", "GET Invoices", {"part": "rows"}),
    ("fields_gone", "b1", "GET Orders", {"names": ["NumAtCard"]}),
    ("session_expired", "b1", "GET Orders", {}),
    ("server_error", "shopify-uk", "", {}),
    ("bad_gateway_html", "shopify-uk", "", {}),
    ("closed_connection", "shopify-uk", "", {}),
    ("truncated_body", "shopify-uk", "", {}),
    ("partial_data", "shopify-uk", "", {}),
    ("lost_page", "shopify-uk", "", {}),
    ("session_expired", "shopify-uk", "", {}),
    ("fields_gone", "shopify-uk", "", {"names": ["updatedAt"]}),
]


def shown(office: Office) -> list[dict[str, Any]]:
    """Every finding as it stands, without when it was last looked at."""
    document = office.auditor.check().findings_json()
    return [{name: value for name, value in one.items() if name != "last_seen_at"} for one in document["findings"]]


def events(office: Office) -> int:
    return int(office.store.read(lambda con: con.sql("SELECT count(*) FROM audit.finding_event").fetchall())[0][0])


Audited = tuple[Sandbox, Office]


def test_an_audit_of_the_same_data_changes_nothing(audited: Audited) -> None:
    _, office = audited
    before, told = shown(office), events(office)
    assert before
    assert all(extract.rows_new == 0 for extract in office.audit().extracts)
    assert shown(office) == before
    assert events(office) == told


def test_a_past_moment_is_judged_again_exactly(audited: Audited) -> None:
    sandbox, office = audited
    sandbox.advance(BETWEEN)
    then = office.audit()
    sandbox.advance(BETWEEN)
    office.audit()
    again = office.auditor.check_as_of(then.known_at)
    assert again.findings_json() == then.findings_json()
    assert [(o.check_id, o.verdict) for o in again.outcomes] == [(o.check_id, o.verdict) for o in then.outcomes]


def test_every_finding_carries_what_an_accountant_needs(audited: Audited) -> None:
    _, office = audited
    findings = [finding for finding in office.auditor.check().findings if finding.state is State.OPEN]
    assert len({finding.check_id for finding in findings}) >= 15
    for finding in findings:
        assert finding.explanation
        assert finding.evidence["documents"], finding
        assert finding.evidence["watermarks"], finding
        assert finding.money_at_risk >= 0
        assert finding.currency or not finding.money_at_risk


@pytest.mark.parametrize(("kind", "system", "match", "detail"), UNREADABLE)
def test_what_cannot_be_read_opens_closes_and_resolves_nothing(
    audited: Audited, kind: Any, system: str, match: str, detail: dict[str, Any]
) -> None:
    sandbox, office = audited
    known = office.store.read(record.load_current).values()
    before = {finding.finding_id: finding.state for finding in known if finding.is_active}
    assert before
    sandbox.advance(BETWEEN)
    sandbox.failures.inject(kind, system=system, match=match, times=None, **detail)
    try:
        report = office.audit()
        assert sandbox.failures.happened(kind)
    finally:
        sandbox.failures.clear()
    assert report.is_incomplete
    unjudged = {outcome.check_id for outcome in report.outcomes if outcome.verdict is Verdict.NOT_JUDGED}
    assert unjudged
    after = {finding.finding_id: finding for finding in report.findings}
    for finding_id, state in before.items():
        assert finding_id in after, "a finding was resolved on data that was not read"
        if after[finding_id].check_id in unjudged:
            assert after[finding_id].state == state
    opened = [one for one in report.findings if one.finding_id not in before and one.state is State.OPEN]
    assert {one.check_id for one in opened} <= {"feed_stale"}

    sandbox.advance(BETWEEN)
    healed = office.audit()
    assert not [extract for extract in healed.extracts if extract.status != "complete"]
    assert not [outcome for outcome in healed.outcomes if not outcome.is_judged]
