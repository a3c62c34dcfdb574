"""What cannot be as it is counted: stock below nothing, batches that do not add up, reservations that were lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from auditor.sandbox.faults.case import Fact
from auditor.sandbox.faults.shelf import LEAK, LEEDS, MANCHESTER, NEGATIVE, NUMBERS, Shelf
from auditor.sandbox.truth import planted


def _below_nothing(shelf: Shelf) -> Iterator[Fact]:
    """Booked out twice in B1; every shop rightly shows none."""
    number = MANCHESTER if shelf.has(MANCHESTER) else LEEDS
    if sku := shelf.take(committed=0, at=number):
        location = shelf.place(number)
        shelf.on_hand(sku, location, -4)
        place, note = (sku, location.warehouses[0]), "below nothing in B1, and no shop offers it"
        yield shelf.in_b1(NEGATIVE, place, 4 * shelf.list_price(sku), note, "negative_on_hand", "OPS")


def _batches_missing(shelf: Shelf) -> Iterator[Fact]:
    yield from _batches_off(shelf, 2, "numbers_missing", "two units on hand have no batch")


def _batches_too_many(shelf: Shelf) -> Iterator[Fact]:
    yield from _batches_off(shelf, -5, "numbers_too_many", "a batch was received twice")


def _batches_off(shelf: Shelf, missing: int, cause: str, note: str) -> Iterator[Fact]:
    """Nothing of it is sold: an order that waits for a batch is another story."""
    leeds, stock = shelf.place(LEEDS), shelf.stock
    if sku := shelf.take_unsold():
        shelf.on_hand(sku, leeds, 25)
        place = (sku, leeds.warehouses[0])
        stock.numbered.add(sku)
        stock.unnumbered[place] = missing
        yield shelf.in_b1(NUMBERS, place, Decimal(0), note, cause, "MASTER", audit=2)


def _expired(shelf: Shelf) -> Iterator[Fact]:
    leeds, stock = shelf.place(LEEDS), shelf.stock
    if sku := shelf.take_unsold():
        shelf.on_hand(sku, leeds, 30)
        place, note = (sku, leeds.warehouses[0]), "most of what the shops show lies in a batch past its date"
        stock.numbered.add(sku)
        stock.expired[place] = 25
        yield shelf.in_b1(NUMBERS, place, Decimal(0), note, "expired_on_sale", "MASTER", audit=2)


def _all_batches_there(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if sku := shelf.take_unsold():
        shelf.stock.numbered.add(sku)
        yield shelf.alike_in_b1(NUMBERS, (sku, leeds.warehouses[0]), "kept by batch, and every unit has one")


def _held_back(shelf: Shelf) -> Iterator[Fact]:
    yield from _leak(shelf, 6, "held_back_too_much", "an order was sent twice: its reservation stands for ever")


def _given_back_twice(shelf: Shelf) -> Iterator[Fact]:
    yield from _leak(shelf, -4, "held_back_too_little", "cancelled after it was sent: the reservation came back twice")


def _leak(shelf: Shelf, units: int, cause: str, note: str) -> Iterator[Fact]:
    if shelf.shop.kind == "magento" and (sku := shelf.take()):
        shelf.level(sku, shelf.place(LEEDS)).leaked = units
        money = abs(units) * shelf.figures[sku].price
        yield planted(LEAK, shelf.shop, sku, "INT", money, note, audit=3, cause=cause)


def _reserved(shelf: Shelf) -> Iterator[Fact]:
    if shelf.shop.kind == "magento" and (sku := shelf.take(committed=1)):
        yield shelf.alike_of(LEAK, sku, "held back for open orders")


COUNT_CASES: tuple[Callable[[Shelf], Iterator[Fact]], ...] = (
    _below_nothing, _batches_missing, _held_back, _expired, _all_batches_there, _given_back_twice, _reserved,
    _batches_too_many,
)  # fmt: skip
