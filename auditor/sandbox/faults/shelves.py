"""Stock that a shop shows wrongly: checks 7, 8, 9 and 10.

Money follows the average price and the units that the shop sold in the last 28 days: too much on show risks every
unit, too little risks what would have been sold within one cadence. Each shop draws SKUs of its own, because B1's stock
is one and what is done to it shows everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from random import Random

from auditor.sandbox.basics import next_tick
from auditor.sandbox.catalogue import Location, Shop
from auditor.sandbox.faults.case import Fact
from auditor.sandbox.stock import CADENCE_MINUTES, FALLS_SILENT, NEVER_ANSWERS, Level, Stock, show
from auditor.sandbox.truth import SalesFigure, look_alike, planted

DRIFT, OVERSELL = "stock_drift", "stock_oversell_exposure"
LEEDS, MANCHESTER, GLASGOW, BRISTOL, BATH = 1, 2, 3, 4, 7
_CHILDREN = 6


@dataclass(slots=True)
class Shelf:
    """The stock of one shop. Draws SKUs that nothing else happened to, each once in the whole company."""

    stock: Stock
    shop: Shop
    figures: dict[str, SalesFigure]
    """What sold in this shop, and can be told from everything else."""
    taken: set[str]
    """SKUs that some shop has drawn."""
    rng: Random
    key_of: Callable[[Location], str]
    """The canonical name of a location."""

    def place(self, number: int) -> Location:
        return self.shop.location(number)

    def has(self, *numbers: int) -> bool:
        return all(self.shop.has_location(number) for number in numbers)

    def take(self, *, committed: int | None = None, at: int = LEEDS) -> str | None:
        """The next SKU, or the next with at least so many units open (0: with none) at a location."""
        location = self.place(at)
        for sku in self.figures:
            units = self.demand(sku, location)
            if sku not in self.taken and (committed is None or (units >= committed if committed else units == 0)):
                self.taken.add(sku)
                return sku
        return None

    def counted(self) -> list[str]:
        """SKUs whose stock is judged, in random order; for the small locations, where all of them are free."""
        skus = [sku for sku in sorted(self.figures) if not self.is_free_of_stock(sku)]
        self.rng.shuffle(skus)
        return skus

    def is_free_of_stock(self, sku: str) -> bool:
        return (self.shop.id, sku) in self.stock.untracked | self.stock.oversell

    def demand(self, sku: str, location: Location) -> int:
        return sum(self.stock.soon.get((sku, code), 0) for code in location.warehouses)

    def on_hand(self, sku: str, location: Location, units: int) -> None:
        """These units altogether, and nothing on order."""
        self.stock.set_on_hand(sku, location, units, self.rng)

    def figure(self, sku: str, location: Location, warehouses: tuple[str, ...] | None = None) -> int:
        return self.stock.figure(sku, self.shop, location, warehouses)

    def level(self, sku: str, location: Location) -> Level:
        return self.stock.levels[self.shop.id, location.number, sku]

    def put(self, sku: str, location: Location, available: int) -> None:
        self.level(sku, location).available = available

    def subject(self, sku: str, location: Location) -> str:
        return f"{sku}@{self.key_of(location)}"

    def drift(self, sku: str, location: Location, note: str) -> Fact:
        """The finding for what the shop shows now against what it should show."""
        figure = self.figures[sku]
        gap = self.level(sku, location).available - self.figure(sku, location)
        money = abs(gap) * figure.price
        if gap < 0:
            money *= min(Decimal(1), figure.per_cadence(CADENCE_MINUTES))
        audit = 1 if "stock_times" in self.shop.can else 3
        return planted(DRIFT, self.shop, self.subject(sku, location), "OPS", money, note, audit=audit)

    def exposure(self, sku: str, location: Location, note: str) -> Fact:
        figure = self.figures[sku]
        available = self.level(sku, location).available
        held = sum(self.stock.on_hand.get((sku, code), 0) for code in self.stock.active(location))
        short = max(0, self.demand(sku, location) - held)
        soon_sold = min(Decimal(available), figure.per_cadence(CADENCE_MINUTES))
        money = short * figure.price + soon_sold * figure.price
        return planted(OVERSELL, self.shop, self.subject(sku, location), "OPS", money, note)

    def alike(self, check: str, sku: str, location: Location, note: str) -> Fact:
        return look_alike(check, self.shop, self.subject(sku, location), note)


def plant_shelves(shelves: list[Shelf]) -> Iterator[Fact]:
    """All stock faults and look-alikes that the SKUs suffice for, dealt to the shops in turn."""
    for case in CASES:
        for shelf in shelves:
            yield from case(shelf)
    for shelf in shelves:
        for item in shelf.stock.business.items.values():
            if item.locked_batch:
                yield shelf.alike(DRIFT, item.code, shelf.place(LEEDS), "some of it in a locked batch")
    for shelf in shelves:
        yield from _subsets(shelf)
        yield from _sources(shelf)


# ---- stock_drift ----


def _committed_forgotten(shelf: Shelf) -> Iterator[Fact]:
    leeds, shop = shelf.place(LEEDS), shelf.shop
    if sku := shelf.take(committed=3):
        base = shelf.demand(sku, leeds) + 20
        shelf.on_hand(sku, leeds, base)
        shelf.put(sku, leeds, int(base * shop.share) - shop.buffer)
        yield shelf.drift(sku, leeds, "the shop shows what is on hand and forgets what is sold already")


def _push_lost(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if sku := shelf.take():
        shelf.put(sku, leeds, shelf.figure(sku, leeds) + 9)
        yield shelf.drift(sku, leeds, "the last push was lost: the shop still shows units that are gone")


def _sold_out_in_shop(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if sku := shelf.take():
        shelf.put(sku, leeds, 0)
        yield shelf.drift(sku, leeds, "sold out in the shop, plenty in the warehouse")


def _nearly_gone(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if sku := shelf.take():
        shelf.on_hand(sku, leeds, shelf.demand(sku, leeds) + 5)
        shelf.put(sku, leeds, 6)
        yield shelf.drift(sku, leeds, "nearly gone, and the shop shows more than there is")


def _buffer_ignored(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if sku := shelf.take():
        shelf.on_hand(sku, leeds, shelf.demand(sku, leeds) + 30)
        shelf.put(sku, leeds, shelf.figure(sku, leeds) + shelf.shop.buffer)
        yield shelf.drift(sku, leeds, "the buffer was ignored")


def _share_ignored(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if sku := shelf.take():
        shelf.on_hand(sku, leeds, shelf.demand(sku, leeds) + 60)
        shelf.put(sku, leeds, 60 - shelf.shop.buffer)
        yield shelf.drift(sku, leeds, "the channel's share was ignored")


def _delivery_unseen(shelf: Shelf) -> Iterator[Fact]:
    if shelf.has(MANCHESTER) and (sku := shelf.take()):
        manchester = shelf.place(MANCHESTER)
        shelf.put(sku, manchester, max(1, shelf.figure(sku, manchester) - 12))
        yield shelf.drift(sku, manchester, "a delivery from the supplier never reached the shop")


# ---- stock_oversell_exposure ----


def _oversold(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if sku := shelf.take(committed=1):
        shelf.on_hand(sku, leeds, shelf.demand(sku, leeds) - 1)
        shelf.put(sku, leeds, 4)
        yield shelf.exposure(sku, leeds, "more is sold than is there, and the shop goes on selling")


def _nothing_there(shelf: Shelf) -> Iterator[Fact]:
    yield from _bare(shelf, 0, 5, "nothing there, five on show")


def _negative(shelf: Shelf) -> Iterator[Fact]:
    yield from _bare(shelf, -3, 2, "stock is negative in B1")


def _all_sold(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if sku := shelf.take(committed=1):
        shelf.on_hand(sku, leeds, shelf.demand(sku, leeds))
        shelf.put(sku, leeds, 3)
        yield shelf.exposure(sku, leeds, "all that is there is sold")


def _only_buffer(shelf: Shelf) -> Iterator[Fact]:
    yield from _bare(shelf, 2, 2, "only the buffer is left, and it is on show")


def _bare(shelf: Shelf, units: int, on_show: int, note: str) -> Iterator[Fact]:
    """Hardly anything there, nothing open, in Manchester or the shop's only location."""
    number = MANCHESTER if shelf.has(MANCHESTER) else LEEDS
    if sku := shelf.take(committed=0, at=number):
        location = shelf.place(number)
        shelf.on_hand(sku, location, units)
        shelf.put(sku, location, on_show)
        yield shelf.exposure(sku, location, note)


# ---- look-alikes ----


def _one_unit_off(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if sku := shelf.take():
        shelf.put(sku, leeds, shelf.figure(sku, leeds) + 1)
        yield shelf.alike(DRIFT, sku, leeds, "one unit off: within tolerance")


def _two_per_cent_off(shelf: Shelf) -> Iterator[Fact]:
    leeds, shop = shelf.place(LEEDS), shelf.shop
    if sku := shelf.take():
        for_a_hundred = int(((100 + shop.buffer) / shop.share).to_integral_value(rounding=ROUND_CEILING))
        shelf.on_hand(sku, leeds, shelf.demand(sku, leeds) + for_a_hundred)
        shelf.put(sku, leeds, shelf.figure(sku, leeds) + 2)
        yield shelf.alike(DRIFT, sku, leeds, "exactly two per cent off")


def _just_pushed(shelf: Shelf) -> Iterator[Fact]:
    leeds, stock = shelf.place(LEEDS), shelf.stock
    if sku := shelf.take():
        right, now = shelf.figure(sku, leeds), stock.business.now
        spot = (shelf.shop.id, leeds.number, sku)
        stock.levels[spot] = Level(right + 15, now - timedelta(minutes=5))
        at = next_tick(now) + timedelta(seconds=40)
        stock.levels_later.append((at, spot, Level(right, at)))
        yield shelf.alike(DRIFT, sku, leeds, "pushed minutes ago, the next push follows")


def _on_order(shelf: Shelf) -> Iterator[Fact]:
    number = MANCHESTER if shelf.has(MANCHESTER) else LEEDS
    if sku := shelf.take(committed=0, at=number):
        location = shelf.place(number)
        shelf.on_hand(sku, location, 0)
        shelf.put(sku, location, 1)
        shelf.stock.ordered[sku, location.warehouses[0]] = 80
        yield shelf.alike(OVERSELL, sku, location, "a purchase order covers it")


def _untracked(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if "untracked" in shelf.shop.can and (sku := shelf.take()):
        shelf.stock.untracked.add((shelf.shop.id, sku))
        shelf.put(sku, leeds, 0)
        yield shelf.alike(DRIFT, sku, leeds, "the shop does not count this one")


def _may_be_oversold(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if "oversell" in shelf.shop.can and (sku := shelf.take()):
        note = "may be sold beyond stock"
        shelf.stock.oversell.add((shelf.shop.id, sku))
        shelf.put(sku, leeds, shelf.figure(sku, leeds) + 25)
        yield shelf.alike(DRIFT, sku, leeds, note)
        if shelf.has(MANCHESTER):
            manchester = shelf.place(MANCHESTER)
            shelf.on_hand(sku, manchester, 0)
            shelf.put(sku, manchester, 7)
            yield shelf.alike(OVERSELL, sku, manchester, note)


def _inactive(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if "inactive_level" in shelf.shop.can and (sku := shelf.take()):
        level = shelf.level(sku, leeds)
        level.available, level.is_active = level.available + 40, False
        yield shelf.alike(DRIFT, sku, leeds, "not stocked there any more: the level is inactive")


CASES: tuple[Callable[[Shelf], Iterator[Fact]], ...] = (
    _committed_forgotten, _oversold, _all_sold, _push_lost, _nothing_there, _one_unit_off, _sold_out_in_shop,
    _negative, _two_per_cent_off, _nearly_gone, _only_buffer, _just_pushed, _on_order, _buffer_ignored, _untracked,
    _share_ignored, _may_be_oversold, _delivery_unseen, _inactive,
)  # fmt: skip


# ---- small locations ----


def _fill(shelf: Shelf, number: int, sku: str) -> Location:
    """Some units in every warehouse of one of the small locations, shown rightly."""
    location = shelf.place(number)
    for code in location.warehouses:
        if (sku, code) not in shelf.stock.on_hand:  # what another shop shows rightly stays right
            shelf.stock.on_hand[sku, code] = shelf.rng.randrange(20, 60)
    show(shelf.stock, sku, shelf.shop, location, shelf.rng)
    return location


def _subsets(shelf: Shelf) -> Iterator[Fact]:
    """Belfast adds up two of three warehouses, Cardiff takes one of two; in Bath it only looks so, on four SKUs.

    A shop with one location takes the main warehouse alone, on as many SKUs.
    """
    skus = shelf.counted()
    if len(skus) < _CHILDREN:
        return
    if len(shelf.shop.locations) == 1:
        yield from _main_warehouse_alone(shelf)
    for number, taken, note in (
        (5, ("10", "11"), "the third warehouse is left out of the sum"),
        (6, ("14",), "only the back warehouse is taken"),
    ):
        if shelf.has(number):
            for sku in skus[:_CHILDREN]:
                location = _fill(shelf, number, sku)
                shelf.put(sku, location, shelf.figure(sku, location, taken))
                yield shelf.drift(sku, location, f"child: {note}")
            key = shelf.key_of(shelf.place(number))
            yield planted("stock_warehouse_subset", shelf.shop, key, "INT", Decimal(0), note)
    if shelf.has(BATH):
        bath = shelf.place(BATH)
        for position, sku in enumerate(skus[:_CHILDREN]):
            _fill(shelf, BATH, sku)
            if position < 4:
                shelf.put(sku, bath, shelf.figure(sku, bath, ("15",)))
                yield shelf.drift(sku, bath, "equals one warehouse by chance, on four SKUs only")
        yield look_alike("stock_warehouse_subset", shelf.shop, shelf.key_of(bath), "four SKUs are no pattern")


def _main_warehouse_alone(shelf: Shelf) -> Iterator[Fact]:
    leeds, note = shelf.place(LEEDS), "the overflow warehouse is left out of the sum"
    free = [sku for sku in shelf.figures if sku not in shelf.taken]
    if len(free) >= _CHILDREN:
        for sku in free[:_CHILDREN]:
            shelf.taken.add(sku)
            shelf.put(sku, leeds, shelf.figure(sku, leeds, leeds.warehouses[:1]))
            yield shelf.drift(sku, leeds, f"child: {note}")
        yield planted("stock_warehouse_subset", shelf.shop, shelf.key_of(leeds), "INT", Decimal(0), note)


def _sources(shelf: Shelf) -> Iterator[Fact]:
    """Glasgow's 3PL has never answered; Bristol's dock falls silent before the second audit."""
    skus, stock, shop = shelf.counted(), shelf.stock, shelf.shop
    if shelf.has(GLASGOW):
        glasgow = shelf.place(GLASGOW)
        for sku in skus[:_CHILDREN]:
            _fill(shelf, GLASGOW, sku)
            yield shelf.alike(DRIFT, sku, glasgow, "one of the warehouses does not answer: not judged")
        note = "mapped and active, but never in the stock read"
        subject = f"{shelf.key_of(glasgow)}:{NEVER_ANSWERS}"
        yield planted("stock_source_unavailable", shop, subject, "INT", Decimal(0), note)
    if shelf.has(BRISTOL):
        bristol, money = shelf.place(BRISTOL), Decimal(0)
        for position, sku in enumerate(skus[:_CHILDREN]):
            _fill(shelf, BRISTOL, sku)
            if position == 0 and (sku, "07") in stock.on_hand and not _is_elsewhere(shelf, sku, bristol):
                # little of it lies in the silent warehouse: not at risk
                stock.on_hand[sku, "07"], stock.on_hand[sku, FALLS_SILENT] = 90, 10
                show(stock, sku, shop, bristol, shelf.rng)
            held, silent = stock.on_hand[sku, "07"], stock.on_hand[sku, FALLS_SILENT]
            if silent * 5 > held + silent:
                money += shelf.level(sku, bristol).available * shelf.figures[sku].price
            yield shelf.alike(DRIFT, sku, bristol, "one of the warehouses fell silent: not judged")
        subject, note = f"{shelf.key_of(bristol)}:{FALLS_SILENT}", "stopped answering between two audits"
        yield planted("stock_source_unavailable", shop, subject, "INT", money, note, audit=2)
    if shelf.has(MANCHESTER):
        for warehouse in stock.business.warehouses:
            if warehouse.is_inactive and warehouse.code in shelf.place(MANCHESTER).warehouses:
                subject = f"{shelf.key_of(shelf.place(MANCHESTER))}:{warehouse.code}"
                note = "mapped, but closed: an inactive warehouse"
                yield look_alike("stock_source_unavailable", shop, subject, note)


def _is_elsewhere(shelf: Shelf, sku: str, location: Location) -> bool:
    """Another shop shows the SKU from the same warehouses."""
    return any(
        (shop.id, place.number, sku) in shelf.stock.levels and set(place.warehouses) & set(location.warehouses)
        for shop in shelf.stock.business.shops
        if shop is not shelf.shop
        for place in shop.locations
    )
