"""Shopify ids: `gid://shopify/Order/501`."""

from __future__ import annotations

from typing import Any

from auditor.sandbox.catalogue import Location

Node = dict[str, Any]


def gid(kind: str, number: int | str) -> str:
    return f"gid://shopify/{kind}/{number}"


def variant_gid(number: int) -> str:
    return gid("ProductVariant", 41_000_000 + number)


def inventory_gid(number: int) -> str:
    return gid("InventoryItem", 43_000_000 + number)


def location_gid(location: Location) -> str:
    return gid("Location", location.number)
