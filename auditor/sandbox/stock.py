"""Stock on both sides: quantities per B1 warehouse, and what each shop shows per location.

B1's stock is one; every shop shows its share of it at its own locations. Opening stock is synthetic. The clean figure
of a shop follows the policy of the settings: available in the location's active warehouses, times the shop's share,
less its buffer, rounded down; sets sell as many as their scarcest component allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR
from random import Random

from auditor.sandbox.basics import next_tick
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Location, Shop
from auditor.sandbox.documents import Doc

CADENCE_MINUTES = 10
"""What was not passed on for three cadences is stuck: half an hour, so that it shows from one audit to the next."""
NEVER_ANSWERS = "05"
FALLS_SILENT = "08"
_NEXT_PUSH = timedelta(seconds=40)
Place = tuple[str, str]
"""Item, and B1 warehouse code."""
Spot = tuple[str, int, str]
"""Shop, number of its location, and SKU."""


@dataclass(slots=True)
class Level:
    available: int
    updated_at: datetime
    is_active: bool = True
    leaked: int = 0
    """Units that the shop holds back for no order at all, where it keeps reservations."""


@dataclass(slots=True)
class Stock:
    business: Business
    on_hand: dict[Place, int] = field(default_factory=dict)
    ordered: dict[Place, int] = field(default_factory=dict)
    committed: dict[Place, int] = field(default_factory=dict)
    """Open on sales orders in B1 now."""
    on_hand_soon: dict[Place, int] = field(default_factory=dict)
    """What is counted when the middleware makes its next run, where that is another figure."""
    stuck: set[Spot] = field(default_factory=set)
    """Levels that this run forgets."""
    numbered: set[str] = field(default_factory=set)
    """Items kept by batch, beside those with a locked one."""
    unnumbered: dict[Place, int] = field(default_factory=dict)
    """Units on hand without a batch; below zero: units too many in batches."""
    expired: dict[Place, int] = field(default_factory=dict)
    """Units in a released batch that is past its date."""
    soon: dict[Place, int] = field(default_factory=dict)
    """Committed once the middleware has made its next run."""
    own: dict[str, dict[Place, int]] = field(default_factory=dict)
    """What that run commits or releases for the orders of each shop, which is that far already; the others are not."""
    levels: dict[Spot, Level] = field(default_factory=dict)
    levels_later: list[tuple[datetime, Spot, Level]] = field(default_factory=list)
    untracked: set[tuple[str, str]] = field(default_factory=set)
    """Shop and SKU."""
    oversell: set[tuple[str, str]] = field(default_factory=set)

    def base(self, code: str, shop: Shop, location: Location, warehouses: Iterable[str] | None = None) -> int:
        """Units of an item that may be sold at a location, or from some of its warehouses, as far as the shop knows."""
        chosen = self.active(location) if warehouses is None else warehouses
        own = self.own.get(shop.id, {})
        free = 0
        for one in chosen:
            place = (code, one)
            free += self.on_hand.get(place, 0) - self.committed.get(place, 0) - own.get(place, 0)
        locked = self.business.items[code].locked_batch
        return free - (locked if locked and "01" in location.warehouses else 0)

    def active(self, location: Location) -> list[str]:
        closed = {warehouse.code for warehouse in self.business.warehouses if warehouse.is_inactive}
        return [code for code in location.warehouses if code not in closed]

    def moving(self) -> set[Place]:
        """Where units are committed, released or counted with the middleware's next run."""
        places = self.committed.keys() | self.soon.keys()
        changed = {place for place in places if self.committed.get(place, 0) != self.soon.get(place, 0)}
        return changed | self.on_hand_soon.keys()

    def after_next_run(self) -> Stock:
        """Everything as it is once the middleware has made its next run."""
        return replace(self, on_hand=self.on_hand | self.on_hand_soon, committed=self.soon, own={})

    def parts(self, sku: str) -> tuple[tuple[str, int], ...]:
        """The items behind a SKU and how many of each."""
        recipe = self.business.recipes.get(sku)
        return recipe.parts if recipe else ((sku, 1),)

    def figure(self, sku: str, shop: Shop, location: Location, warehouses: Iterable[str] | None = None) -> int:
        """What the shop should show for a SKU."""
        bases = [self.base(code, shop, location, warehouses) // count for code, count in self.parts(sku)]
        return shown(min(bases), shop)

    def count(self, shop: Shop, docs: Iterable[Doc], docs_soon: Iterable[Doc]) -> None:
        """Add the open quantities of a shop's sales orders, as they are and as they will be after the next run."""
        own = self.own.setdefault(shop.id, {})
        for place, units in _open(docs):
            self.committed[place] = self.committed.get(place, 0) + units
            own[place] = own.get(place, 0) - units
        for place, units in _open(docs_soon):
            self.soon[place] = self.soon.get(place, 0) + units
            own[place] = own.get(place, 0) + units

    def set_on_hand(self, sku: str, location: Location, units: int, rng: Random) -> None:
        """These units altogether, in the first warehouse, and nothing on order; every shop shows it rightly."""
        for code in location.warehouses:
            self.on_hand[sku, code] = 0
            self.ordered.pop((sku, code), None)
        self.on_hand[sku, location.warehouses[0]] = units
        for shop in self.business.shops:
            for place in shop.locations:
                if (shop.id, place.number, sku) in self.levels and set(place.warehouses) & set(location.warehouses):
                    show(self, sku, shop, place, rng)


def shown(base: int, shop: Shop) -> int:
    return max(0, int((base * shop.share - shop.buffer).to_integral_value(rounding=ROUND_FLOOR)))


def _open(docs: Iterable[Doc]) -> Iterator[tuple[Place, int]]:
    for doc in docs:
        if doc["DocumentStatus"] == "bost_Open":
            for line in doc["DocumentLines"]:
                if line["RemainingOpenQuantity"]:
                    yield (line["ItemCode"], line["WarehouseCode"]), int(line["RemainingOpenQuantity"])


def stock_up(stock: Stock, rng: Random) -> None:
    """Enough of everything in Leeds and Manchester for what is open, and shops that show it rightly."""
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
    stock.on_hand.update(business.set_aside)
    for shop in business.shops:
        for item in business.items.values():
            if item.is_stocked and item.is_listed:
                for location in shop.locations[:2]:
                    show(stock, item.code, shop, location, rng)
        for recipe in business.recipes.values():
            if recipe.kind != "bundle":
                show(stock, recipe.sku, shop, shop.locations[0], rng)


def show(stock: Stock, sku: str, shop: Shop, location: Location, rng: Random, available: int | None = None) -> None:
    """Put a figure on the shelf of a shop: the right one, or this one; last pushed some hours ago."""
    figure = stock.figure(sku, shop, location) if available is None else available
    age = rng.randrange(95, 1200)
    spot = (shop.id, location.number, sku)
    now = stock.business.now
    own = stock.own.get(shop.id, {})
    places = [(code, warehouse) for code, _ in stock.parts(sku) for warehouse in location.warehouses]
    if any(own.get(place) for place in places):
        age = 2  # sold or called off minutes ago: the shop knows, B1 does not yet
    stock.levels[spot] = Level(figure, now - timedelta(minutes=age))


def push_what_moved(stock: Stock) -> None:
    """The middleware's next run brings to B1 what was sold just now; shops that did not sell it hear of it then."""
    at = next_tick(stock.business.now) + _NEXT_PUSH
    step = {place: stock.soon.get(place, 0) - stock.committed.get(place, 0) for place in stock.moving()}
    after = stock.after_next_run()
    shops = {shop.id: shop for shop in stock.business.shops}
    for shop_id, number, sku in list(stock.levels):
        recipe = stock.business.recipes.get(sku)
        shop = shops[shop_id]
        location = shop.location(number)
        own = stock.own.get(shop_id, {})
        places = [(code, warehouse) for code, _ in stock.parts(sku) for warehouse in location.warehouses]
        is_derived = recipe is not None and recipe.kind == "bundle"
        has_moved = any(step.get(place, 0) != own.get(place, 0) or place in stock.on_hand_soon for place in places)
        if not is_derived and has_moved and (shop_id, number, sku) not in stock.stuck:
            stock.levels_later.append((at, (shop_id, number, sku), Level(after.figure(sku, shop, location), at)))
