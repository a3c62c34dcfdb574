"""A TikTok Shop as a connector: streams in, records out."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx

from auditor.clock import Clock
from auditor.connectors.base import Call, Diagnosis, Page, Record, Stream, Window
from auditor.connectors.open_keys import with_open_keys
from auditor.connectors.tiktok_shop.aftersales import Aftersales
from auditor.connectors.tiktok_shop.bodies import Bodies
from auditor.connectors.tiktok_shop.client import TikTokShopClient
from auditor.connectors.tiktok_shop.diagnose import diagnose
from auditor.connectors.tiktok_shop.finance import Finance
from auditor.connectors.tiktok_shop.goods import Goods
from auditor.connectors.tiktok_shop.orders import Orders
from auditor.connectors.tiktok_shop.streams import CANNOT_TELL, STATEMENT_SETTLES, streams_of
from auditor.errors import UsageError
from auditor.settings import Channel, Settings


class TikTokShopConnector:
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
        self.client = TikTokShopClient(channel, settings.folder, clock=clock, transport=transport, jitter=jitter)
        self._settings = settings
        self._clock = clock
        bodies = Bodies(channel.id)
        self._orders = Orders(self.client, bodies)
        self._aftersales = Aftersales(self.client, bodies, self._orders)
        self._goods = Goods(self.client, bodies)
        self._finance = Finance(self.client, bodies)
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
        """Refunds of these orders, with returns and with cancellations: (stream, order, record)."""
        for order, record in self._aftersales.returns_of(order_ids):
            yield "returns", order, record
        for order, record in self._aftersales.cancellations_of(order_ids):
            yield "cancellations", order, record

    def diagnose(self) -> Iterator[Diagnosis]:
        return diagnose(self.client, self._goods, self._settings, self.channel)

    def calls(self) -> Sequence[Call]:
        return self.client.calls()

    def close(self) -> None:
        self.client.close()

    def _read(self, stream: Stream, window: Window) -> Iterator[Page]:
        oldest = window.cut_off - self._settings.company.history
        since = window.since or oldest
        # A first load reaches back to the beginning of the history.
        is_first = since <= oldest
        begin, end = _seconds(since), _seconds(window.cut_off, up=True)
        match stream.name:
            case "warehouses":
                return self._goods.read_warehouses()
            case "carriers":
                return self._goods.read_providers()
            case "listings":
                return self._goods.read_listings(end)
            case "stock":
                return self._goods.read_stock(end)
            case "orders":
                return self._orders.read(begin, end, is_first=is_first)
            case "cancellations":
                return self._aftersales.read_cancellations(begin, end)
            case "returns":
                return self._aftersales.read_returns(begin, end)
            case "payouts":
                return self._finance.read_payments(begin, end)
            case "statements":
                return self._finance.read_transactions(_seconds(since - STATEMENT_SETTLES) if is_first else begin, end)
        raise UsageError(f"{self.system}: there is no stream '{stream.name}'.")

    def _look_up(self, name: str, keys: Sequence[str]) -> Iterator[Page]:
        now = self._clock.now()
        oldest, end = _seconds(now - self._settings.company.history - STATEMENT_SETTLES), _seconds(now, up=True)
        match name:
            case "warehouses":
                return _those(self._goods.read_warehouses(), keys)
            case "carriers":
                return _those(self._goods.read_providers(), keys)
            case "listings":
                return self._goods.listings(keys)
            case "stock":
                return self._goods.stock(keys)
            case "orders":
                return self._orders.look_up(keys)
            case "cancellations":
                return self._aftersales.cancellations(keys)
            case "returns":
                return self._aftersales.returns(keys)
            case "payouts":
                return self._finance.payments(keys, oldest, end)
            case "statements":
                return self._finance.transactions(keys, oldest, end)
        raise UsageError(f"{self.system}: there is no stream '{name}'.")


def _those(pages: Iterator[Page], keys: Sequence[str]) -> Iterator[Page]:
    for page in pages:
        yield [record for record in page if record.key in keys]


def _seconds(moment: datetime, *, up: bool = False) -> int:
    """Unix seconds of a naive UTC instant: whole seconds that contain it."""
    seconds = moment.replace(tzinfo=UTC).timestamp()
    return math.ceil(seconds) if up else math.floor(seconds)
