"""Levels that were not updated, or by another rule than the agreed one: stuck, hidden, no buffer, other policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from auditor.sandbox.catalogue import Location
from auditor.sandbox.faults.case import Fact
from auditor.sandbox.faults.shelf import (
    BUFFER,
    CHILDREN,
    DURHAM,
    LEEDS,
    POLICY,
    STUCK,
    UNDERSELL,
    Shelf,
    fill,
)
from auditor.sandbox.stock import shown
from auditor.sandbox.truth import planted

_ORDERED = 40
_PLENTY = 400


def _written_off(shelf: Shelf) -> Iterator[Fact]:
    yield from _left_behind(shelf, 90, 40, "counted and written off in B1; the shop was never told")


def _received(shelf: Shelf) -> Iterator[Fact]:
    yield from _left_behind(shelf, 30, 95, "a delivery was booked in B1; the shop was never told")


def _left_behind(shelf: Shelf, before: int, later: int, note: str) -> Iterator[Fact]:
    """B1 changes with the middleware's next run, which forgets this shop; the others hear of it."""
    leeds, stock = shelf.place(LEEDS), shelf.stock
    if sku := shelf.take():
        demand = shelf.demand(sku, leeds)
        shelf.on_hand(sku, leeds, demand + before)
        stock.on_hand_soon[sku, leeds.warehouses[0]] = demand + later
        stock.stuck.add((shelf.shop.id, leeds.number, sku))
        money = shelf.drift_money(sku, leeds, shown(later, shelf.shop))
        subject = shelf.subject(sku, leeds)
        yield planted(STUCK, shelf.shop, subject, "INT", money, note, audit=3, cause="shows_old_figure")


def _told_in_time(shelf: Shelf) -> Iterator[Fact]:
    leeds, stock = shelf.place(LEEDS), shelf.stock
    if sku := shelf.take():
        demand = shelf.demand(sku, leeds)
        shelf.on_hand(sku, leeds, demand + 70)
        stock.on_hand_soon[sku, leeds.warehouses[0]] = demand + 50
        yield shelf.alike(STUCK, sku, leeds, "counted in B1, and the shop was told with the next run")


def _all_of_the_buffer(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if sku := shelf.take():
        shelf.on_hand(sku, leeds, shelf.demand(sku, leeds) + _PLENTY)
        shelf.put(sku, leeds, shelf.figure(sku, leeds) + shelf.shop.buffer)
        yield shelf.buffer(sku, leeds, "plenty there, and the buffer is on offer with it")


def _half_of_the_buffer(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if sku := shelf.take():
        shelf.on_hand(sku, leeds, shelf.demand(sku, leeds) + _PLENTY)
        shelf.put(sku, leeds, shelf.figure(sku, leeds) + 1)
        yield shelf.alike(BUFFER, sku, leeds, "a unit of the buffer is on offer, the rest is kept back")


def _last_one_hidden(shelf: Shelf) -> Iterator[Fact]:
    leeds, shop = shelf.place(LEEDS), shelf.shop
    if sku := shelf.take():
        units = next(units for units in range(1, 20) if shown(units, shop) == 1)
        shelf.on_hand(sku, leeds, shelf.demand(sku, leeds) + units)
        shelf.put(sku, leeds, 0)
        yield shelf.alike(UNDERSELL, sku, leeds, "one could be sold, none is on show")


def _off_sale(shelf: Shelf) -> Iterator[Fact]:
    leeds = shelf.place(LEEDS)
    if "inactive_level" in shelf.shop.can and (sku := shelf.take()):
        level = shelf.level(sku, leeds)
        level.available, level.is_active = 0, False
        yield shelf.alike(UNDERSELL, sku, leeds, "not stocked there on purpose")


def other_policy(shelf: Shelf) -> Iterator[Fact]:
    """In Durham, what suppliers still owe is counted; in Leeds a single SKU shows what is on hand."""
    if shelf.has(LEEDS):
        key = shelf.key_of(shelf.place(LEEDS))
        yield shelf.alike_of(POLICY, key, "wrong figures of many kinds, one of them what is on hand")
    skus = shelf.counted()
    if not shelf.has(DURHAM) or len(skus) < CHILDREN:
        return
    durham, note = shelf.place(DURHAM), "goods on order are counted as there"
    for sku in skus[:CHILDREN]:
        location: Location = fill(shelf, DURHAM, sku)
        shelf.stock.ordered[sku, durham.warehouses[0]] = _ORDERED
        shelf.put(sku, location, shown(shelf.stock.base(sku, shelf.shop, durham) + _ORDERED, shelf.shop))
        yield shelf.drift(sku, location, f"child: {note}", "ordered_counted")
    subject = shelf.key_of(durham)
    yield planted(POLICY, shelf.shop, subject, "INT", Decimal(0), note, cause="ordered_counted")


UPDATE_CASES: tuple[Callable[[Shelf], Iterator[Fact]], ...] = (
    _written_off, _told_in_time, _all_of_the_buffer, _half_of_the_buffer, _received, _last_one_hidden, _off_sale,
)  # fmt: skip
