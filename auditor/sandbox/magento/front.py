"""A simulated Magento shop filled with what happened in the business (`auditor/sandbox/front.py: Storefront`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.types import ASGIApp

from auditor.clock import Clock
from auditor.sandbox.catalogue import Listing, Location, Shop
from auditor.sandbox.failures import Failures
from auditor.sandbox.magento import aftermath, goods
from auditor.sandbox.magento.orders import order_body
from auditor.sandbox.magento.server import magento_app
from auditor.sandbox.magento.state import MagentoState
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.stock import Level

SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


class MagentoFront:
    """A location is a stock with one source and one website of its own."""

    def __init__(self, shop: Shop, clock: Clock) -> None:
        self.shop = shop
        self._clock = clock
        self._state = MagentoState(clock)

    def location_key(self, location: Location) -> str:
        return str(location.number)

    def put_location(self, location: Location) -> None:
        self._state.put("sources", goods.source_body(location))
        self._state.put("stocks", goods.stock_body(location))
        self._state.put("links", goods.link_body(location))

    def put_listing(self, listing: Listing) -> None:
        for body in goods.product_bodies(listing, self._clock.now()):
            self._state.put("products", body)

    def put_level(self, listing: Listing, location: Location, level: Level) -> None:
        self._state.put("salable", goods.salable_body(listing, location, level))
        self._state.put("source_items", goods.source_item_body(listing, location, level))

    def put_sale(self, sale: Sale, now: datetime) -> None:
        source = goods.source_code(sale.location)
        self._state.put("orders", order_body(sale, sale.location.number, now))
        for body in aftermath.invoices(sale):
            self._state.put("invoices", body)
        for body in aftermath.credit_memos(sale, now):
            self._state.put("creditmemos", body)
        for body in aftermath.shipments(sale, source, now):
            self._state.put("shipments", body)

    def put_payout(self, payout: Payout) -> None:
        """Nothing: the payment provider settles, and its files tell it."""

    def put_waiting_row(self, row: BalanceRow) -> None:
        """Nothing: the payment provider's account is not Magento's."""

    def app(self, failures: Failures) -> ASGIApp:
        return magento_app(self._state, failures, self.shop.id)

    def toml(self, url: str) -> str:
        names = ", ".join(f'{name} = {{ file = "secrets/{self.shop.id}_{name}" }}' for name in SECRETS)
        return f'base_url = "{url}"\ncredentials = {{ {names} }}\n'

    def secrets(self) -> Mapping[str, str]:
        return {f"{self.shop.id}_{name}": getattr(self._state.access, name) for name in SECRETS}

    def state(self) -> MagentoState:
        return self._state


def make_front(shop: Shop, clock: Clock) -> MagentoFront:
    return MagentoFront(shop, clock)
