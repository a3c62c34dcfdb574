"""What every simulated channel looks like to those who fill it: one storefront per kind, all of the same shape.

The business says what happened (`business.py`); a storefront says it in the channel's own words, keeps it, and serves
it over HTTP. It computes no figure of its own beyond what its platform adds up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from starlette.types import ASGIApp

from auditor.clock import Clock
from auditor.sandbox.catalogue import Listing, Location, Shop
from auditor.sandbox.failures import Failures
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.stock import Level


class Storefront(Protocol):
    """One simulated channel with state. What is put twice replaces what was there."""

    shop: Shop

    def location_key(self, location: Location) -> str:
        """The canonical location, as [channel.locations] names it."""

    def put_location(self, location: Location) -> None: ...

    def put_listing(self, listing: Listing) -> None: ...

    def put_level(self, listing: Listing, location: Location, level: Level) -> None:
        """What the channel shows for sale at a location; comes after the listing and the location."""

    def put_sale(self, sale: Sale, now: datetime) -> None:
        """The whole order as the channel shows it at a moment: parcels it learns of later are not there yet."""

    def put_payout(self, payout: Payout) -> None:
        """A payout with its rows as they are shown (`payout.shown_rows`, `payout.shown_net`)."""

    def put_waiting_row(self, row: BalanceRow) -> None:
        """A row of the provider's account that no payout holds yet."""

    def app(self, failures: Failures) -> ASGIApp:
        """The channel as an ASGI application; failures are planned under the shop's id."""

    def toml(self, url: str) -> str:
        """The lines of [[channel]] that only this kind needs: base_url, credentials and the like."""

    def secrets(self) -> Mapping[str, str]:
        """File name under secrets/ -> value; named after the shop's id."""

    def state(self) -> Any:
        """What the simulated system holds, for tests that compare it with what was read."""


MakeFront = Callable[[Shop, Clock], Storefront]
