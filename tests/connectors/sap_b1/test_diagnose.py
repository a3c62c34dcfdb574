"""What doctor says about B1."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Diagnosis
from auditor.connectors.sap_b1 import B1Connector
from tests.connectors.sap_b1.conftest import Make, channel, document
from tests.connectors.sap_b1.fake import FakeB1, failure

USER_FIELDS = ("RefundId", "PaymentId", "ReturnReason", "PackageId", "AuditorKey")


@pytest.fixture
def healthy(b1: FakeB1) -> FakeB1:
    """A company in which nothing is wrong, with hundreds of user fields before ours."""
    fillers = [{"TableName": "OCRD", "FieldID": n, "Name": f"Filler{n}"} for n in range(600)]
    b1.sets["UserFieldsMD"] = [
        *fillers,
        *(
            {"TableName": table, "FieldID": n, "Name": name}
            for n, name in enumerate(USER_FIELDS)
            for table in ("ORDR", "ORIN")
        ),
    ]
    b1.sets["Orders"] = [document(1)]
    return b1


def lines(connector: B1Connector) -> dict[str, Diagnosis]:
    return {line.subject: line for line in connector.diagnose()}


def test_a_healthy_company_has_only_good_lines(make: Make, healthy: FakeB1, clock: FixedClock) -> None:
    def with_date(request: httpx.Request) -> httpx.Response:
        answer = healthy.handle(request)
        answer.headers["Date"] = "Mon, 02 Mar 2026 12:00:30 GMT"
        return answer

    found = lines(make(with_date))
    assert [line for line in found.values() if line.outcome != "ok"] == []
    assert "totals have 2 decimals" in found["B1 rounding"].message
    assert "per line" in found["B1 rounding"].message
    assert found["B1 field U_RefundId"].message == "refund_id: in ORDR, ORIN"
    assert {"B1 Orders", "B1 JournalEntries", "B1 query AUD_BATCH_STOCK"} <= set(found)


def test_a_wrong_password_is_the_only_line(connector: B1Connector, b1: FakeB1) -> None:
    b1.password = "another"
    (line,) = connector.diagnose()
    assert line.outcome == "failed"
    assert "B1_PASSWORD" in line.message


def test_an_unreachable_host_is_the_only_line(connector: B1Connector, b1: FakeB1) -> None:
    b1.interruptions.append(("Login", httpx.ConnectError("Name or service not known")))
    (line,) = connector.diagnose()
    assert line.outcome == "failed"
    assert "check base_url" in line.message


def test_a_missing_environment_variable_is_the_only_line(
    connector: B1Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("B1_PASSWORD")
    (line,) = connector.diagnose()
    assert line.outcome == "failed"
    assert "B1_PASSWORD is not set" in line.message


def test_a_clock_that_is_off_is_told(make: Make, healthy: FakeB1) -> None:
    def behind(request: httpx.Request) -> httpx.Response:
        answer = healthy.handle(request)
        answer.headers["Date"] = "Mon, 02 Mar 2026 11:48:00 GMT"
        return answer

    line = lines(make(behind))["B1 clock"]
    assert line.outcome == "warning"
    assert "-12 minutes" in line.message


def test_another_currency_than_configured_is_told(connector: B1Connector, healthy: FakeB1) -> None:
    healthy.admin_info["LocalCurrency"] = "EUR"
    line = lines(connector)["B1 currency"]
    assert line.outcome == "failed"
    assert "EUR" in line.message
    healthy.admin_info["LocalCurrency"] = "£"
    assert lines(connector)["B1 currency"].outcome == "ok"


def test_a_missing_right_is_told_for_its_entity_set_only(connector: B1Connector, healthy: FakeB1) -> None:
    healthy.interruptions.append(("Invoices", failure(403, "-6006", "You are not permitted to perform this action")))
    found = lines(connector)
    assert found["B1 Invoices"].outcome == "failed"
    assert "Authorise user 'auditor'" in found["B1 Invoices"].message
    assert found["B1 Orders"].outcome == "ok"


def test_a_property_the_server_does_not_know_is_told(connector: B1Connector, healthy: FakeB1) -> None:
    healthy.refused["Orders"] = {"ReserveInvoice"}
    line = lines(connector)["B1 Orders"]
    assert (line.outcome, line.message) == ("warning", "readable, but the server does not know ReserveInvoice there")


def test_a_missing_user_field_says_what_is_lost_and_how_to_mend_it(connector: B1Connector, healthy: FakeB1) -> None:
    healthy.sets["UserFieldsMD"] = [row for row in healthy.sets["UserFieldsMD"] if row["Name"] != "RefundId"]
    line = lines(connector)["B1 field U_RefundId"]
    assert line.outcome == "warning"
    assert "matched to credit memos by order and amount only" in line.message
    assert "refund_id in auditor.toml" in line.message


def test_a_missing_reference_field_is_a_failure(make: Make, healthy: FakeB1) -> None:
    connector = make(channels=[channel(reference={"field": "U_WebOrder"})])
    line = lines(connector)["B1 field U_WebOrder"]
    assert line.outcome == "failed"
    assert "orders of this channel cannot be recognised" in line.message


def test_user_fields_are_looked_for_on_all_pages(connector: B1Connector, healthy: FakeB1) -> None:
    healthy.obeys_prefer, healthy.page_size, healthy.rooted_links = False, 3, True
    assert lines(connector)["B1 field U_AuditorKey"].outcome == "ok"


def test_a_missing_right_to_run_queries_says_what_follows(connector: B1Connector, healthy: FakeB1) -> None:
    healthy.sql_permitted = False
    found = lines(connector)
    assert "read from the items instead" in found["B1 query AUD_ITEM_WAREHOUSE"].message
    assert "not judged" in found["B1 query AUD_SERIAL_STOCK"].message
    assert found["B1 query AUD_SERIAL_STOCK"].outcome == "warning"


def test_a_set_that_cannot_be_counted_is_told(connector: B1Connector, healthy: FakeB1) -> None:
    healthy.counts = False
    assert "completeness cannot be proved" in lines(connector)["B1 Orders"].message


def test_nothing_is_raised_when_everything_breaks_after_the_login(make: Make, healthy: FakeB1) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(("Login", "GetCompanyInfo", "Logout")):
            return healthy.handle(request)
        return httpx.Response(502, html="<html></html>")

    found: dict[str, Any] = lines(make(broken))
    assert found["B1 Orders"].outcome == "failed"
    assert found["B1 user fields"].outcome == "warning"
