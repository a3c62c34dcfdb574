"""How the seller API is spoken to: key, shop, ceilings, refusals."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.connectors.http import Answer
from auditor.connectors.john_lewis.budget import PER_CALL, PER_DAY, Budget
from auditor.connectors.john_lewis.client import MiraklClient
from auditor.connectors.john_lewis.problems import read_problem
from auditor.errors import ConfigError, Rejected, Retriable
from tests.connectors.john_lewis.shop import NOW, Marketplace, configured, money_line, order, read


def test_the_key_goes_raw_and_the_shop_with_every_call(market: Marketplace) -> None:
    market.state.put_order(order(1))
    connector = market.connector(credentials={"api_key": {"file": "key"}, "shop_id": {"file": "shop"}})
    read(connector, "orders", NOW - timedelta(days=1))
    read(connector, "shipments", NOW - timedelta(days=1))
    assert {request.headers["authorization"] for request in market.transport.sent} == {"the-key"}
    assert {request.headers["accept"] for request in market.transport.sent} == {"application/json"}
    assert all("shop_id=2000" in str(request.url) for request in market.transport.sent)


def test_nothing_is_resolved_and_nothing_sent_before_the_first_read(market: Marketplace) -> None:
    connector = market.connector(credentials={"api_key": {"file": "not-there"}})
    assert market.transport.sent == []
    with pytest.raises(ConfigError, match="not-there"):
        read(connector, "orders", NOW)


@pytest.mark.parametrize("names", [[], ["shop_id"], ["api_key", "token"]])
def test_wrong_credentials_say_what_is_needed(market: Marketplace, names: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"'john-lewis' needs credentials \{ api_key \}"):
        market.connector(credentials={name: {"file": "key"} for name in names})


def test_a_key_that_is_refused_says_what_to_do(market: Marketplace) -> None:
    (market.folder / "key").write_text("Bearer the-key")
    with pytest.raises(Rejected, match="create a new one in the shop's back office"):
        read(market.connector(), "orders", NOW)


def test_another_shop_of_the_user_is_refused_with_the_mend(market: Marketplace) -> None:
    (market.folder / "shop").write_text("4711")
    connector = market.connector(credentials={"api_key": {"file": "key"}, "shop_id": {"file": "shop"}})
    with pytest.raises(Rejected, match="check shop_id"):
        read(connector, "orders", NOW)


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (b'{"message": "Too many orders given", "status": 400}', None, "Too many orders given"),
        (b'{"errors": [{"code": "X1", "field": "sku", "message": "Unknown"}]}', "X1", "Unknown (sku)"),
        (b'{"errors": [{"code": 12}]}', "12", ""),
        (b"<html>502</html>", None, ""),
        (b"[]", None, ""),
        (b"{}", None, ""),
    ],
)
def test_both_shapes_of_error_bodies_are_understood_and_others_survived(
    body: bytes, code: str | None, text: str
) -> None:
    problem = read_problem(Answer(400, httpx.Headers(), body))
    assert (problem.code, problem.text) == (code, text)


# -- ceilings ---


@pytest.mark.parametrize("operation", sorted(PER_CALL))
def test_no_window_ever_holds_more_calls_than_are_published(operation: str) -> None:
    clock = FixedClock(NOW)
    budget = Budget("john-lewis", clock)
    made: list[float] = []
    for number in range(150):
        with budget.of(operation):
            budget.before()
        made.append(clock.monotonic())
        clock.advance(timedelta(seconds=number % 3))
    for ceiling in PER_CALL[operation]:
        assert all(
            made[number + ceiling.calls] - made[number] >= ceiling.seconds
            for number in range(len(made) - ceiling.calls)
        )


def test_operations_without_a_figure_do_not_wait() -> None:
    clock = FixedClock(NOW)
    budget = Budget("john-lewis", clock)
    for _ in range(100):
        with budget.of("OF21"):
            budget.before()
    assert clock.monotonic() == 0


@pytest.mark.parametrize("operation", sorted(PER_DAY))
def test_what_is_allowed_once_a_day_is_refused_until_midnight(operation: str) -> None:
    clock = FixedClock(NOW)
    budget = Budget("john-lewis", clock)
    with budget.of(operation):
        budget.before()
    with pytest.raises(Retriable, match="once a day"), budget.of(operation):
        raise AssertionError("it must not come to a call")
    clock.advance(timedelta(hours=12))
    with budget.of(operation):
        budget.before()


def test_a_call_that_failed_does_not_use_up_the_day() -> None:
    budget = Budget("john-lewis", FixedClock(NOW))
    with pytest.raises(Rejected), budget.of("SBC11"):
        raise Rejected("broken")
    assert not budget.is_spent("SBC11")


def test_twenty_transactions_pages_a_minute_and_sixty_an_hour(market: Marketplace) -> None:
    connector = market.connector()
    for number in range(10):
        market.state.put_line(money_line(number))
    for _ in range(40):
        read(connector, "transactions", NOW - timedelta(hours=2))
    assert len(market.calls("/api/sellerpayment/transactions_logs")) == 80
    assert market.state.limits.broken == 0
    assert market.clock.monotonic() >= 3600


# -- files ---


class Hosts(httpx.BaseTransport):
    def __init__(self) -> None:
        self.sent: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return httpx.Response(200, content=b"[]")


@pytest.mark.parametrize(
    ("address", "has_key"),
    [
        ("https://jl.mirakl.example/files/1.json?sign=x", True),
        ("/files/1.json", True),
        ("https://bucket.example.net/1.json?sign=x", False),
        ("https://jl.mirakl.example.evil.net/1.json", False),
    ],
)
def test_the_key_goes_to_no_other_host(tmp_path: Path, address: str, has_key: bool) -> None:
    (tmp_path / "key").write_text("the-key")
    settings = configured(tmp_path)
    hosts = Hosts()
    client = MiraklClient(settings.channel[0], tmp_path, kept=tmp_path, clock=FixedClock(NOW), transport=hosts)
    assert client.download(address, len) == 2
    (request,) = hosts.sent
    assert ("authorization" in request.headers) is has_key
    assert (request.url.query == b"sign=x") is ("sign" in address)


def test_a_file_that_is_gone_makes_the_export_incomplete(market: Marketplace) -> None:
    for number in range(150):
        market.state.put_order(order(number))
    market.fail("server_error", "GET file", times=None, status=404)
    with pytest.raises(Exception, match="cannot be had any more"):
        read(market.connector(), "orders", NOW - timedelta(days=1))
