"""One uvicorn thread for all tests over HTTP; each test puts its own store behind it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from auditor.sandbox.shopify import shopify_app
from tests.sandbox.shopify.store import Store


class Switch:
    """The application that is served at the moment."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Switch, str]]:
    switch = Switch()
    # With the protocol named, asyncio turns off Nagle's algorithm; else each answer waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(switch, log_level="critical", lifespan="off", date_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield switch, f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


class Shop:
    """A store behind HTTP, and an app that talks to it."""

    def __init__(self, store: Store, url: str) -> None:
        self.store = store
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=10, headers={"X-Shopify-Access-Token": "sandbox-token"})

    def post(self, text: str, version: str = "2026-10", token: str | None = None, **variables: Any) -> httpx.Response:
        headers = {"X-Shopify-Access-Token": token} if token else None
        body = {"query": text, "variables": variables}
        return self.http.post(f"/admin/api/{version}/graphql.json", json=body, headers=headers)


@pytest.fixture
def open_shop(served: tuple[Switch, str]) -> Iterator[Callable[..., Shop]]:
    """Opens a shop with the given options of `Store`; one at a time."""
    switch, url = served
    opened: list[Shop] = []

    def open_one(system: str = "shopify", **options: Any) -> Shop:
        store = Store(**options)
        switch.app = shopify_app(store.state, store.failures, system)
        opened.append(Shop(store, url))
        return opened[-1]

    yield open_one
    for shop in opened:
        shop.http.close()


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    return open_shop()


@pytest.fixture
def store() -> Store:
    """The store without HTTP."""
    return Store()
