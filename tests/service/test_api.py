"""The API: who may do what, and that what people see is what is stored."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from auditor.settings import Maintenance
from dashboards.client import ApiProblem, AuditorClient
from tests.checking.builders import put_extract
from tests.service.conftest import NOW, Service, bridged, drifted, rounded


def test_nothing_is_shown_without_a_token(service: Service) -> None:
    with AuditorClient(service.address, "guessed") as api, pytest.raises(ApiProblem, match="Sign in first") as problem:
        api.overview()
    assert problem.value.status == 401
    assert httpx.get(f"{service.address}/health").json()["status"] == "ok"


def test_a_revoked_token_no_longer_opens(service: Service) -> None:
    from auditor.service import access

    service.office.store.write(lambda con: access.revoke(con, "viewer", NOW))
    with service.client("viewer") as api, pytest.raises(ApiProblem, match="Sign in first"):
        api.me()


def test_the_overview_adds_up(service: Service) -> None:
    with service.client("viewer") as api:
        shown = api.overview()
    assert shown["totals"] == [{"currency": "GBP", "count": 2, "money_at_risk": "200.00"}]
    assert {row["owner"]: row["money_at_risk"] for row in shown["by_owner"]} == {"INT": "120.00", "OPS": "80.00"}
    assert [row["reason"] for row in shown["outcomes"] if row["outcome"] == "not_judged"] == [
        "The feed b1 stock was not read."
    ]


def test_findings_come_worst_first_and_can_be_filtered(service: Service) -> None:
    with service.client("viewer") as api:
        assert [row["keys"]["order_ref"] for row in api.findings()["findings"]] == ["#1001", "#1002"]
        assert api.findings(owner="OPS")["count"] == 1
        assert api.findings(search="1002")["findings"][0]["check_id"] == "tracking_not_on_channel"
        assert api.findings(state="resolved") == {"count": 0, "totals": [], "findings": []}


def test_a_location_is_told_by_the_name_it_has_now(service: Service) -> None:
    service.office.store.write(drifted)
    with service.client("viewer") as api:
        (found, *_) = api.findings(check="stock_drift")["findings"]
        assert found["location_name"] == "London"
        assert api.finding(found["finding_id"])["location_name"] == "London"
        (shared,) = [one for one in api.causes()["causes"] if one["check_id"] == "stock_drift"]
        assert shared["keys"] == {"location": "gid://shopify/Location/1"}
        assert shared["location_name"] == "London"
        assert {each["location_name"] for each in shared["members"]} == {"London"}
        assert api.findings(check="order_missing_in_b1")["findings"][0]["location_name"] is None


def test_one_finding_shows_documents_history_links_and_its_correction(service: Service) -> None:
    with service.client("viewer") as api:
        finding = api.finding(api.findings(search="1002")["findings"][0]["finding_id"])
    assert [document["side"] for document in finding["evidence"]["documents"]] == ["channel", "b1"]
    assert [event["kind"] for event in finding["events"]] == ["opened"]
    assert finding["links"][0]["url"] == "https://admin.shopify.com/store/example/orders/1002"
    assert finding["actions"][0]["state"] == "proposed"
    assert finding["check"]["fix"]


def test_an_operator_acknowledges_with_a_reason_and_it_is_kept(service: Service) -> None:
    with service.client("operator") as api:
        finding_id = api.findings(search="1001")["findings"][0]["finding_id"]
        after = api.decide(finding_id, "acknowledge", "I am looking at the middleware")
        assert after["state"] == "acknowledged"
        assert after["events"][-1]["actor"] == "operator"
        assert after["events"][-1]["reason"] == "I am looking at the middleware"
        with pytest.raises(ApiProblem, match="reason"):
            api.decide(finding_id, "note", "")


@pytest.mark.parametrize(
    ("role", "decision", "status"),
    [("viewer", "acknowledge", 403), ("operator", "accept", 403), ("operator", "resolve", 403)],
)
def test_roles_are_checked_on_every_call(service: Service, role: str, decision: str, status: int) -> None:
    with service.client("viewer") as api:
        finding_id = api.findings()["findings"][0]["finding_id"]
    with service.client(role) as api, pytest.raises(ApiProblem, match="needs the role") as problem:
        api.decide(finding_id, decision, "because I say so")
    assert problem.value.status == status


def test_an_approved_correction_puts_its_finding_in_action(service: Service) -> None:
    with service.client("approver") as api:
        assert api.approve("act1", "checked with the warehouse")["state"] == "approved"
        finding = api.finding(api.action("act1")["finding_id"])
        assert finding["state"] == "in_action"
        # The template's default is to simulate only.
        with pytest.raises(ApiProblem, match="only simulated"):
            api.run("act1")


def test_a_rejected_correction_leaves_the_finding_open(service: Service) -> None:
    with service.client("approver") as api:
        api.approve("act1")
        assert api.reject("act1", "the parcel was recalled")["state"] == "withdrawn"
        assert api.finding(api.action("act1")["finding_id"])["state"] == "open"


def test_an_operator_cannot_approve(service: Service) -> None:
    with service.client("operator") as api, pytest.raises(ApiProblem, match="needs the role approver"):
        api.approve("act1")


def test_the_machine_readable_document_is_the_documented_one(service: Service) -> None:
    with service.client("viewer") as api:
        document = api.findings_document()
    assert document["schema"] == 1
    first = document["findings"][0]
    assert first["check"] == "order_missing_in_b1"
    assert first["money_at_risk"] == "120.00"
    assert set(first) >= {
        "id", "check", "area", "channel", "subject", "keys", "state", "severity", "owner", "currency", "expected",
        "actual", "difference", "money_at_risk", "first_seen_at", "last_seen_at", "occurred_at", "cause",
        "explanation", "evidence",
    }  # fmt: skip


def test_what_is_not_there_is_said_in_one_sentence(service: Service) -> None:
    with service.client("viewer") as api:
        with pytest.raises(ApiProblem, match="There is no finding nonsense"):
            api.finding("nonsense")
        with pytest.raises(ApiProblem, match="There is no action nonsense"):
            api.action("nonsense")


def test_causes_are_shown_with_their_sums_and_what_stands_alone(service: Service) -> None:
    with service.client("viewer") as api:
        shown = api.causes()
        with pytest.raises(ApiProblem, match="no cause") as refused:
            api.cause("stock_drift~nowhere~none")
    assert refused.value.status == 404
    assert shown["causes"] == []
    assert shown["alone"] == shown["total"] == {"count": 2, "money": [{"currency": "GBP", "money_at_risk": "200.00"}]}


def test_one_cause_comes_with_all_its_symptoms_and_each_of_them_knows_it(service: Service) -> None:
    service.office.store.write(rounded)
    with service.client("viewer") as api:
        (cause,) = api.causes()["causes"]
        assert (cause["cause"], cause["keys"], cause["symptoms"]) == ("rounding_method", {"tax_code": "O1"}, 3)
        assert "round" in cause["meaning"]
        assert api.cause(cause["cause_id"])["members"] == cause["members"]
        above = api.finding(cause["members"][0]["finding_id"])["cause_above"]
        assert above["cause_id"] == cause["cause_id"]
        assert api.finding(api.findings(search="#1001")["findings"][0]["finding_id"])["cause_above"] is None


def test_a_middleware_writes_events_and_sees_nothing(service: Service) -> None:
    from auditor.service import access

    token = service.office.store.write(lambda con: access.grant(con, "flow", "middleware", service.office.clock.now()))
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{service.address}/sync-events", json={"events": [{}]}, headers=headers)
    assert (answer.status_code, answer.json()) == (
        409,
        {"error": "auditor.toml has no [middleware]; add it so that sync events are taken."},
    )
    seen = httpx.get(f"{service.address}/findings", headers=headers)
    assert (seen.status_code, seen.json()["error"]) == (403, "flow is a middleware; this needs the role viewer.")


@pytest.mark.parametrize("role", ["viewer", "operator", "approver"])
def test_people_do_not_write_events(service: Service, role: str) -> None:
    with service.client(role) as api, pytest.raises(ApiProblem, match="this needs the role middleware"):
        api._call("POST", "/sync-events", json={"events": [{}]})  # the dashboard has no word for it


def test_the_bridge_names_what_explains_each_step(service: Service) -> None:
    with service.client("viewer") as api:
        assert api.bridge() == {"period": None, "periods": [], "bridges": []}
        service.office.store.write(bridged)
        euros, shown = api.bridge()["bridges"]
        assert (euros["currency"], euros["unexplained"], euros["money_at_risk"]) == ("EUR", "0.00", "0.00")
        assert (shown["channel"], shown["unexplained"], shown["money_at_risk"]) == ("shopify-uk", "-0.01", "200.00")
        missing = next(line for line in shown["lines"] if line["check_id"] == "order_missing_in_b1")
        assert missing["title"] == "Sold on the channel, but B1 has no document for it"
        assert (missing["amount"], missing["money_at_risk"]) == ("-120.00", "120.00")
        assert api.bridge("2025-01")["bridges"] == []
        with pytest.raises(ApiProblem) as refused:
            api.bridge("02.2026")
    assert refused.value.status == 422


def test_a_feed_of_a_closed_system_says_until_when(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.office.store.write(lambda con: put_extract(con, 1, system="b1"))
    closed = Maintenance(system="b1", closes=NOW - timedelta(hours=1), opens=NOW + timedelta(hours=2))
    told = service.office.settings.model_copy(update={"maintenance": [closed]})
    monkeypatch.setattr(service.office, "settings", told)
    with service.client("viewer") as api:
        assert [feed["closed_until"] for feed in api.feeds()] == ["2026-03-02T14:00:00Z"]
