"""The stock of one shop, on which faults and look-alikes are planted.

Money follows the average price and the units that the shop sold in the last 28 days: too much on show risks every
unit, too little risks what would have been sold within one cadence. Each shop draws SKUs of its own, because B1's stock
is one and what is done to it shows everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from auditor.sandbox.basics import CURRENCY, penny
from auditor.sandbox.catalogue import Location, Shop
from auditor.sandbox.documents import net_price
from auditor.sandbox.faults.case import Fact
from auditor.sandbox.stock import CADENCE_MINUTES, Level, Place, Stock, show
from auditor.sandbox.truth import LookAlike, Planted, SalesFigure, look_alike, planted

DRIFT, OVERSELL, UNDERSELL = "stock_drift", "stock_oversell_exposure", "stock_undersell"
BUFFER, STUCK, POLICY = "stock_buffer_breach", "stock_update_stuck", "stock_policy_mismatch"
NEGATIVE, NUMBERS, LEAK = "stock_negative_b1", "stock_batch_serial_unsellable", "stock_reservation_leak"
REJECTED, OVERDUE, LOCKS = "stock_update_rejected", "stock_full_recon_overdue", "b1_lock_contention"
LEEDS, MANCHESTER, GLASGOW, BRISTOL, BATH, DURHAM = 1, 2, 3, 4, 7, 8
CHILDREN = 6


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
    filled: set[str] = field(default_factory=set)
    """SKUs in its small locations; they need not be drawn, but nothing else may happen to their stock."""

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

    def take_unsold(self) -> str | None:
        """The next SKU of which no order of any shop is open anywhere, so that no delivery waits for it."""
        stock = self.stock
        open_now = {code for (code, _), units in (*stock.committed.items(), *stock.soon.items()) if units}
        free = (sku for sku in self.figures if sku not in self.taken and sku not in open_now)
        sku = next(free, None)
        if sku is not None:
            self.taken.add(sku)
        return sku

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

    def drift(self, sku: str, location: Location, note: str, cause: str | None = None) -> Fact:
        """The finding for what the shop shows now against what it should show."""
        return self._seen(DRIFT, sku, location, "OPS", self.drift_money(sku, location), note, cause)

    def drift_money(self, sku: str, location: Location, right: int | None = None) -> Decimal:
        """What the shop's figure puts at risk against the right one, or against this one."""
        figure = self.figures[sku]
        gap = self.level(sku, location).available - (self.figure(sku, location) if right is None else right)
        money = abs(gap) * figure.price
        return money if gap >= 0 else money * min(Decimal(1), figure.per_cadence(CADENCE_MINUTES))

    def exposure(self, sku: str, location: Location, note: str) -> Fact:
        figure = self.figures[sku]
        available = self.level(sku, location).available
        held = sum(self.stock.on_hand.get((sku, code), 0) for code in self.stock.active(location))
        short = max(0, self.demand(sku, location) - held)
        soon_sold = min(Decimal(available), figure.per_cadence(CADENCE_MINUTES))
        money = short * figure.price + soon_sold * figure.price
        return planted(OVERSELL, self.shop, self.subject(sku, location), "OPS", money, note)

    def hidden(self, sku: str, location: Location, note: str) -> Fact:
        """The finding for a shop that shows nothing: a day's sales are missed, which began hours ago."""
        figure = self.figures[sku]
        missed = min(Decimal(self.figure(sku, location)), Decimal(figure.units) / 28)
        return self._seen(UNDERSELL, sku, location, "ECOM", missed * figure.price, note)

    def buffer(self, sku: str, location: Location, note: str) -> Fact:
        return self._seen(BUFFER, sku, location, "ECOM", Decimal(0), note, cause="buffer_ignored")

    def _seen(
        self, check: str, sku: str, location: Location, owner: str, money: Decimal, note: str, cause: str | None = None
    ) -> Fact:
        audit = 1 if "stock_times" in self.shop.can else 3
        return planted(check, self.shop, self.subject(sku, location), owner, money, note, audit=audit, cause=cause)

    def in_b1(
        self, check: str, place: Place, money: Decimal, note: str, cause: str, owner: str, audit: int = 1
    ) -> Fact:
        """A finding about B1's own stock, which is no shop's."""
        subject = f"{place[0]}@{place[1]}"
        return Planted(check, "b1", subject, owner, CURRENCY, penny(money), note, audit, cause)

    def list_price(self, sku: str) -> Decimal:
        return net_price(self.stock.business.items[sku])

    def alike(self, check: str, sku: str, location: Location, note: str) -> Fact:
        return look_alike(check, self.shop, self.subject(sku, location), note)

    def alike_of(self, check: str, subject: str, note: str) -> Fact:
        return look_alike(check, self.shop, subject, note)

    def alike_in_b1(self, check: str, place: Place, note: str) -> Fact:
        return LookAlike(check, "b1", f"{place[0]}@{place[1]}", note)


def fill(shelf: Shelf, number: int, sku: str) -> Location:
    """Some units in every warehouse of one of the small locations, shown rightly."""
    location = shelf.place(number)
    shelf.filled.add(sku)
    for code in location.warehouses:
        if (sku, code) not in shelf.stock.on_hand:  # what another shop shows rightly stays right
            shelf.stock.on_hand[sku, code] = shelf.rng.randrange(20, 60)
    show(shelf.stock, sku, shelf.shop, location, shelf.rng)
    return location
