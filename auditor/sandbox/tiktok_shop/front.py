"""A simulated TikTok Shop filled with what happened in the business (`auditor/sandbox/front.py: Storefront`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.types import ASGIApp

from auditor.clock import Clock
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.catalogue import Listing, Location, Shop
from auditor.sandbox.failures import Failures
from auditor.sandbox.life import CARRIERS
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.stock import Level
from auditor.sandbox.tiktok_shop import money
from auditor.sandbox.tiktok_shop.aftersales import cancellations, returns
from auditor.sandbox.tiktok_shop.orders import OPTION, OrderView, product_id, sku_id, warehouse_id
from auditor.sandbox.tiktok_shop.server import tiktok_shop_app
from auditor.sandbox.tiktok_shop.state import Body, TikTokShopState, unix

_OPENED = datetime(2026, 1, 5, 9)
"""When the shop put its first product up for sale."""


class TikTokShopFront:
    def __init__(self, shop: Shop, clock: Clock) -> None:
        self.shop = shop
        self._clock = clock
        self._state = TikTokShopState(clock, name=shop.name, ceiling=20 * shop.granted_calls)
        self._first = self._state.give_tokens()
        self._carriers = {number: {"id": f"71101{number:014d}", "name": name} for number, (_, name) in CARRIERS.items()}
        self._state.put(
            "delivery_options",
            {"id": OPTION, "name": "Standard Shipping", "type": "STANDARD", "providers": list(self._carriers.values())},
        )
        self._waiting: dict[int, tuple[str, str]] = {}
        """Rows that no payout holds yet: row -> statement and transaction."""

    def location_key(self, location: Location) -> str:
        return warehouse_id(location.number)

    def put_location(self, location: Location) -> None:
        self._state.put(
            "warehouses",
            {
                "id": warehouse_id(location.number),
                "name": location.name,
                "type": "SALES_WAREHOUSE",
                "sub_type": "DOMESTIC_WAREHOUSE",
                "effect_status": "ENABLED",
                "is_default": location.number == 1,
                "entity_id": f"70684{location.number:014d}",
                "address": {"region_code": "GB", "contact_person": "Warehouse desk", "phone_number": "0113 000 0000"},
            },
        )

    def put_listing(self, listing: Listing) -> None:
        sku: Body = {
            "id": sku_id(listing.sku),
            "seller_sku": listing.sku,
            "price": {"currency": CURRENCY, "tax_exclusive_price": str(listing.price)},
            "inventory": [],
            "status_info": {"status": "NORMAL"},
        }
        created = unix(_OPENED) + listing.number
        self._state.put(
            "products",
            {
                "id": product_id(listing.sku),
                "title": listing.title,
                "status": "ACTIVATE" if listing.is_active else "SELLER_DEACTIVATED",
                "create_time": created,
                "update_time": created,
                "is_not_for_sale": False,
                "skus": [sku],
            },
        )
        held = self._state.get("stock", sku["id"])
        self._put_stock(listing, held["warehouse_inventory"] if held else [])

    def put_level(self, listing: Listing, location: Location, level: Level) -> None:
        place = warehouse_id(location.number)
        held = self._state.get("stock", sku_id(listing.sku)) or {"warehouse_inventory": []}
        levels = [one for one in held["warehouse_inventory"] if one["warehouse_id"] != place]
        levels.append({"warehouse_id": place, "available_quantity": level.available, "committed_quantity": 0})
        self._put_stock(listing, sorted(levels, key=lambda one: str(one["warehouse_id"])))

    def put_sale(self, sale: Sale, now: datetime) -> None:
        view = OrderView(sale, now, self._carriers)
        self._state.put("orders", view.order())
        for package in view.package_bodies():
            self._state.put("packages", package)
        for cancellation in cancellations(view):
            self._state.put("cancellations", cancellation)
        for case in returns(view):
            self._state.put("returns", case)

    def put_payout(self, payout: Payout) -> None:
        self._state.put("payments", money.payment(payout))
        for number, (day, rows) in enumerate(money.days(payout.shown_rows).items(), start=1):
            identity = f"74575{payout.number:011d}{number:03d}"
            self._state.put("statements", money.statement(identity, day, rows, payout))
            for row in rows:
                self._state.put_row(identity, money.transaction(row))
                waiting = self._waiting.pop(row.number, None)
                if waiting is not None:
                    self._state.drop_row(*waiting)
                    if not self._state.rows(waiting[0]):
                        self._state.drop("statements", waiting[0])

    def put_waiting_row(self, row: BalanceRow) -> None:
        day = row.at.date()
        identity = f"74574{day:%Y%m%d}000000"
        transaction = money.transaction(row)
        self._state.put_row(identity, transaction)
        self._waiting[row.number] = (identity, transaction["id"])
        # The statement's own figures are sums over the rows that are known by now.
        body = money.statement(identity, day, [row], None)
        held = self._state.rows(identity)
        body["settlement_amount"] = money.sum_of(held, "settlement_amount")
        self._state.put("statements", body)

    def app(self, failures: Failures) -> ASGIApp:
        return tiktok_shop_app(self._state, failures, self.shop.id)

    def toml(self, url: str) -> str:
        names = ("app_key", "app_secret", "access_token", "refresh_token")
        places = ", ".join(f'{name} = {{ file = "secrets/{self.shop.id}_{name}" }}' for name in names)
        return f'base_url = "{url}"\nauth_url = "{url}"\ncredentials = {{ {places} }}\n'

    def secrets(self) -> Mapping[str, str]:
        """The pair of tokens that the seller's authorisation gave."""
        return {
            f"{self.shop.id}_app_key": self._state.app_key,
            f"{self.shop.id}_app_secret": self._state.app_secret,
            f"{self.shop.id}_access_token": str(self._first["access_token"]),
            f"{self.shop.id}_refresh_token": str(self._first["refresh_token"]),
        }

    def state(self) -> TikTokShopState:
        return self._state

    def _put_stock(self, listing: Listing, levels: list[Body]) -> None:
        available = sum(int(one["available_quantity"]) for one in levels)
        self._state.put(
            "stock",
            {
                "id": sku_id(listing.sku),
                "product_id": product_id(listing.sku),
                "seller_sku": listing.sku,
                "total_available_quantity": available,
                "total_committed_quantity": sum(int(one["committed_quantity"]) for one in levels),
                "total_available_inventory_distribution": {"in_shop_inventory": {"quantity": available}},
                "warehouse_inventory": levels,
            },
        )
        with self._state.changing("products", product_id(listing.sku)) as product:
            if product is not None:
                product["skus"][0]["inventory"] = [
                    {"warehouse_id": one["warehouse_id"], "quantity": one["available_quantity"]} for one in levels
                ]


def make_front(shop: Shop, clock: Clock) -> TikTokShopFront:
    return TikTokShopFront(shop, clock)
