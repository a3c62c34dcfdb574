"""Locations: without them no stock is read, so that none came must never pass for none being there."""

from __future__ import annotations

import httpx
import pytest

from auditor.connectors.shopify import ShopifyConnector
from auditor.errors import Incomplete
from tests.connectors.shopify.bodies import gid
from tests.connectors.shopify.fake import FakeShopify
from tests.connectors.shopify.shop import item, location, read


@pytest.mark.parametrize("name", ["locations", "stock"])
@pytest.mark.parametrize("is_both_ways", [True, False])
def test_a_lost_page_is_noticed_by_the_count(
    shop: FakeShopify, connector: ShopifyConnector, name: str, is_both_ways: bool
) -> None:
    shop.inventoryItems = [item(1, at1=5)]
    shop.lose, shop.lose_reversed = {("AuditLocations", 0)}, is_both_ways
    with pytest.raises(Incomplete, match="lists 0 locations of 2 at least; a page was lost"):
        read(connector, name)


def test_closed_locations_that_are_not_counted_come_all_the_same(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    """Whether they are counted is not documented: then the other direction has to agree."""
    shop.locations.append(location(3, is_active=False))
    assert len(read(connector, "locations")) == 3
    assert shop.count("AuditLocations") == 1
    shop.counts_open_locations_only = True
    assert len(read(connector, "locations")) == 3
    assert shop.count("AuditLocations") == 3


def test_a_lost_page_of_closed_locations_is_noticed_by_reading_backwards(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.counts_open_locations_only = True
    shop.locations = [location(number, is_active=number <= 251) for number in range(1, 601)]
    shop.lose = {("AuditLocations", 2)}
    with pytest.raises(Incomplete, match="lists 500 locations of 251 at least; a page was lost"):
        read(connector, "locations")


def test_a_shop_without_any_location_is_not_believed(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.locations = []
    with pytest.raises(Incomplete, match="lists 0 locations of 1 at least"):
        read(connector, "locations")


def test_where_nothing_is_counted_both_directions_have_to_agree(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.answers = [lambda _: httpx.Response(200, json={"data": {"locationsCount": None}})]
    assert [record.key for record in read(connector, "locations")] == [gid("Location", 1), gid("Location", 2)]
    assert shop.count("AuditLocations") == 2


def test_a_location_that_was_just_closed_down_is_no_lost_page(shop: FakeShopify, connector: ShopifyConnector) -> None:
    def leave(_: httpx.Request) -> None:
        if shop.count("AuditLocationsCount") == 1:
            shop.locations = shop.locations[:1]

    shop.answers = [leave] * 5
    assert [record.key for record in read(connector, "locations")] == [gid("Location", 1)]
