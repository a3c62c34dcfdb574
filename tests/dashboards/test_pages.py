"""Every page against the real API: what people see and what they are told when there is nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import dashboards
from auditor.settings import Maintenance
from tests.checking.builders import put_extract
from tests.service.conftest import NOW, Service, bridged, looked_up, rounded

APP = str(Path(dashboards.__file__).parent / "app.py")


def opened(service: Service, monkeypatch: pytest.MonkeyPatch, role: str = "approver", **state: str) -> AppTest:
    monkeypatch.setenv("AUDITOR_API", service.address)
    page = AppTest.from_file(APP, default_timeout=60)
    page.session_state["token"] = service.tokens[role]
    for name, value in state.items():
        page.session_state[name] = value
    return page


def texts(page: AppTest) -> str:
    """All that can be read on a page."""
    assert not page.exception
    kinds = (page.title, page.markdown, page.caption, page.info, page.warning, page.success, page.error, page.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def test_without_a_token_one_is_asked_for(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(service, monkeypatch)
    del page.session_state["token"]
    page.run()
    assert page.text_input[0].label == "Token"
    page.text_input[0].set_value("wrong")
    page.button[0].click().run()
    assert page.error[0].value == "That token is not known."


def test_the_overview_shows_money_per_check_and_what_was_not_judged(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(service, monkeypatch).run()
    tiles = {metric.label: metric.value for metric in page.metric}
    assert tiles["Money at risk"] == "£200.00"
    assert tiles["Open findings, of which urgent"] == "2 / 1"
    assert tiles["Corrections to approve"] == "1"
    assert "The feed b1 stock was not read." in texts(page)


def test_the_list_of_findings_shows_the_worst_first(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(service, monkeypatch).run().switch_page("app_pages/findings.py").run()
    assert "2 findings, £200.00 at risk" in texts(page)
    assert list(page.dataframe[0].value["Which"]) == ["#1001", "#1002"]


def test_filters_that_match_nothing_say_what_to_do(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(service, monkeypatch).run().switch_page("app_pages/findings.py").run()
    state = next(box for box in page.selectbox if box.label == "State")
    state.set_value("accepted").run()
    assert "Widen the filters" in texts(page)


def finding_id(service: Service, search: str) -> str:
    with service.client("viewer") as api:
        return str(api.findings(search=search)["findings"][0]["finding_id"])


def test_one_finding_shows_both_sides_and_its_history(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(service, monkeypatch, finding=finding_id(service, "1001"))
    page.run().switch_page("app_pages/finding.py").run()
    shown = texts(page)
    assert "Order #1001 was paid and is not in SAP Business One." in shown
    assert "Nothing found in SAP Business One" in shown
    assert "120.00 on the channel, nothing in B1" in shown
    assert "| Total | £120.00 |" in shown
    assert "| Placed | 2 Mar 2026, 07:00 |" in shown
    assert "Read completely up to 2 Mar 2026, 11:55" in shown


def test_a_correction_is_approved_on_the_findings_page(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(service, monkeypatch, finding=finding_id(service, "1002"))
    page.run().switch_page("app_pages/finding.py").run()
    next(button for button in page.button if button.label == "Approve").click().run()
    assert "approved by approver" in texts(page)
    with service.client("viewer") as api:
        assert api.action("act1")["state"] == "approved"


def test_a_viewer_sees_no_buttons_that_decide(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(service, monkeypatch, role="viewer", finding=finding_id(service, "1002"))
    page.run().switch_page("app_pages/finding.py").run()
    assert not {button.label for button in page.button} & {"Approve", "Reject", "Keep this decision"}


def test_a_decision_is_kept_with_its_reason(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(service, monkeypatch, finding=finding_id(service, "1001"))
    page.run().switch_page("app_pages/finding.py").run()
    page.text_input[0].set_value("Asked the middleware's support")
    next(button for button in page.button if button.label == "Keep this decision").click().run()
    assert "Asked the middleware's support" in texts(page)


@pytest.mark.parametrize("name", ["corrections", "feeds", "runbook"])
def test_the_other_pages_open(service: Service, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    page = opened(service, monkeypatch).run().switch_page(f"app_pages/{name}.py").run()
    assert texts(page)


def test_words_that_nobody_knows_stand_on_the_feeds_page(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    word = {"channel": "magento-uk", "table": "sales_order", "column": "status", "word": "frozen", "records": 3}
    summary = json.dumps({"opened": 0, "unknown_words": [word]})
    service.office.store.write(
        lambda con: con.execute(
            "INSERT INTO audit.run VALUES (2, $now, $now, $now, $summary)", {"now": NOW, "summary": summary}
        )
    )
    service.office.store.write(
        lambda con: con.execute(
            "INSERT INTO raw.extract BY NAME SELECT 1 AS extract_id, 'magento-uk.settlements' AS system, "
            "'payouts' AS stream, $now AS cut_off, $now AS started_at, $now AS finished_at, 'complete' AS status, "
            "$now AS watermark",
            {"now": NOW},
        )
    )
    page = opened(service, monkeypatch).run().switch_page("app_pages/feeds.py").run()
    assert "Words we do not know" in texts(page)
    assert any("Payment provider's files of magento-uk" in each.label for each in page.expander)
    assert page.dataframe[1].value["Word"].to_list() == ["frozen"]


def test_a_closed_system_is_said_to_be_closed(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.office.store.write(lambda con: put_extract(con, 1, system="b1"))
    closed = Maintenance(system="b1", closes=NOW - timedelta(hours=1), opens=NOW + timedelta(hours=2))
    told = service.office.settings.model_copy(update={"maintenance": [closed]})
    monkeypatch.setattr(service.office, "settings", told)
    page = opened(service, monkeypatch).run().switch_page("app_pages/feeds.py").run()
    assert "closed for maintenance" in page.expander[0].label
    assert page.info[0].value == "Closed for maintenance until 2 Mar 2026, 14:00; it is read again after that."


def test_a_service_that_does_not_answer_is_said_so(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(service, monkeypatch)
    monkeypatch.setenv("AUDITOR_API", "http://127.0.0.1:9/api")
    page.run()
    assert not page.exception
    assert page.text_input[0].label == "Token"


def test_without_a_common_cause_the_page_says_so(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(service, monkeypatch).run().switch_page("app_pages/causes.py").run()
    assert "2 findings stand alone" in texts(page)


def test_a_cause_stands_for_its_symptoms_and_each_symptom_leads_to_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.office.store.write(rounded)
    page = opened(service, monkeypatch).run().switch_page("app_pages/causes.py").run()
    tiles = {metric.label: metric.value for metric in page.metric}
    assert tiles == {
        "Findings that come from them": "3 of 5",
        "Causes": "1",
        "Money at risk below them": "£0.03",
    }
    assert "round" in page.dataframe[0].value["Cause"][0]
    assert list(page.dataframe[0].value["Which"]) == ["tax code O1"]
    symptom = opened(service, monkeypatch, finding=finding_id(service, "#2001")).run()
    shown = texts(symptom.switch_page("app_pages/finding.py").run())
    assert "One of 3 findings with the same cause" in shown


def test_a_finding_says_what_the_source_answered(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.office.store.write(looked_up)
    page = opened(service, monkeypatch, finding=finding_id(service, "#3001")).run()
    shown = page.switch_page("app_pages/finding.py").run()
    assert "SAP Business One, order by order ref #3001: nothing" in texts(shown)
    assert any("Looked up at the source on 2 Mar 2026" in box.label for box in shown.expander)


def test_before_the_first_audit_there_is_no_bridge(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(service, monkeypatch).run().switch_page("app_pages/bridge.py").run()
    assert "No audit has run yet" in texts(page)


def test_the_bridge_shows_its_levels_and_what_is_unexplained(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.office.store.write(bridged)
    page = opened(service, monkeypatch).run().switch_page("app_pages/bridge.py").run()
    tiles = {metric.label: metric.value for metric in page.metric}
    assert tiles == {
        "Net sales, with tax": "£220.00",
        "Revenue in B1": "£83.32",
        "Paid out": "£0.00",
        "Unexplained": "-£0.01",
    }
    assert "-£0.01 is explained by no finding" in texts(page)
    steps = list(page.dataframe[0].value["Step"])
    assert "Orders that are not in B1: Sold on the channel, but B1 has no document for it" in steps
    assert "Together £200.00 at risk in this month." in texts(page)
