"""A simulated shop behind HTTP, and connectors that talk to it. One uvicorn thread serves all of them in turn."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from auditor.clock import FixedClock
from auditor.connectors.base import Record, Window
from auditor.connectors.magento import MagentoConnector
from auditor.sandbox.failures import Failures
from auditor.sandbox.magento import MagentoState, magento_app
from auditor.sandbox.magento.state import Access, Body
from auditor.settings import parse

NOW = datetime(2026, 11, 21, 12)
FIRST = Window(None, NOW)
SYSTEM = "magento-uk"
OAUTH1 = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


class Switch:
    """The application that is served at the moment."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@contextmanager
def serving() -> Iterator[tuple[Switch, str]]:
    """A server of whatever the switch is set to, and its address."""
    switch = Switch()
    # With the protocol named, asyncio turns off Nagle's algorithm; else each answer waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(switch, log_level="critical", lifespan="off", date_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield switch, f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


class Shop:
    """A simulated shop that is being served. `connect` gives connectors to it, `read` reads a stream with one."""

    def __init__(self, url: str, folder: Path, state: MagentoState | None = None) -> None:
        self.url = url
        self.folder = folder
        self.clock = state.clock if state is not None else FixedClock(NOW)
        assert isinstance(self.clock, FixedClock)
        self.state = state or MagentoState(self.clock)
        self.failures = Failures()
        self.opened: list[MagentoConnector] = []
        self._connector: MagentoConnector | None = None

    @property
    def app(self) -> ASGIApp:
        return magento_app(self.state, self.failures, SYSTEM)

    @property
    def connector(self) -> MagentoConnector:
        if self._connector is None:
            self._connector = self.connect()
        return self._connector

    def connect(
        self, names: tuple[str, ...] = OAUTH1, maps: dict[str, str] | None = None, **channel: Any
    ) -> MagentoConnector:
        """A connector that logs in with these credentials."""
        for name in names:
            (self.folder / name).write_text(str(getattr(self.state.access, name)))
        raw = company(base_url=self.url, credentials={name: {"file": name} for name in names}, id=SYSTEM, **channel)
        settings = parse({**raw, "maps": maps or {}}, folder=self.folder)
        # Loading the authorities that nobody asks for here would take longer than a test.
        transport = httpx.HTTPTransport(verify=False)
        connector = MagentoConnector(settings, settings.channel[0], self.clock, transport, jitter=lambda: 0.0)
        self.opened.append(connector)
        return connector

    def read(self, name: str, window: Window = FIRST, connector: MagentoConnector | None = None) -> list[Record]:
        chosen = connector or self.connector
        stream = next(stream for stream in chosen.streams if stream.name == name)
        return [record for page in chosen.read(stream, window) for record in page]

    def keys(self, name: str, window: Window = FIRST, connector: MagentoConnector | None = None) -> list[str]:
        return [record.key for record in self.read(name, window, connector)]

    def close(self) -> None:
        for connector in self.opened:
            connector.close()


def company(**channel: Any) -> dict[str, Any]:
    """auditor.toml of a company with one Magento channel, as it is parsed."""
    return {
        "company": {"name": "Harbour & Pine Ltd", "currency": "GBP", "timezone": "Europe/London"},
        "b1": {
            "base_url": "https://b1.example.com:50000",
            "company_db": "HARBOURPINE",
            "username": "auditor",
            "password": {"env": "B1_PASSWORD"},
        },
        "channel": [
            {
                "kind": "magento",
                "base_url": "https://shop.example.com",
                "credentials": {name: {"env": name.upper()} for name in OAUTH1},
                "card_code": "C-MAGENTO",
                "locations": {"1": ["01"]},
                "id": SYSTEM,
                **channel,
            }
        ],
    }


def access(**fields: Any) -> Access:
    return Access(**fields)


__all__ = ["FIRST", "NOW", "OAUTH1", "SYSTEM", "Body", "Shop", "Switch", "access", "company", "serving"]
