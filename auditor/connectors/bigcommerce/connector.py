"""A BigCommerce store as a connector: streams in, records out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import httpx

from auditor.clock import Clock
from auditor.connectors.base import Call, Diagnosis, Page, Record, Stream, Window
from auditor.connectors.bigcommerce.belongings import Belongings
from auditor.connectors.bigcommerce.catalogue import Catalogue
from auditor.connectors.bigcommerce.changes import Changes, span_of
from auditor.connectors.bigcommerce.client import BigCommerceClient
from auditor.connectors.bigcommerce.diagnose import diagnose
from auditor.connectors.bigcommerce.orders import Orders
from auditor.connectors.bigcommerce.refunds import Refunds
from auditor.connectors.bigcommerce.streams import CANNOT_TELL, streams_of
from auditor.connectors.bigcommerce.workers import Workers
from auditor.connectors.open_keys import with_open_keys
from auditor.errors import UsageError
from auditor.settings import Channel, Settings


class BigCommerceConnector:
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
        self.client = BigCommerceClient(channel, settings.folder, clock=clock, transport=transport, jitter=jitter)
        self._settings = settings
        self._workers = Workers()
        self._changes = Changes(self.client)
        self._orders = Orders(self.client, self._changes, self._workers)
        self._refunds = Refunds(self.client, self._orders, self._workers)
        self._belongings = Belongings(self.client, self._changes, self._orders, self._workers)
        self._catalogue = Catalogue(self.client, self._workers)
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
        """These records as they are now. Keys of transactions and shipments are those of their orders."""
        wanted = list(dict.fromkeys(keys))
        match stream.name:
            case "settings":
                return [one for page in self._catalogue.settings() for one in page if one.key in wanted]
            case "locations":
                return [one for page in self._catalogue.locations() for one in page if one.key in wanted]
            case "listings":
                return self._catalogue.listings_of(wanted)
            case "stock":
                return self._catalogue.stock_of(wanted)
            case "orders":
                return self._orders.look_up(wanted)
            case "transactions":
                return self._belongings.transactions_of(wanted)
            case "refunds":
                return self._refunds.look_up(wanted)
            case "shipments":
                return self._belongings.shipments_of(wanted)
        raise UsageError(f"{self.system}: there is no stream '{stream.name}'.")

    def of_orders(self, table: str, order_ids: Sequence[str]) -> Iterator[tuple[str, str, Record]]:
        """Refunds of these orders: (stream, order, record)."""
        for order, record in self._refunds.of_orders(order_ids):
            yield "refunds", order, record

    def diagnose(self) -> Iterator[Diagnosis]:
        return diagnose(self.client, self._changes, self._catalogue, self._settings, self.channel)

    def calls(self) -> Sequence[Call]:
        return self.client.calls()

    def close(self) -> None:
        self._workers.close()
        self.client.close()

    def _read(self, stream: Stream, window: Window) -> Iterator[Page]:
        span = span_of(stream, window, self._settings.company.history)
        match stream.name:
            case "settings":
                return self._catalogue.settings()
            case "locations":
                return self._catalogue.locations()
            case "listings":
                return self._catalogue.listings()
            case "stock":
                return self._catalogue.stock()
            case "orders":
                return self._orders.read(span, self._refunds.orders_since(span))
            case "transactions":
                return self._belongings.transactions(span, self._refunds.orders_since(span))
            case "refunds":
                return self._refunds.read(span)
            case "shipments":
                return self._belongings.shipments(span)
        raise UsageError(f"{self.system}: there is no stream '{stream.name}'.")
