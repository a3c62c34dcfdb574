"""A simulated store behind the connector, in this process and on a fixed clock, and sales to fill it with."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from auditor.clock import FixedClock
from auditor.connectors.base import Record, Window
from auditor.connectors.bigcommerce import BigCommerceConnector
from auditor.sandbox.basics import STANDARD
from auditor.sandbox.bigcommerce.answers import Answers
from auditor.sandbox.bigcommerce.front import STORE_HASH, TOKEN, BigCommerceFront
from auditor.sandbox.bigcommerce.quota import Quota
from auditor.sandbox.bigcommerce.server import bigcommerce_app
from auditor.sandbox.bigcommerce.state import BigCommerceState
from auditor.sandbox.catalogue import Listing
from auditor.sandbox.failures import Failures
from auditor.sandbox.sale import Payment, Refund, RefundLine, Sale, SaleLine
from auditor.sandbox.shops import BIGCOMMERCE
from auditor.sandbox.stock import Level
from auditor.settings import Settings, parse

NOW = datetime(2026, 11, 20, 12)
SYSTEM = BIGCOMMERCE.id
PLACES = BIGCOMMERCE.locations[:2]


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One loop in one thread for all stores: to make one for each call would take longer than the call."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True, name="store").start()
    return loop


class InProcess(httpx.BaseTransport):
    """Calls an ASGI application; an answer that breaks off breaks off here too.

    `sent` keeps what was asked, `answered` what came back; `before` may do something before each call.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.sent: list[httpx.Request] = []
        self.answered: list[tuple[httpx.Request, httpx.Response]] = []
        self.before: Callable[[httpx.Request], None] = lambda request: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        self.before(request)
        response = asyncio.run_coroutine_threadsafe(self._handle(request), _loop()).result()
        self.answered.append((request, response))
        return response

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        told: dict[str, Any] = {}
        body = bytearray()
        waiting = [{"type": "http.request", "body": request.read(), "more_body": False}]

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                told.update(message)
            else:
                body.extend(message.get("body", b""))

        scope = {
            "type": "http",
            "method": request.method,
            "path": request.url.path,
            "raw_path": request.url.raw_path,
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": "http",
            "http_version": "1.1",
            "server": ("localhost", 80),
            "client": ("localhost", 1),
            "root_path": "",
        }
        try:
            await self._app(scope, receive, send)
        except ConnectionResetError as error:
            kind = httpx.RemoteProtocolError if told else httpx.ReadError
            raise kind(str(error), request=request) from error
        return httpx.Response(told["status"], headers=told["headers"], content=bytes(body), request=request)


@dataclass
class Store:
    """Everything a test needs: the clock, the front that is filled, the plan of failures, the connector that reads."""

    folder: Path
    quota_size: int = 30_000
    channel: Mapping[str, Any] = field(default_factory=dict)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    failures: Failures = field(default_factory=Failures)

    def __post_init__(self) -> None:
        self.front = BigCommerceFront(BIGCOMMERCE, self.clock, self.quota_size)
        self.state: BigCommerceState = self.front.state()
        self.quota = Quota(self.state)
        self.transport = InProcess(bigcommerce_app(self.state, self.failures, SYSTEM, self.quota))
        self.settings = company(self.folder, **self.channel)
        self.connector = connect(self.settings, self.clock, self.transport)

    def put(self, *sales: Sale) -> None:
        for sale in sales:
            self.front.put_sale(sale, self.clock.now())

    def read(self, stream: str, since: datetime | None = None) -> list[Record]:
        """One read of a stream: of all, or of what changed since (less the lookback, as the extract does it)."""
        chosen = next(one for one in self.connector.streams if one.name == stream)
        window = Window(since - chosen.lookback if since else None, self.clock.now())
        return [record for page in self.connector.read(chosen, window) for record in page]

    def keys(self, stream: str, since: datetime | None = None) -> list[str]:
        found = [record.key for record in self.read(stream, since)]
        assert len(found) == len(set(found)), "a record came twice"
        return sorted(found)

    def fail(self, kind: Any, match: str = "", **options: Any) -> None:
        self.failures.inject(kind, system=SYSTEM, match=match, **options)

    def offer(self, count: int) -> None:
        """Listings with stock at both locations."""
        for location in PLACES:
            self.front.put_location(location)
        for number in range(1, count + 1):
            listing = Listing(f"HP-{number:04d}", f"Mug no. {number}", Decimal("19.99"), STANDARD, number)
            self.front.put_listing(listing)
            for location in PLACES:
                self.front.put_level(listing, location, Level(number, NOW))

    def ship(self, order_id: int, line_id: int, number: str, units: int = 1) -> None:
        """A parcel that somebody else makes."""
        order = self.state.orders[order_id]
        items = [{"order_product_id": line_id, "quantity": units}]
        body = {"order_address_id": order.addresses[0]["id"], "tracking_number": number, "items": items}
        Answers(self.state).ship(order_id, body)

    def change(self, order_id: int, **header: Any) -> None:
        """Something of an order's header changes now."""
        order = self.state.orders[order_id]
        order.header = {**order.header, **header}
        order.modified_at = self.clock.now()

    def paths(self) -> list[str]:
        """What was asked so far, without the store's address."""
        return [request.url.path.removeprefix(f"/stores/{STORE_HASH}/") for request in self.transport.sent]


def company(folder: Path, **channel: Any) -> Settings:
    """auditor.toml of a company with one BigCommerce channel."""
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    return parse(
        {
            "company": {"name": "Harbour & Pine Ltd", "currency": "GBP", "timezone": "Europe/London"},
            "b1": {
                "base_url": "https://b1.example.com:50000",
                "company_db": "HARBOURPINE",
                "username": "auditor",
                "password": {"env": "B1_PASSWORD"},
            },
            "channel": [
                {
                    "id": SYSTEM,
                    "kind": "bigcommerce",
                    "base_url": f"https://api.bigcommerce.com/stores/{STORE_HASH}",
                    "credentials": {"access_token": {"file": "token"}},
                    "card_code": BIGCOMMERCE.card_code,
                    "locations": {"1": ["01", "02"]},
                    **channel,
                }
            ],
        },
        folder=folder,
    )


def connect(settings: Settings, clock: FixedClock, transport: httpx.BaseTransport) -> BigCommerceConnector:
    return BigCommerceConnector(settings, settings.channel[0], clock, transport, jitter=lambda: 0.0)


def line(number: int = 1, quantity: int = 1, price: str = "19.99", **options: Any) -> SaleLine:
    options.setdefault("rate", STANDARD)
    return SaleLine(
        line_id=7_000_000 + number,
        sku=options.pop("sku", f"HP-{number:04d}"),
        title=f"Mug no. {number}",
        quantity=quantity,
        unit_price=Decimal(price),
        warehouse="01",
        **options,
    )


def sale(number: int = 100_001, *lines: SaleLine, days_ago: float = 1, paid: bool = True, **options: Any) -> Sale:
    """A paid sale of one mug, unless told otherwise."""
    placed_at = options.pop("placed_at", NOW - timedelta(days=days_ago))
    made = Sale(
        shop=BIGCOMMERCE,
        number=number,
        order_id=5_000_000_000 + number,
        placed_at=placed_at,
        location=BIGCOMMERCE.locations[0],
        lines=list(lines) or [line(number % 100_000)],
        shipping=options.pop("shipping", Decimal("3.95")),
        shipping_rate=STANDARD,
        shipping_id=3_000_000 + number,
        customer=number % 2000,
        gateway=options.pop("gateway", "stripe"),
        **options,
    )
    if paid:
        made.payments = [Payment(9_000_000 + number, "SALE", "SUCCESS", made.gateway, made.total, placed_at)]
    return made


def give_back(made: Sale, number: int = 880_001, days_ago: float = 0.5, units: int = 1, **options: Any) -> Refund:
    """A refund of some units of the first line."""
    given = Refund(
        refund_id=number,
        transaction=9_500_000 + number,
        at=NOW - timedelta(days=days_ago),
        gateway=options.pop("gateway", made.gateway),
        lines=[RefundLine(made.lines[0], units)] if units else [],
        **options,
    )
    made.refunds.append(given)
    return given


def sales(count: int, first: int = 100_001, *, taxed: bool = True, **options: Any) -> list[Sale]:
    """Sales without tax need no call for it, so that many of them are read quickly."""
    if taxed:
        return [sale(first + place, **options) for place in range(count)]
    options["shipping"] = Decimal(0)
    return [sale(first + place, line(place + 1, rate=Decimal(0)), **options) for place in range(count)]
