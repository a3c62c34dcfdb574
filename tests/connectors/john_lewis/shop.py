"""A simulated marketplace in this process, on a fixed clock, and a connector that reads it."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from auditor.clock import FixedClock, iso
from auditor.connectors.base import Record, Stream, Window
from auditor.connectors.john_lewis import JohnLewisConnector
from auditor.sandbox.failures import Failures
from auditor.sandbox.john_lewis.server import mirakl_app
from auditor.sandbox.john_lewis.state import MiraklState
from auditor.sandbox.john_lewis.wire import Node
from auditor.settings import Settings, parse

NOW = datetime(2026, 11, 20, 12)
SYSTEM = "john-lewis"


class InProcess(httpx.BaseTransport):
    """Calls an ASGI application on an event loop of its own; an answer that breaks off breaks off here too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self.sent: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.sent.append(request)
            return self._loop.run_until_complete(self._handle(request))

    def close(self) -> None:
        """The loop ends with the test: the connector closes each of its clients, and they share it."""

    def end(self) -> None:
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        start: dict[str, Any] = {}
        body = bytearray()
        waiting = [{"type": "http.request", "body": request.read(), "more_body": False}]

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        scope = {
            "type": "http",
            "method": request.method,
            "path": request.url.path,
            "raw_path": request.url.raw_path,
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": "https",
            "http_version": "1.1",
            "server": ("jl.mirakl.example", 443),
            "client": ("127.0.0.1", 1),
            "root_path": "",
        }
        try:
            await self._app(scope, receive, send)
        except ConnectionResetError as error:
            kind = httpx.RemoteProtocolError if start else httpx.ReadError
            raise kind(str(error), request=request) from error
        return httpx.Response(start["status"], headers=start["headers"], content=bytes(body), request=request)


class Marketplace:
    """State, failures, clock, and connectors of it. Options are those of `MiraklState`."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.clock = FixedClock(NOW)
        self.failures = Failures()
        self.state = MiraklState(self.clock, "the-key", **options)
        self.transport = InProcess(mirakl_app(self.state, self.failures, SYSTEM))
        self.folder = folder
        (folder / "key").write_text("the-key\n")
        (folder / "shop").write_text("2000\n")

    def connector(self, **channel: Any) -> JohnLewisConnector:
        """A connector, as another process would have one."""
        settings = configured(self.folder, **channel)
        return JohnLewisConnector(settings, settings.channel[0], self.clock, self.transport, jitter=lambda: 0.5)

    def calls(self, path: str) -> list[httpx.Request]:
        """What was asked of a path."""
        return [request for request in self.transport.sent if request.url.path == path]

    def fail(self, kind: Any, match: str, *, after: int = 0, times: int | None = 1, **detail: Any) -> None:
        self.failures.inject(kind, system=SYSTEM, match=match, after=after, times=times, **detail)


def configured(folder: Path, **channel: Any) -> Settings:
    raw = {
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
                "kind": "john_lewis",
                "base_url": "https://jl.mirakl.example",
                "credentials": {"api_key": {"file": "key"}},
                "card_code": "C-JOHNLEWIS",
                "locations": {"default": ["01"]},
                **channel,
            }
        ],
    }
    maps = raw["channel"][0].pop("maps", None)  # type: ignore[index]
    return parse({**raw, **({"maps": maps} if maps else {})}, folder=folder)


def stream(connector: JohnLewisConnector, name: str) -> Stream:
    return next(each for each in connector.streams if each.name == name)


def read(connector: JohnLewisConnector, name: str, since: datetime | None = None) -> dict[str, Node]:
    """Bodies of a window by key; without `since` the whole history. A key that comes twice is an error."""
    records = read_records(connector, name, since)
    found = {record.key: body_of(record) for record in records}
    assert len(found) == len(records), "a record came twice"
    return found


def read_records(connector: JohnLewisConnector, name: str, since: datetime | None = None) -> list[Record]:
    window = Window(since, connector.client.clock.now())
    return [record for page in connector.read(stream(connector, name), window) for record in page]


def body_of(record: Record) -> Node:
    from auditor.sandbox.john_lewis.state import _DECODER

    node: Node = _DECODER.decode(record.body)
    return node


# -- bodies -----------------------------------------------------------------------------------------------------------


def tax(amount: str, rate: str = "20", **other: Any) -> Node:
    return {"code": "VAT", "rate": Decimal(rate), "amount": Decimal(amount), **other}


def parts(*amounts: tuple[str, bool]) -> Node:
    """An amount's breakdown: each part with whether the shop is paid it."""
    return {"parts": [{"amount": Decimal(amount), "payable_to_shop": paid} for amount, paid in amounts]}


def line(number: int, price: str, *taxes: Node, quantity: int = 1, state: str = "SHIPPING", **other: Any) -> Node:
    """A line with a price for all units; `other` replaces or adds fields."""
    amount = Decimal(price)
    return {
        "order_line_id": f"L{number}",
        "order_line_state": state,
        "offer_sku": f"A-{number}",
        "product_title": f"Thing {number}",
        "quantity": quantity,
        "price_unit": amount / quantity if quantity else Decimal(0),
        "price": amount,
        "shipping_price": Decimal(0),
        "commission_fee": Decimal(0),
        "commission_taxes": [],
        "taxes": list(taxes),
        "shipping_taxes": [],
        "refunds": [],
        "cancelations": [],
        **other,
    }


def order(number: int, *lines: Node, minutes_ago: int = 60, state: str = "SHIPPING", **other: Any) -> Node:
    chosen = list(lines) or [line(number, "12.00", tax("2.00"))]
    price = sum((Decimal(one["price"]) for one in chosen), Decimal(0))
    shipping = sum((Decimal(one["shipping_price"]) for one in chosen), Decimal(0))
    changed = iso(NOW - timedelta(minutes=minutes_ago))
    return {
        "order_id": f"JL-{number}-A",
        "commercial_id": f"JL-{number}",
        "order_state": state,
        "created_date": iso(NOW - timedelta(days=2) + timedelta(seconds=number)),
        "last_updated_date": changed,
        "currency_iso_code": "GBP",
        "order_tax_mode": "TAX_INCLUDED",
        "price": price,
        "shipping_price": shipping,
        "total_price": price + shipping,
        "total_commission": Decimal(0),
        "order_lines": chosen,
        **other,
    }


def cancelation(number: int, amount: str, *taxes: Node, quantity: int = 1, **other: Any) -> Node:
    created = {"id": f"C{number}", "created_date": "2026-11-19T09:00:00Z", "reason_code": "OUT_OF_STOCK"}
    return {**created, "amount": Decimal(amount), "quantity": quantity, "taxes": list(taxes), **other}


def refund(number: int, group: str, amount: str, *taxes: Node, quantity: int = 1, **other: Any) -> Node:
    return {
        "id": f"R{number}",
        "order_refund_id": group,
        "amount": Decimal(amount),
        "shipping_amount": Decimal(0),
        "quantity": quantity,
        "reason_code": "WRONG_SIZE",
        "refund_state": "REFUNDED",
        "created_date": "2026-11-20T09:00:00Z",
        "taxes": list(taxes),
        "shipping_taxes": [],
        **other,
    }


def money_line(number: int, *, minutes_ago: int = 60, **other: Any) -> Node:
    at = iso(NOW - timedelta(minutes=minutes_ago))
    return {
        "id": f"T{number}",
        "type": "ORDER_AMOUNT",
        "amount": Decimal("10.00"),
        "currency_iso_code": "GBP",
        "date_created": at,
        "last_updated": at,
        "payment_state": "PAID",
        "seller_billing_cycle_id": "cycle-1",
        "entities": {"order": {"id": "JL-1-A"}},
        **other,
    }


def cycle(number: int, *, days_ago: int = 1, **other: Any) -> Node:
    return {
        "id": f"cycle-{number}",
        "date_created": iso(NOW - timedelta(days=days_ago)),
        "currency_iso_code": "GBP",
        "amount_transferred_to_seller": Decimal("100.00"),
        "pay_out": {"state": "PAID", "reference": f"REF{number}"},
        **other,
    }


def given_back(number: int, *, minutes_ago: int = 60, state: str = "CLOSED") -> Node:
    at = iso(NOW - timedelta(minutes=minutes_ago))
    return {
        "id": f"return-{number}",
        "order_id": f"JL-{number}-A",
        "state": state,
        "date_created": at,
        "last_updated": at,
        "description": "call me on 07700 900123",
        "return_address": {"street1": "1 Mill Lane"},
        "return_lines": [{"order_line_id": f"L{number}", "quantity": 1}],
    }


def parcel(number: int, *, minutes_ago: int = 60, **other: Any) -> Node:
    at = iso(NOW - timedelta(minutes=minutes_ago))
    return {
        "id": f"parcel-{number}",
        "order_id": f"JL-{number}-A",
        "status": "SHIPPED",
        "created_date": at,
        "last_updated_date": at,
        "tracking": {"carrier_code": "DPD", "tracking_number": f"1550 {number:06d}"},
        "shipment_lines": [{"order_line_id": f"L{number}", "quantity": 1}],
        **other,
    }


def offer(number: int, quantity: int = 5, **other: Any) -> Node:
    return {
        "offer_id": number,
        "shop_sku": f"A-{number}",
        "product_sku": f"JL{number}",
        "product_title": f"Thing {number}",
        "product_references": [{"reference": f"50{number:011d}", "reference_type": "EAN"}],
        "quantity": quantity,
        "active": True,
        "inactivity_reasons": [],
        "currency_iso_code": "GBP",
        "price": Decimal("12.00"),
        "channels": [],
        "leadtime_to_ship": 2,
        "state_code": "11",
        **other,
    }
