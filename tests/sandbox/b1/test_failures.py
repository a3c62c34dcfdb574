from __future__ import annotations

import threading
from urllib.parse import quote

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.sandbox.b1 import B1State
from auditor.sandbox.failures import Failures
from tests.sandbox.b1.company import order
from tests.sandbox.b1.conftest import B1

KEYS = "DocEntry&$orderby=DocEntry"


@pytest.fixture(autouse=True)
def orders(state: B1State) -> None:
    for doc_entry in range(1, 61):
        state.put("Orders", order(doc_entry))


def entries(b1: B1, path: str) -> list[int]:
    return [row["DocEntry"] for row in b1.get(path)["value"]]


def test_an_overloaded_balancer_answers_html(b1: B1, failures: Failures) -> None:
    failures.inject("bad_gateway_html", system="b1", match="GET Orders")
    failures.inject("throttle", system="b1", match="GET Orders")
    answers = [b1.call("GET", "Orders?$select=DocEntry") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [502, 503, 200]
    assert answers[0].text.startswith("<!DOCTYPE HTML")
    assert "retry-after" not in answers[1].headers


def test_a_server_error_has_an_empty_body(b1: B1, failures: Failures) -> None:
    failures.inject("server_error", system="b1")
    answer = b1.call("GET", "Orders")
    assert (answer.status_code, answer.content) == (500, b"")


def test_a_forgotten_session_is_refused_until_the_next_login(b1: B1, failures: Failures) -> None:
    failures.inject("session_expired", system="b1", match="GET Orders", after=1)
    b1.get("Orders?$select=DocEntry")
    assert b1.refused("GET", "Orders?$skip=20")[:2] == (401, "301")
    assert b1.refused("GET", "Warehouses")[:2] == (401, "301")
    b1.login()
    assert entries(b1, "Orders?$select=DocEntry&$skip=20")[0] == 21


def test_a_truncated_body_is_shorter_than_announced(b1: B1, failures: Failures) -> None:
    failures.inject("truncated_body", system="b1", match="GET Orders")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        b1.call("GET", "Orders")
    assert len(entries(b1, "Orders")) == 20


def test_a_truncated_body_may_also_be_cut_json_that_looks_complete(b1: B1, failures: Failures) -> None:
    failures.inject("truncated_body", system="b1", match="GET Orders", form="json")
    answer = b1.call("GET", "Orders")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_a_closed_connection_answers_nothing_and_does_nothing(b1: B1, state: B1State, failures: Failures) -> None:
    failures.inject("closed_connection", system="b1", match="PATCH")
    with pytest.raises(httpx.RemoteProtocolError):
        b1.call("PATCH", "Orders(1)", {"NumAtCard": "#9"})
    assert (state.get("Orders", 1) or {})["NumAtCard"] == "#1001"


def test_a_lost_answer_leaves_the_write_behind(b1: B1, failures: Failures) -> None:
    failures.inject("lost_answer", system="b1", match="POST CreditNotes")
    body = {"CardCode": "C-SHOPIFY", "NumAtCard": "RF-1", "DocumentLines": [{"ItemCode": "MUG", "Price": 5}]}
    with pytest.raises(httpx.RemoteProtocolError):
        b1.call("POST", "CreditNotes", body)
    assert len(b1.get(f"CreditNotes?$filter={quote('''NumAtCard eq 'RF-1' ''')}")["value"]) == 1


@pytest.mark.parametrize("part", ["rows", "link"])
def test_a_lost_page_is_missing_although_the_count_counts_it(b1: B1, failures: Failures, part: str) -> None:
    failures.inject("lost_page", system="b1", match="GET Orders", part=part)
    first = b1.get("Orders?$select=DocEntry&$count=true")
    assert first["@odata.count"] == 60
    read = [row["DocEntry"] for row in first["value"]]
    link = first["@odata.nextLink"]
    while link:
        skip = link.rpartition("$skip=")[2]
        page = b1.get(f"Orders?$select=DocEntry&$skip={skip}")
        read += [row["DocEntry"] for row in page["value"]]
        link = page.get("@odata.nextLink") if page["value"] else None
    missing = {"rows": range(1, 21), "link": range(21, 41)}[part]
    assert sorted(read) == [number for number in range(1, 61) if number not in missing]


def test_a_lost_page_is_also_missing_from_a_read_by_key(b1: B1, failures: Failures) -> None:
    failures.inject("lost_page", system="b1", match="GET Orders", after=1)
    read: list[int] = []
    while page := entries(b1, f"Orders?$select={KEYS}&$filter=DocEntry gt {read[-1] if read else 0}"):
        read += page
    assert read == [*range(1, 21), *range(41, 61)]


def test_a_silent_warehouse_has_no_stock_rows_anywhere(b1: B1, failures: Failures) -> None:
    failures.inject("warehouse_silent", system="b1", warehouse="01", times=None)
    rows = b1.get("Items('MUG')?$select=ItemWarehouseInfoCollection")["ItemWarehouseInfoCollection"]
    assert [row["WarehouseCode"] for row in rows] == ["02"]
    text = "select T0.WhsCode, count(T0.ItemCode) as Total from OITW T0 group by T0.WhsCode"
    b1.post("SQLQueries", {"SqlCode": "Q", "SqlName": "Q", "SqlText": text})
    assert b1.get("SQLQueries('Q')/List")["value"] == [{"WhsCode": "02", "Total": 3}]
    failures.clear()
    assert len(b1.get("SQLQueries('Q')/List")["value"]) == 2
    assert {row["WarehouseCode"] for row in b1.get("Warehouses")["value"]} == {"01", "02"}


def test_fields_that_are_gone_are_missing_and_refused(b1: B1, failures: Failures) -> None:
    failures.inject("fields_gone", system="b1", names=["NumAtCard", "LineTotal"], times=None)
    assert b1.refused("GET", "Orders?$select=DocEntry,NumAtCard")[2] == "Invalid field name 'NumAtCard' in $select"
    record = b1.get("Orders(1)")
    assert "NumAtCard" not in record
    assert "LineTotal" not in record["DocumentLines"][0]
    assert "ItemCode" in record["DocumentLines"][0]


def test_a_slow_answer_takes_the_time_of_the_clock(b1: B1, clock: FixedClock, failures: Failures) -> None:
    failures.inject("slow", system="b1", match="GET Orders", seconds=40)
    before = clock.now()
    b1.call("GET", "Orders(1)")
    assert (clock.now() - before).total_seconds() == 40


def test_calls_of_one_session_are_served_one_after_another(stranger: B1, state: B1State, failures: Failures) -> None:
    """While one call of a session waits, another session is served and the same session is not."""
    begun, may_end = threading.Event(), threading.Event()

    class Waiting(FixedClock):
        def sleep(self, seconds: float) -> None:
            begun.set()
            assert may_end.wait(10)

    state.clock = Waiting(state.clock.now())
    other = B1(stranger.http)
    stranger.login()
    other.login()
    failures.inject("slow", system="b1", match="GET Orders(1)")
    answers: list[int] = []
    slow = threading.Thread(target=lambda: answers.append(stranger.call("GET", "Orders(1)").status_code))
    same = threading.Thread(target=lambda: answers.append(stranger.call("GET", "Orders(2)").status_code))
    slow.start()
    assert begun.wait(10)
    same.start()
    assert other.call("GET", "Orders(3)").status_code == 200
    same.join(0.1)
    assert same.is_alive()
    may_end.set()
    slow.join()
    same.join()
    assert answers == [200, 200]
