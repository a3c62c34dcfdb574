"""Products, stocks, sources and quantities as the catalogue and inventory APIs show them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from auditor.sandbox.catalogue import Listing, Location
from auditor.sandbox.magento.details import stamp
from auditor.sandbox.magento.orders import is_variant
from auditor.sandbox.magento.state import Body
from auditor.sandbox.stock import Level

PARENT = 500_000
"""What is added to a variant's number for its configurable product."""


def has_parent(listing: Listing) -> bool:
    return is_variant(listing.sku) and not listing.components


def source_code(location: Location) -> str:
    return location.name.lower().replace(" ", "_")


def website_code(location: Location) -> str:
    return "base" if location.number == 1 else source_code(location)


def source_body(location: Location) -> Body:
    return {
        "source_code": source_code(location),
        "name": location.name,
        "enabled": True,
        "country_id": "GB",
        "postcode": "LS1 1AA",
        "email": "warehouse@example.com",
        "contact_name": "Jo Bloggs",
        "use_default_carrier_config": True,
        "carrier_links": [],
    }


def stock_body(location: Location) -> Body:
    channels = [{"type": "website", "code": website_code(location)}]
    return {
        "stock_id": location.number,
        "name": location.name,
        "extension_attributes": {"sales_channels": channels},
    }


def link_body(location: Location) -> Body:
    return {"stock_id": location.number, "source_code": source_code(location), "priority": 1}


def product_bodies(listing: Listing, now: datetime) -> list[Body]:
    """The product, and for a variant the configurable product that customers look at."""
    body: Body = {
        "id": listing.number,
        "sku": listing.sku,
        "name": listing.title,
        "attribute_set_id": 4,
        "price": listing.price,
        "status": 1 if listing.is_active else 2,
        "visibility": 1 if has_parent(listing) else 4,
        "type_id": "bundle" if listing.components or listing.is_set else "simple",
        "created_at": stamp(now),
        "updated_at": stamp(now),
        "extension_attributes": {"website_ids": [1]},
        "product_links": [],
        "options": [],
        "tier_prices": [],
        "custom_attributes": [{"attribute_code": "tax_class_id", "value": "2"}],
    }
    if listing.components:
        body["extension_attributes"]["bundle_product_options"] = [
            {
                "option_id": place,
                "title": sku,
                "required": True,
                "type": "select",
                "position": place,
                "sku": listing.sku,
                "product_links": [
                    {"id": str(place), "sku": sku, "option_id": place, "qty": count, "is_default": True, "price": 0,
                     "price_type": 0}
                ],
            }
            for place, (sku, count) in enumerate(listing.components, 1)
        ]  # fmt: skip
    if not has_parent(listing):
        return [body]
    parent = {
        **body,
        "id": PARENT + listing.number,
        "sku": f"{listing.sku}-STYLE",
        "type_id": "configurable",
        "visibility": 4,
        "price": 0,
        "extension_attributes": {"website_ids": [1], "configurable_product_links": [listing.number]},
    }
    return [body, parent]


def salable_body(listing: Listing, location: Location, level: Level) -> Body:
    return {
        "stock_id": location.number,
        "sku": listing.sku,
        "qty": Decimal(level.available),
        "is_salable": level.available > 0,
    }


def source_item_body(listing: Listing, location: Location, level: Level) -> Body:
    """`reserved_of` is the sandbox's own: what open orders of this stock have reserved still lies here."""
    return {
        "sku": listing.sku,
        "source_code": source_code(location),
        "quantity": Decimal(level.available + level.leaked),
        "status": 1,
        "reserved_of": location.number,
    }
