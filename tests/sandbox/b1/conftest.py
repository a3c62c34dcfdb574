"""One uvicorn thread for all tests; each test puts its own company behind it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from auditor.clock import FixedClock
from auditor.sandbox.b1 import B1State, b1_app
from auditor.sandbox.failures import Failures
from tests.sandbox.b1.company import small_company

_decoder = msgspec.json.Decoder(float_hook=Decimal)


class Switch:
    """The application that is served at the moment."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Switch, str]]:
    switch = Switch()
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(switch, log_level="critical", lifespan="off", date_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield switch, f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


class B1:
    """A user of the Service Layer: keeps cookies by hand, as real clients must."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.cookie = ""

    def login(self, version: str = "v2", **changed: str) -> httpx.Response:
        body = {"CompanyDB": "HARBOURPINE", "UserName": "auditor", "Password": "sandbox", **changed}
        answer = self.http.post(f"/b1s/{version}/Login", json=body)
        lines = answer.headers.get_list("set-cookie")
        self.cookie = "; ".join(line.partition(";")[0] for line in lines)
        return answer

    def call(
        self, method: str, path: str, body: Any = None, *, version: str = "v2", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        content = msgspec.json.Encoder(decimal_format="number").encode(body) if body is not None else None
        return self.http.request(
            method, f"/b1s/{version}/{path}", content=content, headers={"Cookie": self.cookie, **(headers or {})}
        )

    def get(self, path: str, **options: Any) -> Any:
        """The JSON of a successful read; decimals stay exact."""
        answer = self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return _decoder.decode(answer.content)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        answer = self.call("POST", path, body, **options)
        assert answer.status_code in (200, 201), answer.text
        return _decoder.decode(answer.content)

    def refused(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, str, str]:
        """Status, code and text of a refusal."""
        answer = self.call(method, path, body, **options)
        error = answer.json()["error"]
        return answer.status_code, error["code"], error["message"]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 4, 12, 0))


@pytest.fixture
def failures() -> Failures:
    return Failures()


@pytest.fixture
def state(clock: FixedClock) -> B1State:
    return small_company(clock)


@pytest.fixture
def stranger(served: tuple[Switch, str], state: B1State, failures: Failures) -> Iterator[B1]:
    """A client that has not logged in."""
    switch, address = served
    switch.app = b1_app(state, failures)
    with httpx.Client(base_url=address, verify=False) as http:
        yield B1(http)


@pytest.fixture
def b1(stranger: B1) -> B1:
    """A client that is logged in."""
    stranger.login()
    return stranger
