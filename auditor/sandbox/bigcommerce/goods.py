"""Listings, places and stock as V3 shows them. A listing is a product with one base variant."""

from __future__ import annotations

from datetime import datetime

from auditor.sandbox.bigcommerce.wire import Node, rfc3339
from auditor.sandbox.catalogue import Listing, Location
from auditor.sandbox.stock import Level

_VARIANT = 70_000


def product_node(listing: Listing, now: datetime) -> Node:
    return {
        "id": listing.number,
        "name": listing.title,
        "type": "physical",
        "sku": listing.sku,
        "description": f"<p>{listing.title}</p>",
        "weight": 1,
        "price": listing.price,
        "sale_price": 0,
        "tax_class_id": 0 if listing.rate else 1,
        "inventory_level": 0,
        "inventory_tracking": "product" if listing.is_tracked else "none",
        "is_visible": listing.is_active,
        "availability": "available",
        "upc": "",
        "gtin": listing.barcode,
        "mpn": "",
        "base_variant_id": _VARIANT + listing.number,
        "calculated_price": listing.price,
        "date_created": rfc3339(now),
        "date_modified": rfc3339(now),
    }


def variant_node(listing: Listing) -> Node:
    return {
        "id": _VARIANT + listing.number,
        "product_id": listing.number,
        "sku": listing.sku,
        "price": listing.price,
        "calculated_price": listing.price,
        "purchasing_disabled": False,
        "purchasing_disabled_message": "",
        "upc": listing.barcode,
        "inventory_level": 0,
        "inventory_warning_level": 0,
        "bin_picking_number": "",
        "option_values": [],
    }


def location_node(location: Location, now: datetime) -> Node:
    return {
        "id": location.number,
        "code": f"HP-{location.number}",
        "label": location.name,
        "description": "",
        "managed_by_external_source": True,
        "type_id": "PHYSICAL",
        "enabled": True,
        "time_zone": "Europe/London",
        "created_at": rfc3339(now),
        "updated_at": rfc3339(now),
        "address": {
            "address1": "1 Dock Road",
            "address2": "",
            "city": location.name,
            "state": "",
            "zip": "LS1 4AP",
            "email": "dock@example.com",
            "phone": "0113 496 0001",
            "country_code": "GB",
        },
        "storefront_visibility": True,
        "special_hours": [],
    }


def identity(listing: Listing) -> Node:
    return {"sku": listing.sku, "variant_id": _VARIANT + listing.number, "product_id": listing.number}


def level_node(location: Location, level: Level) -> Node:
    return {
        "location_id": location.number,
        "location_code": f"HP-{location.number}",
        "location_name": location.name,
        "available_to_sell": level.available,
        "total_inventory_onhand": level.available,
        "location_enabled": level.is_active,
        "settings": {"safety_stock": 0, "is_in_stock": level.available > 0, "warning_level": 0,
                     "bin_picking_number": ""},
    }  # fmt: skip
