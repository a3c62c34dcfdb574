"""Logins: how they are made, kept, renewed, ended, and what is said when B1 refuses one."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Window
from auditor.connectors.sap_b1 import B1Connector
from auditor.errors import ConfigError, Rejected, RemoteError
from tests.connectors.sap_b1.conftest import Make, document, stream
from tests.connectors.sap_b1.fake import FakeB1


def read_orders(connector: B1Connector, clock: FixedClock) -> list[str]:
    pages = connector.read(stream(connector, "orders"), Window(None, clock.now()))
    return [record.key for page in pages for record in page]


def test_cookies_are_read_by_hand_and_sent_in_one_line(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    read_orders(connector, clock)
    login, *others = b1.requests
    assert login.url.path == "/b1s/v2/Login"
    assert json.loads(login.content) == {"CompanyDB": "HARBOURPINE", "UserName": "auditor", "Password": "s3cret"}
    assert "cookie" not in login.headers
    for request in others:
        assert request.headers.get_list("cookie") == ["B1SESSION=session-1; ROUTEID=.node2"]
        assert "expect" not in request.headers


def test_a_balancer_that_moves_the_session_is_followed(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    moved = httpx.Response(200, headers={"Set-Cookie": "ROUTEID=.node7; path=/b1s"}, content=b"0")
    b1.interruptions.append(("Orders/$count", moved))
    read_orders(connector, clock)
    assert b1.requests[-1].headers["cookie"] == "B1SESSION=session-1; ROUTEID=.node7"


def test_a_forgotten_session_is_renewed_once_in_the_middle_of_paging(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sets["Orders"] = [document(n) for n in range(1, 501)]

    def forget_once() -> None:
        if b1.logins == 1:
            b1.sessions.clear()

    b1.after_page = forget_once
    assert read_orders(connector, clock) == [str(n) for n in range(1, 501)]
    assert b1.logins == 2


def test_an_idle_session_is_renewed(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    read_orders(connector, clock)
    clock.advance(timedelta(minutes=31))
    read_orders(connector, clock)
    assert b1.logins == 2


def test_a_session_that_is_refused_twice_is_not_renewed_for_ever(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    def forget(request: httpx.Request) -> None:
        b1.sessions.clear()

    b1.interruptions += [("Orders", forget), ("Orders", forget)]
    with pytest.raises(Rejected, match="301"):
        read_orders(connector, clock)
    assert b1.logins == 2


@pytest.mark.parametrize("sessions", [1, 3])
def test_parallel_calls_share_few_sessions_and_renew_each_once(
    sessions: int, make: Make, b1: FakeB1, clock: FixedClock
) -> None:
    busy: set[str] = set()
    most = 0
    guard = threading.Lock()

    def watch(request: httpx.Request) -> httpx.Response:
        nonlocal most
        session = request.headers.get("cookie", "")
        with guard:
            assert session not in busy or not session, "two calls at once on one session"
            busy.add(session)
            most = max(most, len(busy))
        try:
            with guard:
                return b1.handle(request)
        finally:
            with guard:
                busy.discard(session)

    connector = make(watch, sessions=sessions)

    def many() -> None:
        for _ in range(5):
            read_orders(connector, clock)

    def all_at_once() -> None:
        threads = [threading.Thread(target=many) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    all_at_once()
    first = b1.logins
    assert 1 <= first <= sessions
    b1.sessions.clear()
    all_at_once()
    assert b1.logins <= first + sessions
    assert most <= sessions + 1  # a login in progress carries no cookie yet
    connector.close()
    assert b1.sessions == {}


def test_closing_logs_out(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    read_orders(connector, clock)
    connector.close()
    assert b1.requests[-1].url.path == "/b1s/v2/Logout"
    assert b1.sessions == {}


def test_closing_without_an_answer_is_no_error(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    read_orders(connector, clock)
    b1.interruptions.append(("Logout", httpx.ReadTimeout("gone")))
    connector.close()
    assert b1.requests[-1].url.path == "/b1s/v2/Logout"


@pytest.mark.parametrize("wrong", ["password", "company"])
def test_a_refused_login_names_user_company_and_the_place_of_the_password(
    wrong: str, make: Make, b1: FakeB1, clock: FixedClock
) -> None:
    connector = make(company_db="OTHER") if wrong == "company" else make()
    b1.password = "another"
    with pytest.raises(Rejected) as caught:
        read_orders(connector, clock)
    said = str(caught.value)
    assert "user 'auditor'" in said
    assert "environment variable B1_PASSWORD" in said
    assert ("'OTHER'" in said) == (wrong == "company")
    assert "s3cret" not in said
    assert caught.value.status == 401


def test_a_refused_login_is_not_repeated_because_b1_locks_users(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.password = "another"
    for _ in range(5):
        with pytest.raises(Rejected):
            read_orders(connector, clock)
    assert b1.login_attempts == 1
    b1.password = "s3cret"
    clock.advance(timedelta(minutes=11))
    assert read_orders(connector, clock) == []


def test_a_login_survives_a_restart_of_the_balancer(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.interruptions.append(("Login", httpx.Response(502, html="<html><title>502 Proxy Error</title></html>")))
    assert read_orders(connector, clock) == []


def test_a_password_that_is_not_set_is_a_configuration_error(
    connector: B1Connector, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("B1_PASSWORD")
    with pytest.raises(ConfigError, match="B1_PASSWORD"):
        read_orders(connector, clock)


def test_an_unreachable_host_is_named(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.interruptions.append(("Login", httpx.ConnectError("[Errno 111] Connection refused")))
    with pytest.raises(RemoteError, match=r"B1 at b1\.example\.com:50000 cannot be reached; check base_url"):
        read_orders(connector, clock)


def test_every_call_is_counted_without_what_was_asked(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    read_orders(connector, clock)
    calls = connector.calls()
    assert [(call.system, call.method, call.path, call.status) for call in calls] == [
        ("b1", "POST", "/b1s/v2/Login", 200),
        ("b1", "GET", "/b1s/v2/Orders/$count", 200),
        ("b1", "GET", "/b1s/v2/Orders?$select,$orderby", 200),
    ]
    assert connector.calls() == []
