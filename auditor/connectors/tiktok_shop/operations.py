"""Every call that is made, with its version: the version is part of the path and differs from call to call.

A path with `{}` takes ids. Where two versions stand, the first is tried and the second is used when the shop does not
know the first. `is_shop_call` False: the call speaks for the app, and `shop_cipher` must not be sent with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Operation:
    """`name` is what sentences and failure plans call it: method and path without ids."""

    method: Literal["GET", "POST"]
    area: str
    versions: tuple[str, ...]
    rest: str
    is_write: bool = False
    is_shop_call: bool = True

    def path(self, version: str, *ids: str) -> str:
        """`/order/202309/orders/search`; ids fill the braces in their order."""
        return f"/{self.area}/{version}/{self.rest.format(*ids)}"

    @property
    def name(self) -> str:
        return f"{self.method} {self.path(self.versions[0], *(['{}'] * self.rest.count('{}')))}"


SHOPS = Operation("GET", "authorization", ("202309",), "shops", is_shop_call=False)

SEARCH_ORDERS = Operation("POST", "order", ("202309",), "orders/search")
ORDERS = Operation("GET", "order", ("202507", "202309"), "orders")
PRICE_DETAIL = Operation("GET", "order", ("202407",), "orders/{}/price_detail")

SEARCH_PACKAGES = Operation("POST", "fulfillment", ("202309",), "packages/search")
PACKAGE = Operation("GET", "fulfillment", ("202309",), "packages/{}")
MARK_SHIPPED = Operation("POST", "fulfillment", ("202309",), "orders/{}/packages", is_write=True)
UPDATE_SHIPPING_INFO = Operation("POST", "fulfillment", ("202309",), "packages/{}/shipping_info/update", is_write=True)

SEARCH_CANCELLATIONS = Operation("POST", "return_refund", ("202309",), "cancellations/search")
SEARCH_RETURNS = Operation("POST", "return_refund", ("202309",), "returns/search")

SEARCH_PRODUCTS = Operation("POST", "product", ("202502",), "products/search")
SEARCH_INVENTORY = Operation("POST", "product", ("202309",), "inventory/search")

WAREHOUSES = Operation("GET", "logistics", ("202309",), "warehouses")
DELIVERY_OPTIONS = Operation("GET", "logistics", ("202309",), "warehouses/{}/delivery_options")
SHIPPING_PROVIDERS = Operation("GET", "logistics", ("202309",), "delivery_options/{}/shipping_providers")

STATEMENTS = Operation("GET", "finance", ("202309",), "statements")
TRANSACTIONS = Operation("GET", "finance", ("202501",), "statements/{}/statement_transactions")
# 202605 replaced 202309, which ended on 2026-08-15; its schema is said to be the same less some fields.
PAYMENTS = Operation("GET", "finance", ("202605", "202309"), "payments")
