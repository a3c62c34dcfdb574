"""Which class connects to which kind of system, and what each may write.

A kind's package is imported when a channel of that kind is named, so that a company with one channel does not pay for
five.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib import import_module
from typing import Any

import httpx

from auditor.acting.execute import Observer
from auditor.checking.abilities import CannotTell
from auditor.clock import Clock
from auditor.connectors.base import Connector, Dated
from auditor.connectors.sap_b1.actions import DeliveryObserver
from auditor.connectors.sap_b1.connector import B1Connector
from auditor.connectors.search import ByKey, Searcher
from auditor.connectors.writer import Writer
from auditor.errors import UsageError
from auditor.model import B1
from auditor.settings import Settings

Transports = Mapping[str, httpx.BaseTransport]
"""system -> transport; for tests that speak to a system without a socket."""

_CHANNELS = {
    "shopify": "ShopifyConnector",
    "bigcommerce": "BigCommerceConnector",
    "magento": "MagentoConnector",
    "john_lewis": "JohnLewisConnector",
    "tiktok_shop": "TikTokShopConnector",
}
"""Kind, which is also the package's name -> class."""
_WRITERS = {"push_tracking": "PushTracking"}
"""Kind of correction -> class in `actions` of the package that can carry it out."""
UNMAPPED = "no location of it is mapped to warehouses, so nothing can be compared; add [channel.locations]"
NO_FILES = "the platform has none; name the files of its payment provider under settlements"


def connect(settings: Settings, clock: Clock, transports: Transports) -> list[Connector]:
    """B1, every channel of auditor.toml, the files of its payment provider, and the bank; nothing is sent yet.

    Raises `ConfigError` when what auditor.toml says of a system cannot be used.
    """
    connectors: list[Connector] = [B1Connector(settings, clock, transports.get("b1"))]
    for channel in settings.channel:
        make = _class(f"auditor.connectors.{channel.kind}", _CHANNELS[channel.kind])
        connectors.append(make(settings, channel, clock, transports.get(channel.id)))
        if channel.settlements is not None:
            connectors.append(
                _class("auditor.connectors.settlements", "SettlementsConnector")(settings, channel, clock)
            )
    if settings.bank is not None:
        connectors.append(_class("auditor.connectors.bank", "BankConnector")(settings, clock))
    if settings.middleware is not None:
        connectors.append(_class("auditor.connectors.middleware", "MiddlewareConnector")(settings, clock))
    return connectors


def observers(connectors: Sequence[Connector]) -> dict[str, Observer]:
    """Who reads again, just before a correction is sent, the side that is not written."""
    b1 = next(connector for connector in connectors if isinstance(connector, B1Connector))
    return {"b1": DeliveryObserver(b1)}


def writer(connector: Connector, kind: str) -> Writer:
    """The writer of one kind of correction. Raises `UsageError` when the system has none."""
    package = type(connector).__module__.rpartition(".")[0]
    try:
        make = _class(f"{package}.actions", _WRITERS[kind])
    except (KeyError, ModuleNotFoundError, AttributeError):
        raise UsageError(f"Corrections of kind {kind} cannot be sent to {connector.system}.") from None
    made: Writer = make(connector.client)  # type: ignore[attr-defined]  # every channel's connector has one
    return made


def searcher(connector: Connector) -> Searcher | None:
    """How the system is asked for single records; None where it cannot be."""
    if isinstance(connector, Searcher):
        return connector
    package = type(connector).__module__.rpartition(".")[0]
    try:
        streams = import_module(f"{package}.streams")
    except ModuleNotFoundError:
        return None
    keyed, by_order = getattr(streams, "LOOKED_UP_BY", {}), getattr(streams, "ASKED_BY_ORDER", ())
    return ByKey(connector, keyed, getattr(connector, "of_orders", None), by_order) if keyed else None


def cannot_tell(settings: Settings, connectors: Sequence[Connector]) -> Iterator[CannotTell]:
    """What no check may be judged by: what systems have no word for, and what auditor.toml leaves without meaning.

    What auditor.toml can mend comes first: of several reasons the first is told.
    """
    told = {(one.channel_id, table) for one in connectors for stream in one.streams for table in stream.tables}
    for channel in settings.channel:
        if not channel.locations:
            yield CannotTell(channel.id, channel.id, "channel_stock", UNMAPPED)
        if (channel.id, "payout") not in told:
            yield CannotTell(channel.id, channel.id, "payout", NO_FILES)
    for connector in connectors:
        for name, why in connector.cannot_tell.items():
            yield CannotTell(connector.system, connector.channel_id, name, why)


def deadlines(settings: Settings, connectors: Sequence[Connector]) -> Iterator[tuple[str, str, str, date]]:
    """System, kind, name and last day of everything that is known to end."""
    for connector in connectors:
        if isinstance(connector, Dated):
            for one in connector.deadlines():
                yield connector.system, one.kind, one.name, one.ends_on
    for name, day in settings.b1.expires.items():
        yield B1, "credential", name, day
    for channel in settings.channel:
        for name, day in channel.expires.items():
            yield channel.id, "credential", name, day


def _class(module: str, name: str) -> Any:
    return getattr(import_module(module), name)
