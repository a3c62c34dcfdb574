"""One simulated channel on a loopback port, the connector that reads it, and what both say about the same rows."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from auditor import settings as settings_file
from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.connectors.base import Connector
from auditor.extract.progress import ExtractResult, Silent
from auditor.extract.run import extract_all
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Listing, Shop
from auditor.sandbox.failures import Failures
from auditor.sandbox.front import Storefront
from auditor.sandbox.generate import generate
from auditor.sandbox.host import _served as served
from auditor.sandbox.settlement import settle
from auditor.sandbox.stock import Level
from auditor.sandbox.truth import bare
from auditor.service.connections import connect
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.reading.replay import Rows, changed, expected

HISTORY = timedelta(days=90)
_COLUMNS = {
    "sales_order": "order_id",
    "sales_order_line": "order_id, sku, CAST(CAST(sum(quantity) AS BIGINT) AS VARCHAR)",
    "refund": "order_id, refund_id",
    "shipment": "order_id, tracking_key",
    "listing": "sku",
    "channel_stock": "location, sku, CAST(CAST(available AS BIGINT) AS VARCHAR)",
    "payout": "payout_id",
    # What the lines add up to: a marketplace tells goods, delivery, commission and its tax on lines of their own.
    "payout_line": "payout_id, CAST(CAST(sum(net) AS DECIMAL(19,2)) AS VARCHAR)",
}
_NARROWED = {
    "sales_order_line": "WHERE sku IS NOT NULL GROUP BY order_id, sku",
    "refund": "WHERE order_id NOT IN (SELECT order_id FROM canonical.sales_order WHERE cancelled_at IS NOT NULL)",
    "payout_line": "WHERE kind <> 'transfer' AND payout_id IS NOT NULL GROUP BY payout_id",
}


@dataclass(slots=True)
class Wire:
    """Stands in front of the simulated channel and sees every call."""

    app: ASGIApp
    before: Callable[[int], None] = lambda number: None
    calls: int = 0
    refused: int = 0
    """Answers with 429, or with Shopify's word for it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += 1
        self.before(self.calls)

        status = 0

        async def watched(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            is_start = message["type"] == "http.response.start"
            self.refused += status == 429 if is_start else status == 200 and b'"THROTTLED"' in message.get("body", b"")
            await send(message)

        # The server's `send` stays reachable, because injected failures close the connection through it.
        watched.__self__ = getattr(send, "__self__", None)  # type: ignore[attr-defined]
        await self.app(scope, receive, watched)


@dataclass(slots=True)
class Compared:
    """Rows that should be there, are not there, are there twice, or should not be there."""

    rows: int = 0
    missing: int = 0
    doubled: int = 0
    strange: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, table: str, wanted: Rows, found: Rows) -> None:
        self.rows += wanted.total()
        missing, more = wanted - found, found - wanted
        self.missing += missing.total()
        for row, count in more.items():
            if row in wanted:
                self.doubled += count
            else:
                self.strange += count
        for what, rows in (("missing", missing), ("too much", more)):
            self.examples += [f"{table}: {what} {' '.join(row)}" for row in list(rows)[:2]]


class ChannelUnderTest:
    """A channel filled with what had happened by `start`; `advance` lets happen what came after."""

    def __init__(
        self, shop: Shop, orders: int, seed: int, folder: Path, *, back: timedelta = timedelta(days=3)
    ) -> None:
        self.shop = shop
        now = datetime(2026, 11, 20, 12)
        self.business: Business = generate(seed, orders, now, shops=(shop,))
        settle(self.business)
        self.clock = FixedClock(now - back)
        self.shown_until = self.clock.now()
        self.failures = Failures()
        self.front: Storefront = import_module(f"auditor.sandbox.{shop.kind}").make_front(shop, self.clock)
        self.folder = folder
        self.store = Store.in_memory(self.clock)
        self._listings = [
            Listing(item.code, item.title, item.price, item.rate, item.number)
            for item in self.business.items.values()
            if item.is_listed and item.is_stocked
        ]
        self._fill()

    def _fill(self) -> None:
        for location in self.shop.locations:
            self.front.put_location(location)
        for listing in self._listings:
            self.front.put_listing(listing)
        for location in self.shop.locations:
            for listing in self._listings:
                level = Level(10 + listing.number % 90, self.clock.now() - timedelta(hours=5))
                self.front.put_level(listing, location, level)
        beginning = datetime(2000, 1, 1)
        for sale in changed(self.business.sales, beginning, self.shown_until):
            self.front.put_sale(sale, self.shown_until)
        for payout in self._payouts(beginning):
            self.front.put_payout(payout)

    def _payouts(self, after: datetime) -> list[Any]:
        return [one for one in self.business.payouts if after < one.issued_at <= self.shown_until]

    def advance(self, by: timedelta) -> int:
        """Time passes, and what happened meanwhile is put into the channel; how many sales changed."""
        before, self.shown_until = self.shown_until, self.shown_until + by
        self.clock.advance(max(timedelta(0), self.shown_until - self.clock.now()))
        touched = changed(self.business.sales, before, self.shown_until)
        for sale in touched:
            self.front.put_sale(sale, self.shown_until)
        for payout in self._payouts(before):
            self.front.put_payout(payout)
        return len(touched)

    @contextlib.contextmanager
    def reading(self) -> Iterator[tuple[Wire, Connector]]:
        """The channel served, and the connector that reads it, by a configuration as a user would write it."""
        wire = Wire(self.front.app(self.failures))
        with served(wire) as url:
            connector = self._connector(url)
            try:
                yield wire, connector
            finally:
                connector.close()

    def _connector(self, url: str) -> Connector:
        settings = settings_file.load(self.write_settings(url))
        return next(one for one in connect(settings, self.clock, {}) if one.system == self.shop.id)

    def write_settings(self, url: str) -> Path:
        """auditor.toml with only this channel, and its secrets."""
        places = "\n".join(f'"{self.front.location_key(place)}" = ["01"]' for place in self.shop.locations)
        (self.folder / "secrets").mkdir(parents=True, exist_ok=True)
        for name, value in self.front.secrets().items():
            (self.folder / "secrets" / name).write_text(value, encoding="utf-8")
        toml = self.folder / "auditor.toml"
        toml.write_text(
            '[company]\nname = "C"\ncurrency = "GBP"\ntimezone = "Europe/London"\n'
            '[b1]\nbase_url = "http://127.0.0.1:9"\ncompany_db = "C"\nusername = "u"\npassword = { env = "NONE" }\n'
            f'[[channel]]\nid = "{self.shop.id}"\nkind = "{self.shop.kind}"\ncard_code = "C"\n{self.front.toml(url)}\n'
            f"[channel.locations]\n{places}\n",
            encoding="utf-8",
        )
        return toml

    def read(self, connector: Connector) -> list[ExtractResult]:
        """One extraction of all streams, and their shaping."""
        results = extract_all(self.store, [connector], self.clock, HISTORY, Silent())
        for shaped in shape_pending(self.store, [connector], self.clock):
            if shaped.reason:
                raise AssertionError(shaped.reason)
        return results

    def compare(self, connector: Connector) -> Compared:
        """What was read against what the channel holds now."""
        wanted = expected(self.business.sales, self.shown_until)
        wanted["listing"] = Counter((listing.sku,) for listing in self._listings)
        wanted["channel_stock"] = Counter(
            (bare(self.front.location_key(place)), listing.sku, str(10 + listing.number % 90))
            for place in self.shop.locations
            for listing in self._listings
        )
        payouts = self._payouts(self.shown_until - HISTORY)
        wanted["payout"] = Counter((payout.key,) for payout in payouts)
        wanted["payout_line"] = Counter((payout.key, f"{payout.net:.2f}") for payout in payouts)
        told = {table for stream in connector.streams for table in stream.tables}
        compared = Compared()
        with self.store.workspace(self.clock.now() + timedelta(days=1)) as con:
            for table, rows in wanted.items():
                if table in told:
                    compared.add(table, rows, _rows(con, table))
        return compared


def _rows(con: Connection, table: str) -> Rows:
    found = con.sql(f"SELECT {_COLUMNS[table]} FROM canonical.{table} {_NARROWED.get(table, '')}").fetchall()
    return Counter(tuple(bare(str(value)) for value in row) for row in found)
