from __future__ import annotations

import re
from datetime import timedelta

from auditor.clock import FixedClock
from auditor.sandbox.b1 import B1State
from tests.sandbox.b1.conftest import B1

GONE = (401, "301", "Invalid session or session already timeout.")


def test_login_sets_the_two_cookies_exactly_as_the_real_server_prints_them(stranger: B1) -> None:
    answer = stranger.login()
    session = answer.json()["SessionId"]
    assert answer.headers.get_list("set-cookie") == [f"B1SESSION={session};HttpOnly;", "ROUTEID=.node2; path=/b1s"]
    assert re.fullmatch(
        r"http://127\.0\.0\.1:\d+/b1s/v2/\$metadata#B1Sessions/\$entity", answer.json()["@odata.context"]
    )
    assert answer.json()["SessionTimeout"] == 30
    assert answer.json()["Version"] == "1000290"


def test_login_is_case_sensitive(stranger: B1) -> None:
    assert stranger.refused("POST", "login", {"CompanyDB": "HARBOURPINE"}) == GONE


def test_without_a_session_everything_is_refused_with_code_301(stranger: B1) -> None:
    assert stranger.refused("GET", "Orders") == GONE
    stranger.cookie = "B1SESSION=unknown"
    assert stranger.refused("GET", "Orders(1)") == GONE


def test_a_wrong_password_and_a_wrong_company_are_refused_each_in_its_way(stranger: B1) -> None:
    wrong = stranger.login(Password="guess")
    assert wrong.status_code == 401
    assert wrong.json()["error"]["code"] == "100000027"
    assert wrong.json()["error"]["message"] == "Login failed"
    company = stranger.login(CompanyDB="OTHER")
    assert (company.status_code, company.json()["error"]["code"]) == (401, "-304")
    assert "SLD" in company.json()["error"]["message"]


def test_v1_words_errors_with_a_number_and_a_message_object(stranger: B1) -> None:
    answer = stranger.call("GET", "Orders", version="v1")
    expected = {"code": 301, "message": {"lang": "en-us", "value": "Invalid session or session already timeout."}}
    assert answer.json() == {"error": expected}


def test_a_session_lives_thirty_minutes_after_its_last_use(b1: B1, clock: FixedClock) -> None:
    clock.advance(timedelta(minutes=29))
    b1.get("Warehouses")
    clock.advance(timedelta(minutes=30))
    b1.get("Warehouses")
    clock.advance(timedelta(minutes=30, seconds=1))
    assert b1.refused("GET", "Warehouses") == GONE


def test_logout_answers_204_and_ends_the_session(b1: B1) -> None:
    answer = b1.call("POST", "Logout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert b1.refused("GET", "Warehouses") == GONE


def test_a_session_made_on_v2_is_valid_on_v1(b1: B1) -> None:
    assert b1.get("Warehouses", version="v1")["value"]


def test_the_balancer_answers_pings_without_a_login(stranger: B1) -> None:
    for path in ("/ping/", "/ping/load-balancer", "/ping/node/1"):
        assert "pong" in stranger.http.get(path).text


def test_users_and_company_are_those_of_the_state(stranger: B1, state: B1State) -> None:
    state.users["finance"] = "other"
    assert stranger.login(UserName="finance", Password="other").status_code == 200


def test_answers_are_dated_by_the_simulated_clock(b1: B1, clock: FixedClock) -> None:
    assert b1.call("GET", "Warehouses").headers["date"] == "Wed, 04 Mar 2026 12:00:00 GMT"
