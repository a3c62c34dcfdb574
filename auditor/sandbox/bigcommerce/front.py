"""A simulated BigCommerce store filled with what happened in the business (`auditor/sandbox/front.py: Storefront`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.types import ASGIApp

from auditor.clock import Clock
from auditor.sandbox.basics import CURRENCY, TIMEZONE
from auditor.sandbox.bigcommerce import goods
from auditor.sandbox.bigcommerce.orders import order_of
from auditor.sandbox.bigcommerce.payments import refund_node, refunds_shown
from auditor.sandbox.bigcommerce.server import bigcommerce_app
from auditor.sandbox.bigcommerce.state import BigCommerceState
from auditor.sandbox.bigcommerce.wire import Node, rfc3339
from auditor.sandbox.catalogue import Listing, Location, Shop
from auditor.sandbox.failures import Failures
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.stock import Level

TOKEN = "sandbox-token"
STORE_HASH = "hp1"
# An Enterprise contract: on the smaller plans a first load waits for the quota most of the time.
QUOTA = 30_000


class BigCommerceFront:
    def __init__(self, shop: Shop, clock: Clock, quota: int = QUOTA) -> None:
        self.shop = shop
        self._clock = clock
        self._numbers: dict[str, int] = {}
        self._state = BigCommerceState(
            clock,
            TOKEN,
            STORE_HASH,
            quota=quota,
            store=_store(shop),
            tax=_TAX,
            currencies=[{**_CURRENCY, "last_updated": rfc3339(clock.now())}],
        )

    def location_key(self, location: Location) -> str:
        return str(location.number)

    def put_location(self, location: Location) -> None:
        self._state.put_location(goods.location_node(location, self._clock.now()))

    def put_listing(self, listing: Listing) -> None:
        self._numbers[listing.sku] = listing.number
        self._state.put_product(goods.product_node(listing, self._clock.now()), [goods.variant_node(listing)])

    def put_level(self, listing: Listing, location: Location, level: Level) -> None:
        self._state.put_level(goods.identity(listing), goods.level_node(location, level))

    def put_sale(self, sale: Sale, now: datetime) -> None:
        self._state.put_order(order_of(sale, self._numbers, now))
        for refund in refunds_shown(sale):
            self._state.put_refund(refund_node(sale, refund))

    def put_payout(self, payout: Payout) -> None:
        """BigCommerce knows nothing of payouts; they come in the provider's files."""

    def put_waiting_row(self, row: BalanceRow) -> None:
        """BigCommerce knows nothing of the provider's account."""

    def app(self, failures: Failures) -> ASGIApp:
        return bigcommerce_app(self._state, failures, self.shop.id)

    def toml(self, url: str) -> str:
        token = f"secrets/{self.shop.id}_token"
        return f'base_url = "{url}/stores/{STORE_HASH}"\ncredentials = {{ access_token = {{ file = "{token}" }} }}\n'

    def secrets(self) -> Mapping[str, str]:
        return {f"{self.shop.id}_token": TOKEN}

    def state(self) -> BigCommerceState:
        return self._state


def make_front(shop: Shop, clock: Clock) -> BigCommerceFront:
    return BigCommerceFront(shop, clock)


def _store(shop: Shop) -> Node:
    return {
        "id": STORE_HASH,
        "domain": "harbour.example.com",
        "secure_url": "https://harbour.example.com",
        "status": "live",
        "name": shop.name,
        "first_name": "Pat",
        "last_name": "Owner",
        "address": "1 Dock Road, Leeds",
        "country": "United Kingdom",
        "country_code": "GB",
        "phone": "0113 496 0002",
        "admin_email": "pat.owner@example.com",
        "order_email": "orders@example.com",
        "timezone": {"name": TIMEZONE, "raw_offset": 0, "dst_offset": 3600, "dst_correction": True},
        "language": "en",
        "currency": CURRENCY,
        "currency_symbol": "£",
        "decimal_separator": ".",
        "thousands_separator": ",",
        "decimal_places": 2,
        "weight_units": "KGS",
        "plan_name": "Enterprise",
        "plan_level": "Enterprise",
        "plan_is_trial": False,
        "is_price_entered_with_tax": True,
        "store_id": 1,
        "default_channel_id": 1,
        "default_site_id": 1000,
    }


_TAX = {
    "tax_entered_with_prices": True,
    "price_display_settings": {
        "control_panel_price_display_strategy": "INCLUSIVE",
        "invoice_price_display_strategy": "INCLUSIVE",
    },
    "fallback_strategy": "FIXED",
    "should_subtract_store_tax": False,
    "rounding_strategy": "RATE_ROUNDING",
}
_CURRENCY = {
    "id": 1,
    "is_default": True,
    "country_iso2": "GB",
    "currency_code": CURRENCY,
    "currency_exchange_rate": "1.0000000000",
    "auto_update": False,
    "token_location": "left",
    "token": "£",
    "decimal_token": ".",
    "thousands_token": ",",
    "decimal_places": 2,
    "name": "British Pound",
    "enabled": True,
    "is_transactional": True,
    "use_default_name": False,
}
