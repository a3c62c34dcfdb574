"""What is for sale and where it lies: warehouses, carriers, products, stock. All of it is read in full each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from auditor.connectors.base import Page, Record
from auditor.connectors.tiktok_shop.bodies import (
    PRODUCT,
    SKU,
    STOCK_LEVEL,
    STOCK_SKU,
    WAREHOUSE,
    Bodies,
    without_person,
)
from auditor.connectors.tiktok_shop.client import Node, TikTokShopClient, nodes_of
from auditor.connectors.tiktok_shop.listing import Search, listed, search
from auditor.connectors.tiktok_shop.operations import (
    DELIVERY_OPTIONS,
    SEARCH_INVENTORY,
    SEARCH_PRODUCTS,
    SHIPPING_PROVIDERS,
    WAREHOUSES,
)
from auditor.connectors.tiktok_shop.orders import portions
from auditor.errors import Incomplete

# By creation, which never changes: products are listed in no order that is documented.
PRODUCTS = Search(SEARCH_PRODUCTS, "products", "id", 100, "create_time_ge", "create_time_le", is_closed=True)
# No shop is older: TikTok Shop began in 2021.
FIRST_SHOP = 1_577_836_800
# The search for SKUs takes ten of them; inventory takes the SKUs of a hundred products, or six hundred SKUs.
SKUS_OF_SEARCH, SKUS_OF_INVENTORY = 10, 600
# A product that is not for sale need not have stock.
_FOR_SALE = "ACTIVATE"
_OF_PRODUCT = ("id", "title", "status", "is_not_for_sale", "create_time", "update_time", "sales_regions")


class Goods:
    def __init__(self, client: TikTokShopClient, bodies: Bodies) -> None:
        self._client = client
        self._bodies = bodies

    # Places and carriers ----------------------------------------------------------------------------------------------

    def warehouses(self) -> list[Node]:
        """All of them, in one answer. No shop that sells is without one."""
        nodes = nodes_of(self._client.system, WAREHOUSES, self._client.call(WAREHOUSES), "warehouses")
        self._bodies.need_each(nodes, WAREHOUSE, "a warehouse")
        if not nodes:
            raise Incomplete(f"{self._client.system}: TikTok lists no warehouse; nothing of it is used.")
        return [without_person(node) for node in nodes]

    def read_warehouses(self) -> Iterator[Page]:
        yield [self._bodies.record(node["id"], node) for node in self.warehouses()]

    def providers(self) -> dict[str, Node]:
        """Each approved carrier with the delivery options that it is approved for.

        In the EU the call needs two countries since 2026-03-26, whose names are not published; where it is refused
        there is no list to be had, which is said by the exception.
        """
        options: dict[str, str] = {}
        for warehouse in self.warehouses():
            if warehouse["type"] == "SALES_WAREHOUSE" and warehouse["effect_status"] != "DISABLED":
                data = self._client.call(DELIVERY_OPTIONS, warehouse["id"])
                for node in nodes_of(self._client.system, DELIVERY_OPTIONS, data, "delivery_options"):
                    self._bodies.need(node, ("id",), "a delivery option")
                    options[node["id"]] = str(node.get("name") or "")
        found: dict[str, Node] = {}
        for option, name in sorted(options.items()):
            data = self._client.call(SHIPPING_PROVIDERS, option)
            for node in nodes_of(self._client.system, SHIPPING_PROVIDERS, data, "shipping_providers"):
                self._bodies.need(node, ("id", "name"), "a shipping provider")
                entry = found.setdefault(node["id"], {**node, "delivery_options": []})
                entry["delivery_options"].append({"id": option, "name": name})
        return found

    def read_providers(self) -> Iterator[Page]:
        yield [self._bodies.record(identity, node) for identity, node in self.providers().items()]

    # Products ---------------------------------------------------------------------------------------------------------

    def read_listings(self, now: int) -> Iterator[Page]:
        """One record per SKU with what it needs to know of its product."""
        for page in search(self._client, PRODUCTS, FIRST_SHOP, now, self._listings):
            yield [record for product in page for record in product]

    def listings(self, keys: Sequence[str]) -> Iterator[Page]:
        for portion in portions(keys, SKUS_OF_SEARCH):
            for product in listed(self._client, PRODUCTS, {"sku_ids": list(portion)}):
                yield [record for record in self._listings(product) if record.key in portion]

    # Stock ------------------------------------------------------------------------------------------------------------

    def read_stock(self, now: int) -> Iterator[Page]:
        """One record per SKU with all its warehouses."""
        for page in search(self._client, PRODUCTS, FIRST_SHOP, now, _skus_of):
            skus = [sku for product in page for sku in product]
            for portion in portions(skus, SKUS_OF_INVENTORY):
                yield self._levels([sku for sku, _ in portion], {sku for sku, is_for_sale in portion if is_for_sale})

    def stock(self, keys: Sequence[str]) -> Iterator[Page]:
        for portion in portions(list(keys), SKUS_OF_INVENTORY):
            yield self._levels(list(portion), set())

    def _levels(self, skus: Sequence[str], for_sale: set[str]) -> Page:
        found: dict[str, Record] = {}
        for _ in range(2):
            rest = [sku for sku in skus if sku not in found]
            if rest:
                found.update((record.key, record) for record in self._asked(rest))
        lacking = [sku for sku in skus if sku not in found and sku in for_sale]
        if lacking and self._still_for_sale(lacking):
            raise Incomplete(
                f"{self._client.system}: the stock of {len(lacking)} SKUs that are for sale did not come, "
                f"the first is {lacking[0]}; nothing of it is used."
            )
        return list(found.values())

    def _asked(self, skus: Sequence[str]) -> Iterator[Record]:
        data = self._client.call(SEARCH_INVENTORY, body={"sku_ids": list(skus)})
        for product in nodes_of(self._client.system, SEARCH_INVENTORY, data, "inventory"):
            self._bodies.need(product, ("product_id", "skus"), "the stock of a product")
            for sku in product["skus"]:
                self._bodies.need(sku, STOCK_SKU, "the stock of a SKU")
                levels = sku["warehouse_inventory"]
                self._bodies.need_each(levels, STOCK_LEVEL, "the stock of a SKU in a warehouse")
                # By definition the total is the sum over the warehouses, so a warehouse that is left out shows.
                if sum(level["available_quantity"] for level in levels) != sku["total_available_quantity"]:
                    raise Incomplete(
                        f"{self._client.system}: the warehouses of SKU {sku['id']} do not add up to its stock; "
                        "one of them is missing."
                    )
                yield self._bodies.record(sku["id"], {**sku, "product_id": product["product_id"]})

    def _still_for_sale(self, skus: Sequence[str]) -> bool:
        """Whether one of these is for sale now; it may have been taken off while the list was read."""
        for portion in portions(skus, SKUS_OF_SEARCH):
            nodes = listed(self._client, PRODUCTS, {"sku_ids": list(portion)})
            if any(sku in portion for node in nodes for sku, is_for_sale in _skus_of(node) if is_for_sale):
                return True
        return False

    def _listings(self, node: Node) -> list[Record]:
        self._bodies.need(node, PRODUCT, "a product")
        self._bodies.need_each(node["skus"], SKU, "a SKU of a product")
        product = {name: node[name] for name in _OF_PRODUCT if name in node}
        return [self._bodies.record(sku["id"], {**sku, "product": product}) for sku in node["skus"]]


def _skus_of(node: Node) -> list[tuple[str, bool]]:
    """Each SKU of a product, and whether it is for sale."""
    is_active = node.get("status") == _FOR_SALE
    return [(str(sku["id"]), is_active and _is_normal(sku)) for sku in node.get("skus") or () if sku.get("id")]


def _is_normal(sku: dict[str, Any]) -> bool:
    return (sku.get("status_info") or {}).get("status") in (None, "NORMAL")
