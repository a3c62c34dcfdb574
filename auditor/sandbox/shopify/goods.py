"""Places, listings and stock levels as the Admin API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from auditor.clock import iso
from auditor.sandbox.catalogue import Listing, Location
from auditor.sandbox.shopify.gids import Node, gid, inventory_gid, location_gid, variant_gid
from auditor.sandbox.stock import Level


def location_node(place: Location, now: datetime) -> Node:
    return {
        "id": location_gid(place),
        "legacyResourceId": str(place.number),
        "name": place.name,
        "isActive": True,
        "shipsInventory": True,
        "fulfillsOnlineOrders": True,
        "isFulfillmentService": False,
        "updatedAt": iso(now.replace(microsecond=0) - timedelta(days=200)),
    }


def variant_node(listing: Listing, listed: Mapping[str, int], now: datetime) -> Node:
    """`listed` holds the numbers of the components of a bundle."""
    number = listing.number
    changed = iso(now.replace(microsecond=0) - timedelta(days=3))
    is_bundle = bool(listing.components) or listing.is_set
    return {
        "id": variant_gid(number),
        "legacyResourceId": str(41_000_000 + number),
        "sku": listing.sku,
        "barcode": listing.barcode,
        "title": "Default Title",
        "displayName": listing.title,
        "price": listing.price,
        "taxable": True,
        "inventoryPolicy": "CONTINUE" if listing.oversell_allowed else "DENY",
        "updatedAt": changed,
        "requiresComponents": is_bundle,
        "product": {
            "id": gid("Product", 42_000_000 + number),
            "title": listing.title,
            "status": "ACTIVE" if listing.is_active else "DRAFT",
            "tracksInventory": listing.is_tracked,
            "hasVariantsThatRequiresComponents": is_bundle,
        },
        "inventoryItem": {
            "id": inventory_gid(number),
            "sku": listing.sku,
            "tracked": listing.is_tracked,
            "updatedAt": changed,
        },
        "productVariantComponents": [
            {
                "id": gid("ProductVariantComponent", f"{number}{place}"),
                "quantity": count,
                "productVariant": {"id": variant_gid(listed[sku]), "sku": sku},
            }
            for place, (sku, count) in enumerate(listing.components)
        ],
    }


def level_node(listing: Listing, place: Location, level: Level) -> Node:
    number = 43_000_000 + listing.number
    at = iso(level.updated_at)
    quantities = {
        "available": level.available, "committed": 0, "reserved": 0, "incoming": 0, "damaged": 0, "safety_stock": 0,
        "quality_control": 0, "on_hand": level.available,
    }  # fmt: skip
    identity = f"gid://shopify/InventoryLevel/{number}{place.number}?inventory_item_id={number}"
    return {
        "id": identity,
        "isActive": level.is_active,
        "createdAt": at,
        "updatedAt": at,
        "item": {"id": inventory_gid(listing.number)},
        "location": {"id": location_gid(place)},
        "quantities": [
            {"id": f"{identity}&name={name}", "name": name, "quantity": quantity, "updatedAt": at}
            for name, quantity in quantities.items()
        ],
    }
