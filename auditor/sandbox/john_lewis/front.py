"""The company's shop on the simulated marketplace, filled from what the business says happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from starlette.types import ASGIApp

from auditor.clock import Clock
from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.catalogue import Listing, Location, Shop
from auditor.sandbox.failures import Failures
from auditor.sandbox.john_lewis.money import cycle_body, lines_of_payout, lines_of_row
from auditor.sandbox.john_lewis.orders import order_body, return_bodies, shipment_bodies
from auditor.sandbox.john_lewis.server import mirakl_app
from auditor.sandbox.john_lewis.state import MiraklState
from auditor.sandbox.john_lewis.wire import Node, instant, present
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.stock import Level

API_KEY = "sandbox-mirakl-key"
LOCATION = "default"


class JohnLewisFront:
    """Implements `Storefront`. The marketplace knows one place; offers have one quantity."""

    def __init__(self, shop: Shop, clock: Clock, state: MiraklState | None = None) -> None:
        self.shop = shop
        self._state = state or MiraklState(clock, API_KEY)
        self._state.limits.granted = shop.granted_calls
        self._sales: dict[str, tuple[Sale, datetime]] = {}
        self._fees: dict[str, Decimal] = {}

    def location_key(self, location: Location) -> str:
        return LOCATION

    def put_location(self, location: Location) -> None:
        """Nothing is kept of places."""

    def put_listing(self, listing: Listing) -> None:
        rows = self._state.tables.offers
        held = rows.get(str(_offer_id(listing)))
        quantity = held.read()["quantity"] if held else 0
        self._state.put_offer(_offer(listing, quantity), held.updated if held else self._state.clock.now())

    def put_level(self, listing: Listing, location: Location, level: Level) -> None:
        self._state.put_offer(_offer(listing, max(0, level.available)), level.updated_at)

    def put_sale(self, sale: Sale, now: datetime) -> None:
        self._sales[sale.key] = (sale, now)
        habits = self._state.habits
        self._state.put_order(present(order_body(sale, now, habits, self._fees.get(sale.key, ZERO))))
        if habits.multi_shipment:
            for body in shipment_bodies(sale, now):
                self._state.put_shipment(body)
        for body in return_bodies(sale):
            self._state.put_return(body)

    def put_payout(self, payout: Payout) -> None:
        self._state.put_cycle(cycle_body(payout))
        for body in lines_of_payout(payout):
            self._state.put_line(body)
        for row in payout.rows:
            self._note_fee(row)

    def put_waiting_row(self, row: BalanceRow) -> None:
        for body in lines_of_row(row, None, "PENDING", str(row.number)):
            self._state.put_line(body)
        self._note_fee(row)

    def app(self, failures: Failures) -> ASGIApp:
        return mirakl_app(self._state, failures, self.shop.id)

    def toml(self, url: str) -> str:
        field = self._state.habits.number_field
        number = f'order_number_field = "{field}"\n' if field else ""
        return f'base_url = "{url}"\ncredentials = {{ api_key = {{ file = "secrets/{self.shop.id}_key" }} }}\n{number}'

    def secrets(self) -> Mapping[str, str]:
        return {f"{self.shop.id}_key": self._state.api_key}

    def state(self) -> MiraklState:
        return self._state

    def _note_fee(self, row: BalanceRow) -> None:
        """The commission of an order stands on the order too."""
        if row.kind == "CHARGE" and row.sale is not None and self._fees.get(row.sale.key) != row.fee:
            self._fees[row.sale.key] = row.fee
            if row.sale.key in self._sales:
                sale, now = self._sales[row.sale.key]
                self._state.put_order(present(order_body(sale, now, self._state.habits, row.fee)))


def _offer_id(listing: Listing) -> int:
    return 900_000 + listing.number


def _offer(listing: Listing, quantity: int) -> Node:
    return {
        "active": listing.is_active,
        "all_prices": [],
        "category_code": "HOME",
        "category_label": "Home",
        "channels": [],
        "currency_iso_code": CURRENCY,
        "description": "",
        "fulfillment": {"center": {"code": "DEFAULT"}},
        "inactivity_reasons": [],
        "leadtime_to_ship": 2,
        "logistic_class": {"code": "M", "label": "Medium"},
        "max_order_quantity": 99,
        "min_order_quantity": 1,
        "min_quantity_alert": 0,
        "min_shipping_price": ZERO,
        "min_shipping_price_additional": ZERO,
        "min_shipping_type": "STD",
        "min_shipping_zone": "UK",
        "offer_id": _offer_id(listing),
        "package_quantity": 1,
        "price": listing.price,
        "product_references": [{"reference": listing.barcode, "reference_type": "EAN"}],
        "product_sku": f"JL{listing.number:08d}",
        "product_title": listing.title,
        "quantity": quantity,
        "shipping_deadline": instant(datetime(2026, 12, 1)),
        "shop_sku": listing.sku,
        "state_code": "11",
        "total_price": listing.price,
    }
