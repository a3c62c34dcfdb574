"""A Shopify shop as a connector: streams in, records out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import httpx

from auditor.clock import Clock
from auditor.connectors.base import Call, Deadline, Diagnosis, Page, Stream, Window
from auditor.connectors.open_keys import with_open_keys
from auditor.connectors.shopify import payments
from auditor.connectors.shopify.catalogue import Catalogue
from auditor.connectors.shopify.changes import span_of
from auditor.connectors.shopify.client import ShopifyClient
from auditor.connectors.shopify.diagnose import diagnose, support_ends
from auditor.connectors.shopify.orders import Orders
from auditor.connectors.shopify.payments import Payments
from auditor.connectors.shopify.source import Source
from auditor.connectors.shopify.streams import ALL_ORDERS, CANNOT_TELL, VISIBLE_WITHOUT_ALL_ORDERS, streams_of
from auditor.errors import UsageError
from auditor.settings import Channel, Settings


class ShopifyConnector:
    """Implements `Connector`. Nothing is sent, and no secret is resolved, before the first read."""

    def __init__(
        self,
        settings: Settings,
        channel: Channel,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.system = channel.id
        self.channel = channel
        self.client = ShopifyClient(channel, settings.folder, clock=clock, transport=transport, jitter=jitter)
        self._settings = settings
        self._clock = clock
        self._source = Source(self.client)
        self._orders = Orders(self._source)
        self._catalogue = Catalogue(self._source)
        self._payments = Payments(self._source)
        self._streams = streams_of(channel)

    @property
    def channel_id(self) -> str:
        return self.channel.id

    @property
    def cannot_tell(self) -> Mapping[str, str]:
        return CANNOT_TELL

    @property
    def streams(self) -> Sequence[Stream]:
        return self._streams

    @property
    def shape_file(self) -> Path:
        return Path(__file__).with_name("shape.sql")

    def shape_parameters(self) -> dict[str, object]:
        return {"channel": self.channel.id}

    def read(self, stream: Stream, window: Window) -> Iterator[Page]:
        """All records of a window, then the open keys that were not among them."""
        return with_open_keys(self._read(stream, window), window, partial(self.look_up, stream))

    def look_up(self, stream: Stream, keys: Sequence[str]) -> Page:
        """These records as they are now. Keys of refunds and fulfilments are those of their orders."""
        return [record for page in self._look_up(stream.name, list(dict.fromkeys(keys))) for record in page]

    def diagnose(self) -> Iterator[Diagnosis]:
        return diagnose(self._source, self._settings, self.channel)

    def orders_visible_since(self) -> datetime | None:
        """Orders placed before this moment are not shown to the app, so that one is absent says nothing.

        None: all are shown. Raises `RemoteError` when the shop cannot be asked.
        """
        if self._source.grants(ALL_ORDERS):
            return None
        return self._clock.now() - VISIBLE_WITHOUT_ALL_ORDERS

    def deadlines(self) -> Sequence[Deadline]:
        """The version that is spoken is served for a year."""
        ends_on = support_ends(self.client.version)
        return () if ends_on is None else (Deadline("api_version", self.client.version, ends_on),)

    def calls(self) -> Sequence[Call]:
        return self.client.calls()

    def close(self) -> None:
        self.client.close()

    def _read(self, stream: Stream, window: Window) -> Iterator[Page]:
        since = window.since or window.cut_off - self._settings.company.history
        span = span_of(since, window.cut_off, stream.lookback)
        match stream.name:
            case "shop":
                return self._catalogue.read_shop()
            case "locations":
                return self._catalogue.read_locations()
            case "listings":
                return self._catalogue.read_listings()
            case "stock":
                return self._catalogue.read_stock()
            case "orders":
                return self._orders.read_orders(span)
            case "refunds":
                return self._orders.read_refunds(span)
            case "fulfilments":
                return self._orders.read_fulfilments(span)
            case "fulfilment_orders":
                return self._orders.read_fulfilment_orders(span)
            case "payouts" | "balance_transactions" | "disputes":
                return self._payments.read(_LISTINGS[stream.name], since)
        raise UsageError(f"{self.system}: there is no stream '{stream.name}'.")

    def _look_up(self, name: str, keys: Sequence[str]) -> Iterator[Page]:
        match name:
            case "shop":
                return self._catalogue.read_shop()
            case "locations":
                return self._catalogue.locations(keys)
            case "listings":
                return self._catalogue.listings(keys)
            case "stock":
                return self._catalogue.stock(keys)
            case "orders":
                return self._orders.orders(keys)
            case "refunds":
                return self._orders.refunds(keys)
            case "fulfilments":
                return self._orders.fulfilments(keys)
            case "fulfilment_orders":
                return self._orders.fulfilment_orders(keys)
            case "payouts" | "balance_transactions" | "disputes":
                return self._payments.look_up(_LISTINGS[name], keys)
        raise UsageError(f"{self.system}: there is no stream '{name}'.")


_LISTINGS = {
    "payouts": payments.PAYOUTS,
    "balance_transactions": payments.BALANCE_TRANSACTIONS,
    "disputes": payments.DISPUTES,
}
