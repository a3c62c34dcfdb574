"""What the company sells and where it keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the B1 item master; most are also listed in the shop under their code."""

    code: str
    title: str
    price: Decimal
    rate: Decimal
    number: int
    is_stocked: bool = True
    is_listed: bool = True
    is_tracked: bool = True
    oversell_allowed: bool = False
    locked_batch: int = 0
    """Units in a batch that is locked: they are on hand and cannot be sold. 0: the item has no batches."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A listing that is several items, or several of one.

    `kind` says who knows: 'kit' a sales BOM in B1, 'map' the company's SKU list, 'bundle' the shop, which then sells
    the components as lines of their own.
    """

    sku: str
    title: str
    price: Decimal
    kind: Literal["kit", "map", "bundle"]
    parts: tuple[tuple[str, int], ...]
    number: int


@dataclass(frozen=True, slots=True)
class Warehouse:
    code: str
    name: str
    is_inactive: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    """A place the shop sells from, and the B1 warehouses behind it."""

    number: int
    name: str
    warehouses: tuple[str, ...]

    @property
    def gid(self) -> str:
        return f"gid://shopify/Location/{self.number}"
