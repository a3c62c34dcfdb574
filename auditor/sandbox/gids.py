"""Shopify ids: `gid://shopify/Order/501`."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]


def gid(kind: str, number: int | str) -> str:
    return f"gid://shopify/{kind}/{number}"


def variant_gid(number: int) -> str:
    return gid("ProductVariant", 41_000_000 + number)


def inventory_gid(number: int) -> str:
    return gid("InventoryItem", 43_000_000 + number)
