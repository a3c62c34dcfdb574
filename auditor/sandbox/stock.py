"""Stock on both sides: quantities per B1 warehouse, and what the shop shows per location.

Opening stock is synthetic. The clean shop figure follows the policy of the settings: available in the location's active
warehouses, times `SHARE`, less `BUFFER`, rounded down; sets sell as many as their scarcest component allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from random import Random

from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Location
from auditor.sandbox.documents import Doc

SHARE = Decimal("0.9")
BUFFER = 2
CADENCE_MINUTES = 15
NEVER_ANSWERS = "05"
FALLS_SILENT = "08"
Place = tuple[str, str]
"""Item or SKU, and B1 warehouse code or Shopify location gid."""


@dataclass(slots=True)
class Level:
    available: int
    updated_at: datetime
    is_active: bool = True


@dataclass(slots=True)
class Stock:
    business: Business
    on_hand: dict[Place, int] = field(default_factory=dict)
    ordered: dict[Place, int] = field(default_factory=dict)
    committed: dict[Place, int] = field(default_factory=dict)
    """Open on sales orders in B1 now."""
    soon: dict[Place, int] = field(default_factory=dict)
    """Committed once the middleware has made its next run; the shop is that far already."""
    levels: dict[Place, Level] = field(default_factory=dict)
    levels_later: list[tuple[datetime, Place, Level]] = field(default_factory=list)
    untracked: set[str] = field(default_factory=set)
    oversell: set[str] = field(default_factory=set)

    def base(self, code: str, location: Location, warehouses: Iterable[str] | None = None) -> int:
        """Units of an item that may be sold at a location, or from some of its warehouses."""
        chosen = self.active(location) if warehouses is None else warehouses
        free = sum(self.on_hand.get((code, one), 0) - self.soon.get((code, one), 0) for one in chosen)
        locked = self.business.items[code].locked_batch
        return free - (locked if locked and "01" in location.warehouses else 0)

    def active(self, location: Location) -> list[str]:
        closed = {warehouse.code for warehouse in self.business.warehouses if warehouse.is_inactive}
        return [code for code in location.warehouses if code not in closed]

    def moving(self) -> set[Place]:
        """Where the middleware's next run commits or releases units."""
        places = self.committed.keys() | self.soon.keys()
        return {place for place in places if self.committed.get(place, 0) != self.soon.get(place, 0)}

    def is_moving(self, sku: str, location: Location) -> bool:
        recipe = self.business.recipes.get(sku)
        codes = [code for code, _ in recipe.parts] if recipe else [sku]
        places = [(code, warehouse) for code in codes for warehouse in location.warehouses]
        return any(self.committed.get(place, 0) != self.soon.get(place, 0) for place in places)

    def figure(self, sku: str, location: Location, warehouses: Iterable[str] | None = None) -> int:
        """What the shop should show for a SKU."""
        recipe = self.business.recipes.get(sku)
        parts = recipe.parts if recipe else ((sku, 1),)
        bases = [self.base(code, location, warehouses) // count for code, count in parts]
        return shown(min(bases))


def shown(base: int) -> int:
    return max(0, int((base * SHARE - BUFFER).to_integral_value(rounding=ROUND_FLOOR)))


def count_open(docs: Iterable[Doc], into: dict[Place, int]) -> None:
    """Add the open quantities of sales orders."""
    for doc in docs:
        if doc["DocumentStatus"] == "bost_Open":
            for line in doc["DocumentLines"]:
                if line["RemainingOpenQuantity"]:
                    place = (line["ItemCode"], line["WarehouseCode"])
                    into[place] = into.get(place, 0) + int(line["RemainingOpenQuantity"])


def stock_up(stock: Stock, rng: Random) -> None:
    """Enough of everything in Leeds and Manchester for what is open, and a shop that shows it rightly."""
    business = stock.business
    for item in business.items.values():
        if not item.is_stocked:
            continue
        moved = max(-15, min(15, business.stock_moves.get(item.code, 0)))
        for code, least in (("01", 40), ("02", 10), ("03", 25)):
            place = (item.code, code)
            need = max(stock.committed.get(place, 0), stock.soon.get(place, 0))
            stock.on_hand[place] = need + rng.randrange(least, least * 6)
        stock.on_hand[item.code, "01"] += moved + item.locked_batch
        if rng.random() < 0.2:
            stock.on_hand[item.code, "04"] = rng.randrange(1, 30)
        if rng.random() < 0.1:
            stock.ordered[item.code, "01"] = rng.randrange(10, 100)
    for item in business.items.values():
        if item.is_stocked and item.is_listed:
            for location in business.locations[:2]:
                show(stock, item.code, location, rng)
    for recipe in business.recipes.values():
        if recipe.kind != "bundle":
            show(stock, recipe.sku, business.locations[0], rng)


def show(stock: Stock, sku: str, location: Location, rng: Random, available: int | None = None) -> None:
    """Put a figure on the shelf of the shop: the right one, or this one; last pushed some hours ago."""
    figure = stock.figure(sku, location) if available is None else available
    age = rng.randrange(95, 1200)
    if stock.is_moving(sku, location):
        age = 2  # sold or called off minutes ago: the shop knows, B1 does not yet
    updated_at = stock.business.now - timedelta(minutes=age)
    stock.levels[sku, location.gid] = Level(figure, updated_at)
