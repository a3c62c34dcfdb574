"""A Magento shop as a connector: streams in, records out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import httpx

from auditor.clock import Clock
from auditor.connectors.base import Call, Diagnosis, Page, Record, Stream, Window
from auditor.connectors.magento.catalogue import Catalogue
from auditor.connectors.magento.client import MagentoClient
from auditor.connectors.magento.diagnose import Doctor
from auditor.connectors.magento.orders import LISTINGS, Orders
from auditor.connectors.magento.reader import Reader
from auditor.connectors.magento.stock import StockLevels
from auditor.connectors.magento.streams import CANNOT_TELL, streams_of
from auditor.connectors.open_keys import with_open_keys
from auditor.errors import UsageError
from auditor.settings import Channel, Settings


class MagentoConnector:
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
        self.client = MagentoClient(channel, settings.folder, clock=clock, transport=transport, jitter=jitter)
        self._settings = settings
        reader = Reader(self.client, channel.store_view)
        self._catalogue = Catalogue(reader, channel.store_view)
        self._stock = StockLevels(reader, self._catalogue)
        self._orders = Orders(reader)
        self._doctor = Doctor(settings, channel, reader, self._catalogue)
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
        """These records as they are now."""
        return [record for page in self._look_up(stream.name, list(dict.fromkeys(keys))) for record in page]

    def of_orders(self, table: str, order_ids: Sequence[str]) -> Iterator[tuple[str, str, Record]]:
        """Credit memos or shipments of these orders: (stream, order, record)."""
        name = {"refund": "refunds", "shipment": "shipments"}[table]
        for order, record in self._orders.of_orders(name, [key for key in order_ids if key.isdigit()]):
            yield name, order, record

    def diagnose(self) -> Iterator[Diagnosis]:
        return self._doctor.diagnose()

    def calls(self) -> Sequence[Call]:
        return self.client.calls()

    def close(self) -> None:
        self.client.close()

    def _read(self, stream: Stream, window: Window) -> Iterator[Page]:
        match stream.name:
            case "settings":
                return self._catalogue.read_settings()
            case "stocks":
                return self._catalogue.read_stocks()
            case "listings":
                return self._catalogue.read_listings()
            case "stock":
                return self._stock.read()
            case name if name in LISTINGS:
                begins = window.since or window.cut_off - self._settings.company.history
                return self._orders.read(name, begins, window.cut_off)
        raise UsageError(f"{self.system}: there is no stream '{stream.name}'.")

    def _look_up(self, name: str, keys: Sequence[str]) -> Iterator[Page]:
        match name:
            case "settings" | "stocks":
                pages = self._catalogue.read_settings() if name == "settings" else self._catalogue.read_stocks()
                return ([record for record in page if record.key in keys] for page in pages)
            case "listings":
                return self._catalogue.listings(keys)
            case "stock":
                return self._stock.look_up(keys)
            case _ if name in LISTINGS:
                return self._orders.look_up(name, keys)
        raise UsageError(f"{self.system}: there is no stream '{name}'.")
