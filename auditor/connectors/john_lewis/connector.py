"""A shop on the John Lewis Marketplace as a connector: streams in, records out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import httpx

from auditor.clock import Clock
from auditor.connectors.base import Call, Diagnosis, Page, Record, Stream, Window
from auditor.connectors.john_lewis.client import MiraklClient
from auditor.connectors.john_lewis.diagnose import diagnose
from auditor.connectors.john_lewis.fulfilment import Fulfilment
from auditor.connectors.john_lewis.ledger import Ledger
from auditor.connectors.john_lewis.offers import Offers
from auditor.connectors.john_lewis.orders import Orders
from auditor.connectors.john_lewis.platform import Platform
from auditor.connectors.john_lewis.streams import CANNOT_TELL, streams_of
from auditor.connectors.open_keys import with_open_keys
from auditor.errors import UsageError
from auditor.settings import Channel, Settings

TODAY = "today"


class JohnLewisConnector:
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
        kept = settings.store_path.parent / TODAY
        self.client = MiraklClient(channel, settings.folder, kept=kept, clock=clock, transport=transport, jitter=jitter)
        self.platform = Platform(self.client)
        self.fulfilment = Fulfilment(self.client, self.platform)
        self.orders = Orders(self.client, self.platform, channel.order_number_field)
        self._settings = settings
        self._offers = Offers(self.client)
        self._ledger = Ledger(self.client)
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
        return {"channel": self.channel.id, "order_number_field": self.channel.order_number_field}

    def read(self, stream: Stream, window: Window) -> Iterator[Page]:
        """All records of a window, then the open keys that were not among them."""
        return with_open_keys(self._read(stream, window), window, partial(self.look_up, stream))

    def look_up(self, stream: Stream, keys: Sequence[str]) -> Page:
        """These records as they are now. Parcels and transactions cannot be looked up; then `UsageError`."""
        found: dict[str, Record] = {}
        for page in self._look_up(stream.name, list(dict.fromkeys(keys))):
            found.update((record.key, record) for record in page)
        return list(found.values())

    def of_orders(self, table: str, order_ids: Sequence[str]) -> Iterator[tuple[str, str, Record]]:
        """Parcels of these orders: (stream, order, record); where an order is one parcel, the order tells of it."""
        if not self.platform.configuration().is_multi_shipment:
            for page in self.orders.look_up(order_ids):
                yield from (("orders", record.key, record) for record in page)
            return
        for order in order_ids:
            yield from (("shipments", order, record) for record in self.fulfilment.shipments_of(order))

    def diagnose(self) -> Iterator[Diagnosis]:
        return diagnose(self.platform, self._settings, self.channel)

    def calls(self) -> Sequence[Call]:
        return self.client.calls()

    def close(self) -> None:
        self.client.close()

    def _read(self, stream: Stream, window: Window) -> Iterator[Page]:
        history = self._settings.company.history
        since = window.since or window.cut_off - history
        match stream.name:
            case "settings":
                return iter([self.platform.settings()])
            case "carriers":
                return iter([self.platform.carrier_records()])
            case "listings":
                return self._offers.read_listings()
            case "stock":
                # An offer that has not changed for longer than the history is on sale all the same.
                is_first = window.cut_off - since >= history
                return self._offers.read_all_stock() if is_first else self._offers.read_stock(since)
            case "orders":
                return self.orders.read(since)
            case "shipments":
                return self.fulfilment.read_shipments(since)
            case "returns":
                return self.fulfilment.read_returns(since)
            case "payouts":
                return self._ledger.read_cycles(since)
            case "transactions":
                return self._ledger.read_lines(since, until=window.cut_off)
        raise UsageError(f"{self.system}: there is no stream '{stream.name}'.")

    def _look_up(self, name: str, keys: Sequence[str]) -> Iterator[Page]:
        match name:
            case "settings":
                return iter([[record for record in self.platform.settings() if record.key in keys]])
            case "carriers":
                return iter([[record for record in self.platform.carrier_records() if record.key in keys]])
            case "listings" | "stock":
                return self._offers.look_up(keys)
            case "orders":
                return self.orders.look_up(keys)
            case "shipments":
                return self.fulfilment.look_up_shipments(keys)
            case "returns":
                return self.fulfilment.look_up_returns(keys)
            case "payouts":
                return self._ledger.look_up_cycles(keys)
            case "transactions":
                return self._ledger.look_up_lines(keys)
        raise UsageError(f"{self.system}: there is no stream '{name}'.")
