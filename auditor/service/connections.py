"""Which class connects to which kind of system, and what each may write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from auditor.acting.execute import Observer
from auditor.clock import Clock
from auditor.connectors.base import Connector
from auditor.connectors.sap_b1.actions import DeliveryObserver
from auditor.connectors.sap_b1.connector import B1Connector
from auditor.connectors.shopify.actions import PushTracking
from auditor.connectors.shopify.connector import ShopifyConnector
from auditor.connectors.writer import Writer
from auditor.errors import ConfigError, UsageError
from auditor.settings import Channel, Settings

Transports = Mapping[str, httpx.BaseTransport]
"""system -> transport; for tests that speak to a system without a socket."""

_CHANNELS: dict[str, Callable[..., Connector]] = {"shopify": ShopifyConnector}
_WRITERS: dict[tuple[type[Any], str], Callable[[Any], Writer]] = {
    (ShopifyConnector, PushTracking.kind): lambda connector: PushTracking(connector.client),
}


def connect(settings: Settings, clock: Clock, transports: Transports) -> list[Connector]:
    """B1 and every channel of auditor.toml; nothing is sent yet.

    Raises `ConfigError` for a kind of channel that this version cannot read.
    """
    connectors: list[Connector] = [B1Connector(settings, clock, transports.get("b1"))]
    for channel in settings.channel:
        connectors.append(_channel(settings, channel, clock, transports))
    return connectors


def observers(connectors: Sequence[Connector]) -> dict[str, Observer]:
    """Who reads again, just before a correction is sent, the side that is not written."""
    b1 = next(connector for connector in connectors if isinstance(connector, B1Connector))
    return {"b1": DeliveryObserver(b1)}


def writer(connector: Connector, kind: str) -> Writer:
    """The writer of one kind of correction. Raises `UsageError` when the system has none."""
    make = _WRITERS.get((type(connector), kind))
    if make is None:
        raise UsageError(f"Corrections of kind {kind} cannot be sent to {connector.system}.")
    return make(connector)


def _channel(settings: Settings, channel: Channel, clock: Clock, transports: Transports) -> Connector:
    make = _CHANNELS.get(channel.kind)
    if make is None:
        known = ", ".join(sorted(_CHANNELS))
        raise ConfigError(
            f"The channel '{channel.id}' is of kind {channel.kind}, which this version cannot read; it reads: {known}."
        )
    return make(settings, channel, clock, transports.get(channel.id))
