"""Stock that the shop shows wrongly: checks 7, 8, 9 and 10.

Money follows the average net price and the units sold in the last 28 days: too much on show risks every unit, too
little risks what would have been sold within one cadence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from auditor.sandbox.basics import next_tick
from auditor.sandbox.catalogue import Location
from auditor.sandbox.faults.case import Fact
from auditor.sandbox.stock import (
    BUFFER,
    CADENCE_MINUTES,
    FALLS_SILENT,
    NEVER_ANSWERS,
    SHARE,
    Level,
    Stock,
    show,
)
from auditor.sandbox.truth import LookAlike, SalesFigure, planted

DRIFT, OVERSELL = "stock_drift", "stock_oversell_exposure"
_CHILDREN = 6


@dataclass(slots=True)
class Shelves:
    """Draws SKUs that nothing else happened to, each once per location."""

    stock: Stock
    figures: dict[str, SalesFigure]
    free: list[str]
    rng: Random

    def place(self, number: int) -> Location:
        return self.stock.business.location(number)

    def take(self, *, committed: int | None = None, at: int = 1) -> str | None:
        """The next SKU, or the next with at least so many units open (0: with none) at a location."""
        location = self.place(at)
        for sku in self.free:
            units = self.demand(sku, location)
            if committed is None or (units >= committed if committed else units == 0):
                self.free.remove(sku)
                return sku
        return None

    def counted(self) -> list[str]:
        """SKUs whose stock is judged, in random order; for the small locations, where all of them are free."""
        skus = sorted(self.figures.keys() - self.stock.untracked - self.stock.oversell)
        self.rng.shuffle(skus)
        return skus

    def demand(self, sku: str, location: Location) -> int:
        return sum(self.stock.soon.get((sku, code), 0) for code in location.warehouses)

    def on_hand(self, sku: str, location: Location, units: int) -> None:
        """These units altogether, in the location's first warehouse, and nothing on order."""
        for code in location.warehouses:
            self.stock.on_hand[sku, code] = 0
            self.stock.ordered.pop((sku, code), None)
        self.stock.on_hand[sku, location.warehouses[0]] = units
        show(self.stock, sku, location, self.rng)

    def level(self, sku: str, location: Location, available: int) -> None:
        self.stock.levels[sku, location.gid].available = available

    def drift(self, sku: str, location: Location, note: str) -> Fact:
        """The finding for what the shop shows now against what it should show."""
        figure = self.figures[sku]
        gap = self.stock.levels[sku, location.gid].available - self.stock.figure(sku, location)
        money = abs(gap) * figure.price
        if gap < 0:
            money *= min(Decimal(1), figure.per_cadence(CADENCE_MINUTES))
        return planted(DRIFT, f"{sku}@{location.gid}", "OPS", money, note)

    def exposure(self, sku: str, location: Location, note: str) -> Fact:
        figure = self.figures[sku]
        available = self.stock.levels[sku, location.gid].available
        held = sum(self.stock.on_hand.get((sku, code), 0) for code in self.stock.active(location))
        short = max(0, self.demand(sku, location) - held)
        soon_sold = min(Decimal(available), figure.per_cadence(CADENCE_MINUTES))
        money = short * figure.price + soon_sold * figure.price
        return planted(OVERSELL, f"{sku}@{location.gid}", "OPS", money, note)

    def alike(self, check: str, sku: str, location: Location, note: str) -> Fact:
        return LookAlike(check, f"{sku}@{location.number}", note)


def plant_shelves(shelves: Shelves) -> Iterator[Fact]:
    """All stock faults and look-alikes that the SKUs suffice for. Locations 3 to 7 are stocked here."""
    locked = [item.code for item in shelves.stock.business.items.values() if item.locked_batch]
    yield from _drifts(shelves)
    yield from _exposures(shelves)
    yield from _look_alikes(shelves)
    for code in locked:
        yield shelves.alike(DRIFT, code, shelves.place(1), "some of it in a locked batch")
    yield from _subsets(shelves)
    yield from _sources(shelves)


def _drifts(shelves: Shelves) -> Iterator[Fact]:
    leeds, manchester = shelves.place(1), shelves.place(2)
    if sku := shelves.take(committed=3):
        base = shelves.demand(sku, leeds) + 20
        shelves.on_hand(sku, leeds, base)
        shelves.level(sku, leeds, int(base * SHARE) - BUFFER)
        yield shelves.drift(sku, leeds, "the shop shows what is on hand and forgets what is sold already")
    if sku := shelves.take():
        shelves.level(sku, leeds, shelves.stock.figure(sku, leeds) + 9)
        yield shelves.drift(sku, leeds, "the last push was lost: the shop still shows units that are gone")
    if sku := shelves.take():
        shelves.level(sku, leeds, 0)
        yield shelves.drift(sku, leeds, "sold out in the shop, plenty in the warehouse")
    if sku := shelves.take():
        shelves.on_hand(sku, leeds, shelves.demand(sku, leeds) + 5)
        shelves.level(sku, leeds, 6)
        yield shelves.drift(sku, leeds, "nearly gone, and the shop shows more than there is")
    if sku := shelves.take():
        shelves.on_hand(sku, leeds, shelves.demand(sku, leeds) + 30)
        shelves.level(sku, leeds, shelves.stock.figure(sku, leeds) + BUFFER)
        yield shelves.drift(sku, leeds, "the buffer was ignored")
    if sku := shelves.take():
        shelves.on_hand(sku, leeds, shelves.demand(sku, leeds) + 60)
        shelves.level(sku, leeds, 60 - BUFFER)
        yield shelves.drift(sku, leeds, "the channel's share was ignored")
    if sku := shelves.take():
        shelves.level(sku, manchester, max(1, shelves.stock.figure(sku, manchester) - 12))
        yield shelves.drift(sku, manchester, "a delivery from the supplier never reached the shop")


def _exposures(shelves: Shelves) -> Iterator[Fact]:
    leeds, manchester = shelves.place(1), shelves.place(2)
    if sku := shelves.take(committed=1):
        shelves.on_hand(sku, leeds, shelves.demand(sku, leeds) - 1)
        shelves.level(sku, leeds, 4)
        yield shelves.exposure(sku, leeds, "more is sold than is there, and the shop goes on selling")
    if sku := shelves.take(committed=0, at=2):
        shelves.on_hand(sku, manchester, 0)
        shelves.level(sku, manchester, 5)
        yield shelves.exposure(sku, manchester, "nothing there, five on show")
    if sku := shelves.take(committed=0, at=2):
        shelves.on_hand(sku, manchester, -3)
        shelves.level(sku, manchester, 2)
        yield shelves.exposure(sku, manchester, "stock is negative in B1")
    if sku := shelves.take(committed=1):
        shelves.on_hand(sku, leeds, shelves.demand(sku, leeds))
        shelves.level(sku, leeds, 3)
        yield shelves.exposure(sku, leeds, "all that is there is sold")
    if sku := shelves.take(committed=0, at=2):
        shelves.on_hand(sku, manchester, 2)
        shelves.level(sku, manchester, 2)
        yield shelves.exposure(sku, manchester, "only the buffer is left, and it is on show")


def _look_alikes(shelves: Shelves) -> Iterator[Fact]:
    stock, leeds, manchester = shelves.stock, shelves.place(1), shelves.place(2)
    now = stock.business.now
    if sku := shelves.take():
        shelves.level(sku, leeds, stock.figure(sku, leeds) + 1)
        yield shelves.alike(DRIFT, sku, leeds, "one unit off: within tolerance")
    if sku := shelves.take():
        shelves.on_hand(sku, leeds, shelves.demand(sku, leeds) + 114)
        shelves.level(sku, leeds, stock.figure(sku, leeds) + 2)
        yield shelves.alike(DRIFT, sku, leeds, "exactly two per cent off")
    if sku := shelves.take():
        right = stock.figure(sku, leeds)
        stock.levels[sku, leeds.gid] = Level(right + 15, now - timedelta(minutes=5))
        at = next_tick(now) + timedelta(seconds=40)
        stock.levels_later.append((at, (sku, leeds.gid), Level(right, at)))
        yield shelves.alike(DRIFT, sku, leeds, "pushed minutes ago, the next push follows")
    if sku := shelves.take(committed=0, at=2):
        shelves.on_hand(sku, manchester, 0)
        shelves.level(sku, manchester, 1)
        stock.ordered[sku, "03"] = 80
        yield shelves.alike(OVERSELL, sku, manchester, "a purchase order covers it")
    if sku := shelves.take():
        stock.untracked.add(sku)
        shelves.level(sku, leeds, 0)
        yield shelves.alike(DRIFT, sku, leeds, "the shop does not count this one")
    if sku := shelves.take():
        stock.oversell.add(sku)
        shelves.level(sku, leeds, stock.figure(sku, leeds) + 25)
        shelves.on_hand(sku, manchester, 0)
        shelves.level(sku, manchester, 7)
        yield shelves.alike(DRIFT, sku, leeds, "may be sold beyond stock")
        yield shelves.alike(OVERSELL, sku, manchester, "may be sold beyond stock")
    if sku := shelves.take():
        level = stock.levels[sku, leeds.gid]
        stock.levels[sku, leeds.gid] = Level(level.available + 40, level.updated_at, is_active=False)
        yield shelves.alike(DRIFT, sku, leeds, "not stocked there any more: the level is inactive")


def _fill(shelves: Shelves, number: int, sku: str) -> Location:
    """Some units in every warehouse of one of the small locations, shown rightly."""
    location = shelves.place(number)
    for code in location.warehouses:
        shelves.stock.on_hand[sku, code] = shelves.rng.randrange(20, 60)
    show(shelves.stock, sku, location, shelves.rng)
    return location


def _subsets(shelves: Shelves) -> Iterator[Fact]:
    """Belfast adds up two of three warehouses, Cardiff takes one of two; in Bath it only looks so, on four SKUs."""
    skus = shelves.counted()
    for number, taken, note in (
        (5, ("10", "11"), "the third warehouse is left out of the sum"),
        (6, ("14",), "only the back warehouse is taken"),
    ):
        if len(skus) < _CHILDREN:
            return
        for sku in skus[:_CHILDREN]:
            location = _fill(shelves, number, sku)
            shelves.level(sku, location, shelves.stock.figure(sku, location, taken))
            yield shelves.drift(sku, location, f"child: {note}")
        yield planted("stock_warehouse_subset", shelves.place(number).gid, "INT", Decimal(0), note)
    bath = shelves.place(7)
    for position, sku in enumerate(skus[:_CHILDREN]):
        _fill(shelves, 7, sku)
        if position < 4:
            shelves.level(sku, bath, shelves.stock.figure(sku, bath, ("15",)))
            yield shelves.drift(sku, bath, "equals one warehouse by chance, on four SKUs only")
    yield LookAlike("stock_warehouse_subset", "7", "four SKUs are no pattern")


def _sources(shelves: Shelves) -> Iterator[Fact]:
    """Glasgow's 3PL has never answered; Bristol's dock falls silent before the second audit."""
    skus = shelves.counted()
    stock, glasgow, bristol = shelves.stock, shelves.place(3), shelves.place(4)
    for sku in skus[:_CHILDREN]:
        _fill(shelves, 3, sku)
        yield shelves.alike(DRIFT, sku, glasgow, "one of the warehouses does not answer: not judged")
    note = "mapped and active, but never in the stock read"
    yield planted("stock_source_unavailable", f"{glasgow.gid}:{NEVER_ANSWERS}", "INT", Decimal(0), note)
    money = Decimal(0)
    for position, sku in enumerate(skus[:_CHILDREN]):
        _fill(shelves, 4, sku)
        if position == 0:  # little of it lies in the silent warehouse: not at risk
            stock.on_hand[sku, "07"], stock.on_hand[sku, FALLS_SILENT] = 90, 10
            show(stock, sku, bristol, shelves.rng)
        else:
            money += stock.levels[sku, bristol.gid].available * shelves.figures[sku].price
        yield shelves.alike(DRIFT, sku, bristol, "one of the warehouses fell silent: not judged")
    note = "stopped answering between two audits"
    yield planted("stock_source_unavailable", f"{bristol.gid}:{FALLS_SILENT}", "INT", money, note, audit=2)
    for warehouse in stock.business.warehouses:
        if warehouse.is_inactive:
            subject = f"2:{warehouse.code}"
            yield LookAlike("stock_source_unavailable", subject, "mapped, but closed: an inactive warehouse")
