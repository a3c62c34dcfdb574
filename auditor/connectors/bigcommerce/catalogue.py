"""Settings, locations, listings and stock.

Products are walked by ascending id. Variants and stock are read for portions of products: each portion is small enough
that it stands still while it is read, however long the whole takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from auditor.connectors.base import Page, Record
from auditor.connectors.bigcommerce.bodies import Node, impersonal, need, record
from auditor.connectors.bigcommerce.client import BigCommerceClient
from auditor.connectors.bigcommerce.paging import all_rows, portions, walk_products, whole_list
from auditor.connectors.bigcommerce.workers import Workers
from auditor.errors import Incomplete

# Few enough that their variants mostly fit on one page, and the ids into an address.
PORTION = 100
STOCK_LIMIT = 1000
# Long texts of the storefront that nothing is compared with.
UNREAD = "description,search_keywords,meta_description,meta_keywords,page_title,warranty"
_PRODUCT = ("id", "name", "inventory_tracking", "is_visible", "availability", "price")
_VARIANT = ("id", "product_id", "sku", "price", "calculated_price", "purchasing_disabled", "inventory_level")
_ITEM = ("identity", "locations")
_LEVEL = ("location_id", "available_to_sell", "total_inventory_onhand", "location_enabled")
# What is kept of the store: how it counts and where; whose it is and how to reach them is nobody's business here.
_STORE = (
    "id", "status", "plan_level", "currency", "decimal_places", "timezone", "country_code", "weight_units",
    "is_price_entered_with_tax", "default_channel_id",
)  # fmt: skip


class Catalogue:
    def __init__(self, client: BigCommerceClient, workers: Workers) -> None:
        self._client = client
        self._workers = workers

    def settings(self) -> Iterator[Page]:
        tax = self._client.get("v3/tax/settings")
        need(self._client.system, "the answer to v3/tax/settings", tax or {}, ("data",))
        currencies = sorted(all_rows(self._client, "v2/currencies"), key=lambda one: int(one["id"]))
        statuses = sorted(self._client.get("v2/order_statuses") or [], key=lambda one: int(one["id"]))
        yield [
            record("store", {"store": self.store()}),
            record("tax", {"tax": tax["data"]}),
            record("currencies", {"currencies": currencies}),
            record("order_statuses", {"order_statuses": statuses}),
        ]

    def store(self) -> Node:
        """The store without names and addresses of people."""
        store = self._client.get("v2/store")
        need(self._client.system, "the store", store or {}, ("id", "currency", "timezone", "decimal_places"))
        return {name: store[name] for name in _STORE if name in store}

    def locations(self) -> Iterator[Page]:
        fields = ("id", "label", "enabled")
        found = whole_list(self._client, "v3/inventory/locations", {}, fields)
        yield [record(str(one["id"]), impersonal(one)) for one in found]

    def listings(self) -> Iterator[Page]:
        currency = self.store()["currency"]
        for products in self._workers.ahead(walk_products(self._client, {"exclude_fields": UNREAD})):
            yield from self._variants(products, currency)

    def listings_of(self, keys: Sequence[str]) -> Page:
        currency = self.store()["currency"]
        found = self._workers.map(self._variant, [key for key in keys if key.isdigit()])
        variants = [one for one in found if one is not None]
        wanted = {str(one["product_id"]) for one in variants}
        products = {str(one["id"]): one for one in self._products(wanted)}
        return [
            _listing(variant, products[str(variant["product_id"])], currency)
            for variant in variants
            if str(variant["product_id"]) in products
        ]

    def stock(self) -> Iterator[Page]:
        fields = {"include_fields": "inventory_tracking"}
        for products in self._workers.ahead(walk_products(self._client, fields)):
            yield from self._workers.map(self._levels, portions(products, PORTION))

    def stock_of(self, keys: Sequence[str]) -> Page:
        wanted = set(keys)
        variants = sorted({key.partition("@")[0] for key in keys if key.partition("@")[0].isdigit()})
        items = [
            item
            for portion in portions(variants, PORTION)
            for item in self._items({"variant_id:in": ",".join(portion)})
        ]
        products = self._products({str(item["identity"].get("product_id")) for item in items})
        return [one for one in self._records(items, products) if one.key in wanted]

    def _variants(self, products: Sequence[Node], currency: str) -> Iterator[Page]:
        for product in products:
            need(self._client.system, "product", product, _PRODUCT)
        for part, variants in zip(
            portions(products, PORTION), self._workers.map(self._of, portions(products, PORTION)), strict=True
        ):
            by_id = {product["id"]: product for product in part}
            yield [_listing(variant, by_id[variant["product_id"]], currency) for variant in variants]

    def _of(self, products: Sequence[Node]) -> list[Node]:
        """The variants of these products. One without any must be gone, because a plain product has one as well."""
        ids = {product["id"] for product in products}
        variants = self._of_ids(ids)
        missing = ids - {variant["product_id"] for variant in variants}
        if missing:
            again = self._of_ids(missing)
            variants += again
            gone = missing - {variant["product_id"] for variant in again}
            if still := self._products({str(one) for one in gone}):
                raise Incomplete(
                    f"{self._client.system}: product {still[0]['id']} is listed without a variant; a part was lost."
                )
        return [variant for variant in variants if variant["product_id"] in ids]

    def _of_ids(self, ids: Iterable[int]) -> list[Node]:
        params = {"product_id:in": ",".join(map(str, sorted(ids)))}
        return whole_list(self._client, "v3/catalog/variants", params, _VARIANT)

    def _variant(self, key: str) -> Node | None:
        found = whole_list(self._client, "v3/catalog/variants", {"id": key}, _VARIANT)
        return next((one for one in found if str(one["id"]) == key), None)

    def _products(self, keys: Iterable[str]) -> list[Node]:
        numbers = sorted(key for key in keys if key.isdigit())
        params = {"exclude_fields": UNREAD}
        return [
            product
            for portion in portions(numbers, PORTION)
            for product in whole_list(
                self._client, "v3/catalog/products", {**params, "id:in": ",".join(portion)}, _PRODUCT
            )
        ]

    def _levels(self, products: Sequence[Node]) -> Page:
        for product in products:
            need(self._client.system, "product", product, ("id", "inventory_tracking"))
        items = self._items({"product_id:in": ",".join(str(product["id"]) for product in products)})
        return self._records(items, products)

    def _items(self, params: dict[str, str]) -> list[Node]:
        return whole_list(self._client, "v3/inventory/items", params, _ITEM, key=_identity, limit=STOCK_LIMIT)

    def _records(self, items: Iterable[Node], products: Iterable[Node]) -> list[Record]:
        """One record for each item and location."""
        tracking = {product["id"]: product["inventory_tracking"] for product in products}
        records = []
        for item in items:
            identity = item["identity"]
            need(self._client.system, "an item of the inventory", identity, ("sku", "variant_id", "product_id"))
            for level in item["locations"]:
                need(self._client.system, f"the stock of variant {identity['variant_id']}", level, _LEVEL)
                body = {**level, "identity": identity, "inventory_tracking": tracking.get(identity["product_id"])}
                records.append(record(f"{identity['variant_id']}@{level['location_id']}", body))
        return records


def _identity(item: Node) -> tuple[object, object]:
    return item["identity"].get("variant_id"), item["identity"].get("product_id")


def _listing(variant: Node, product: Node, currency: str) -> Record:
    """A variant with what only its product knows."""
    kept = {name: value for name, value in impersonal(product).items() if name not in _TEXTS}
    return record(str(variant["id"]), {"variant": variant, "product": kept, "currency": currency})


_TEXTS = frozenset(
    {*UNREAD.split(","), "images", "videos", "view_count", "reviews_rating_sum", "reviews_count", "total_sold"}
)
