"""A simulated Shopify store filled with what happened in the business (`auditor/sandbox/front.py: Storefront`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.types import ASGIApp

from auditor.clock import Clock
from auditor.sandbox.basics import COMPANY, CURRENCY, TIMEZONE
from auditor.sandbox.catalogue import Listing, Location, Shop
from auditor.sandbox.failures import Failures
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.shopify import goods, payouts
from auditor.sandbox.shopify.gids import location_gid
from auditor.sandbox.shopify.orders import order_node
from auditor.sandbox.shopify.server import shopify_app
from auditor.sandbox.shopify.state import ShopifyState
from auditor.sandbox.stock import Level

ACCESS_TOKEN = "sandbox-token"


class ShopifyFront:
    def __init__(self, shop: Shop, clock: Clock) -> None:
        self.shop = shop
        self._clock = clock
        self._listed: dict[str, int] = {}
        fields = {"name": COMPANY, "currencyCode": CURRENCY, "ianaTimezone": TIMEZONE, "taxesIncluded": True}
        # A store on the Plus plan: on the standard plan a first load waits for points most of the time.
        self._state = ShopifyState(clock, fields, ACCESS_TOKEN, bucket_size=20_000.0, restore_rate=1_000.0)

    def location_key(self, location: Location) -> str:
        return location_gid(location)

    def put_location(self, location: Location) -> None:
        self._state.put("Location", goods.location_node(location, self._clock.now()))

    def put_listing(self, listing: Listing) -> None:
        self._listed[listing.sku] = listing.number
        self._state.put("ProductVariant", goods.variant_node(listing, self._listed, self._clock.now()))

    def put_level(self, listing: Listing, location: Location, level: Level) -> None:
        self._state.put("InventoryLevel", goods.level_node(listing, location, level))

    def put_sale(self, sale: Sale, now: datetime) -> None:
        self._state.put("Order", order_node(sale, self._listed, now))
        for dispute in sale.disputes:
            self._state.put("ShopifyPaymentsDispute", payouts.dispute_node(sale, dispute))

    def put_payout(self, payout: Payout) -> None:
        self._state.put("ShopifyPaymentsPayout", payouts.payout_node(payout))
        for row in payouts.row_nodes(payout):
            self._state.put("ShopifyPaymentsBalanceTransaction", row)

    def put_waiting_row(self, row: BalanceRow) -> None:
        self._state.put("ShopifyPaymentsBalanceTransaction", payouts.row_node(row, None))

    def app(self, failures: Failures) -> ASGIApp:
        return shopify_app(self._state, failures, self.shop.id)

    def toml(self, url: str) -> str:
        token = f"secrets/{self.shop.id}_token"
        return f'base_url = "{url}"\ncredentials = {{ access_token = {{ file = "{token}" }} }}\n'

    def secrets(self) -> Mapping[str, str]:
        return {f"{self.shop.id}_token": ACCESS_TOKEN}

    def state(self) -> ShopifyState:
        return self._state


def make_front(shop: Shop, clock: Clock) -> ShopifyFront:
    return ShopifyFront(shop, clock)
