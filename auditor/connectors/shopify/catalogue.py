"""The shop itself, its locations, what it offers, and how much of it lies where: read in full each time.

Listings and stock always come from a bulk operation: it says how many objects there are, which proves that none is
missing, and a row that is missing from a full read would count as gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from auditor.connectors.base import Page
from auditor.connectors.shopify import documents
from auditor.connectors.shopify.bulk import Bulk, ask, result
from auditor.connectors.shopify.paging import Node, by_ids, complete, gid_of
from auditor.connectors.shopify.records import level_record, level_row_record, record
from auditor.connectors.shopify.source import Source


class Catalogue:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._client = source.client

    def read_shop(self) -> Iterator[Page]:
        yield [record("shop", self._source.refresh()["shop"])]

    def read_locations(self) -> Iterator[Page]:
        yield [record(node["id"], node) for node in self._source.locations()]

    def locations(self, keys: Sequence[str]) -> Iterator[Page]:
        wanted = {gid_of("Location", key) for key in keys}
        yield [record(node["id"], node) for node in self._source.locations() if node["id"] in wanted]

    # Listings ---------------------------------------------------------------------------------------------------------

    def read_listings(self) -> Iterator[Page]:
        return self._listings_in(ask(self._client, documents.BULK_LISTINGS))

    def _listings_in(self, asked: Bulk) -> Iterator[Page]:
        currency = self._source.shop["currencyCode"]
        with result(self._client, asked) as spool:
            for variants in spool.roots():
                for variant in spool.join(variants):
                    variant.currencyCode = currency
                yield [record(variant.id, variant) for variant in variants]

    def listings(self, keys: Sequence[str]) -> Iterator[Page]:
        currency = self._source.shop["currencyCode"]
        for found in by_ids(self._client, documents.LISTINGS, [gid_of("ProductVariant", key) for key in keys]):
            for variant in found:
                complete(
                    self._client, variant, "productVariantComponents", documents.LISTING_COMPONENTS, "productVariant"
                )
            yield [record(variant["id"], _listing(variant, currency)) for variant in found]

    # Stock ------------------------------------------------------------------------------------------------------------

    def read_stock(self) -> Iterator[Page]:
        """Every level at an active location. A level at a closed one can neither be sold from nor be written."""
        return self._stock_in(ask(self._client, documents.BULK_STOCK))

    def _stock_in(self, asked: Bulk) -> Iterator[Page]:
        active = {node["id"] for node in self._source.locations() if node["isActive"]}
        with result(self._client, asked) as spool:
            for items in spool.roots():
                yield [
                    level_row_record(item, level)
                    for item in spool.join(items)
                    for level in item.inventoryLevels
                    if level.location.id in active
                ]

    def stock(self, keys: Sequence[str]) -> Iterator[Page]:
        """Levels by their keys, `item@location`."""
        wanted: dict[str, list[str]] = defaultdict(list)
        for key in keys:
            item, _, location = key.partition("@")
            wanted[gid_of("Location", location)].append(gid_of("InventoryItem", item))
        for location, items in wanted.items():
            for found in by_ids(self._client, documents.STOCK, items, {"location": location}):
                yield [level_record(item, item["inventoryLevel"]) for item in found if item["inventoryLevel"]]


def _listing(variant: Node, currency: str) -> Node:
    """A price comes without its currency: it is the shop's."""
    return {**variant, "currencyCode": currency}
