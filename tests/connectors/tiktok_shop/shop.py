"""A simulated TikTok Shop in this process, a connector that reads it, and what the connector read in canonical rows."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.connectors.base import Stream, Window
from auditor.connectors.tiktok_shop import TikTokShopConnector
from auditor.sandbox.catalogue import Listing
from auditor.sandbox.failures import Failures
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Parcel, Refund, RefundLine, Sale, SaleLine
from auditor.sandbox.shops import TIKTOK
from auditor.sandbox.stock import Level
from auditor.sandbox.tiktok_shop import TikTokShopFront, TikTokShopState
from auditor.settings import Settings, parse
from auditor.store import landing
from auditor.store.connection import Connection
from auditor.store.owner import Store
from auditor.store.workspace import OPEN_END

NOW = datetime(2026, 11, 21, 12)
Row = dict[str, Any]
URL = "https://tiktok.example.com"


class InProcess(httpx.BaseTransport):
    """Calls an ASGI application without a network; a connection that hangs up becomes httpx's error."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.requests: list[httpx.Request] = []
        self.answers: list[tuple[str, dict[str, Any]]] = []
        """Method and path, and the body as it was answered."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status, headers, body, is_whole = asyncio.run_coroutine_threadsafe(self._call(request), self._loop).result()
        if status is None:
            raise httpx.RemoteProtocolError("server disconnected")
        if not is_whole:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        if body.startswith(b"{") and status == 200:
            with suppress(ValueError):  # cut off on purpose
                self.answers.append((f"{request.method} {request.url.path}", json.loads(body)))
        return httpx.Response(status, headers=headers, content=body)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _call(self, request: httpx.Request) -> tuple[int | None, list[tuple[bytes, bytes]], bytes, bool]:
        content = request.read()
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
            "path": request.url.path, "raw_path": request.url.raw_path, "query_string": request.url.query,
            "root_path": "", "scheme": "https", "server": ("tiktok.example.com", 443), "client": ("test", 1),
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
        }  # fmt: skip
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        is_whole = True
        try:
            await self._app(scope, receive, send)
        except ConnectionResetError:
            is_whole = False
        if not sent:
            return None, [], b"", False
        body = b"".join(message.get("body", b"") for message in sent[1:])
        headers = [pair for pair in sent[0]["headers"] if pair[0] != b"content-length"]
        return sent[0]["status"], headers, body, is_whole


class Shop:
    """A storefront with a connector; `folder` holds auditor.toml's secrets."""

    def __init__(self, folder: Path, now: datetime = NOW, **credentials: Any) -> None:
        self.clock = FixedClock(now)
        self.failures = Failures()
        self.front = TikTokShopFront(TIKTOK, self.clock)
        self.state: TikTokShopState = self.front.state()
        self.front.put_location(TIKTOK.locations[0])
        self.transport = InProcess(self.front.app(self.failures))
        self.folder = folder
        (folder / "secrets").mkdir(exist_ok=True)
        for name, value in self.front.secrets().items():
            (folder / "secrets" / name).write_text(value)
        self.settings = self.configured(**credentials)
        self.connector = self.connect()

    def configured(self, **credentials: Any) -> Settings:
        """auditor.toml with these credentials beside, or instead of (None: without), the usual ones."""
        names = ("app_key", "app_secret", "access_token", "refresh_token")
        usual: dict[str, Any] = {name: {"file": f"secrets/{TIKTOK.id}_{name}"} for name in names}
        chosen = {name: place for name, place in {**usual, **credentials}.items() if place is not None}
        return parse(
            {
                "company": {"name": "Harbour & Pine Ltd", "currency": "GBP", "timezone": "Europe/London"},
                "b1": {"base_url": "https://b1.example.com:50000", "company_db": "X", "username": "u",
                       "password": {"env": "B1_PASSWORD"}},
                "channel": [{"id": TIKTOK.id, "kind": "tiktok_shop", "base_url": URL, "auth_url": URL,
                             "credentials": chosen, "card_code": "C-TIKTOK",
                             "locations": {self.front.location_key(TIKTOK.locations[0]): ["01"]}}],
            },
            folder=self.folder,
        )  # fmt: skip

    def connect(self) -> TikTokShopConnector:
        channel = self.settings.channel[0]
        return TikTokShopConnector(self.settings, channel, self.clock, self.transport, jitter=lambda: 0.0)

    def stream(self, name: str) -> Stream:
        return next(stream for stream in self.connector.streams if stream.name == name)

    def window(self, since: datetime | None = None) -> Window:
        """Up to now; from the beginning of the history, or from then."""
        now = self.clock.now()
        return Window(since or now - self.settings.company.history, now)

    def bodies(self, name: str, since: datetime | None = None) -> dict[str, Any]:
        """What a stream reads, by key."""
        stream = self.stream(name)
        pages = self.connector.read(stream, self.window(since))
        return {record.key: json.loads(record.body) for page in pages for record in page}

    def calls(self, part: str = "") -> list[str]:
        """Paths of the calls that were made since this was asked."""
        return [call.path for call in self.connector.calls() if part in call.path]

    def rows(self, *names: str) -> dict[str, list[Row]]:
        """Canonical rows by table, of these streams or of all, as a first load gives them."""
        with Store.in_memory(self.clock) as store:
            return self.land(store, *names)

    def land(self, store: Store, *names: str, since: datetime | None = None) -> dict[str, list[Row]]:
        """Reads into a store that may hold earlier versions; gives the rows that are current after that."""
        for stream in self.connector.streams:
            if names and stream.name not in names:
                continue
            window = self.window(since)
            extract = landing.begin(store, self.connector.system, stream.name, window, self.clock.now())
            for page in self.connector.read(stream, window):
                landing.stage(store, extract, list(page))
            landing.commit(store, extract, mode=stream.mode, watermark=window.cut_off, calls=1, at=self.clock.now())
        for result in shape_pending(store, [self.connector], self.clock):
            assert result.reason is None, result.reason
        tables = {table for stream in self.connector.streams for table in stream.tables}
        return store.read(lambda con: {table: current(con, table) for table in sorted(tables)})


def current(con: Connection, table: str) -> list[Row]:
    found = con.sql(
        f"SELECT * EXCLUDE (known_from, known_to) FROM history.{table} "
        f"WHERE known_to = TIMESTAMP '{OPEN_END}' ORDER BY ALL"
    )
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


# Things that happen in the trade ------------------------------------------------------------------------------------


class Trade:
    """Makes sales, refunds and payouts with numbers of their own."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self._number = 100_001
        self._line = 7_000_001
        self._others = 880_001

    def sale(self, *lines: SaleLine, days_ago: float = 10, **options: Any) -> Sale:
        number = self._number
        self._number += 1
        usual: dict[str, Any] = {
            "shop": TIKTOK, "number": number, "order_id": number, "placed_at": self.now - timedelta(days=days_ago),
            "location": TIKTOK.locations[0], "lines": list(lines) or [self.line()], "shipping": Decimal("2.99"),
            "shipping_rate": Decimal("0.2"), "shipping_id": number, "customer": 7, "gateway": "tiktok",
        }  # fmt: skip
        return Sale(**{**usual, **options})

    def line(self, sku: str = "HP-0001", quantity: int = 1, price: str = "20.00", **options: Any) -> SaleLine:
        number = self._line
        self._line += 1
        amounts = {name: Decimal(value) if isinstance(value, str) else value for name, value in options.items()}
        return SaleLine(number, sku, f"Thing {sku}", quantity, Decimal(price), Decimal("0.2"), "01", **amounts)

    def ship(self, sale: Sale, *parts: tuple[SaleLine, int], hours: float = 24, number: str = "") -> Parcel:
        """A parcel with everything, or with these units."""
        at = sale.placed_at + timedelta(hours=hours)
        self._others += 1
        packed = list(parts) or [(line, line.kept) for line in sale.lines]
        parcel = Parcel(at, number or f"RM{self._others:09d}GB", 2, packed, at + timedelta(minutes=10))
        sale.parcels.append(parcel)
        return parcel

    def refund(self, sale: Sale, *parts: tuple[SaleLine, int], days: float = 5, **options: Any) -> Refund:
        self._others += 2
        refund = Refund(
            self._others, self._others + 1, sale.placed_at + timedelta(days=days), "tiktok",
            [RefundLine(line, count) for line, count in parts], **options,
        )  # fmt: skip
        sale.refunds.append(refund)
        return refund

    def row(self, amount: str, fee: str = "0", sale: Sale | None = None, **options: Any) -> BalanceRow:
        self._others += 1
        at = options.pop("at", self.now - timedelta(days=3))
        kind = options.pop("kind", "CHARGE" if Decimal(amount) > 0 else "REFUND")
        return BalanceRow(self._others, kind, at, Decimal(amount), Decimal(fee), sale, **options)

    def payout(self, *rows: BalanceRow, days_ago: float = 1, **options: Any) -> Payout:
        self._others += 1
        return Payout(TIKTOK, self._others, self.now - timedelta(days=days_ago), list(rows), **options)

    def listing(self, number: int, sku: str = "", price: str = "20.00") -> Listing:
        code = sku or f"HP-{number:04d}"
        return Listing(code, f"Thing {code}", Decimal(price), Decimal("0.2"), number)


def level(available: int) -> Level:
    return Level(available, NOW)


def pages_of(shop: Shop, name: str, since: datetime | None = None) -> Iterator[list[str]]:
    """Keys page by page, while the test changes things between the pages."""
    for page in shop.connector.read(shop.stream(name), shop.window(since)):
        yield [record.key for record in page]
