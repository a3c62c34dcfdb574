"""Stock that a shop shows wrongly: too much or too little, warehouses left out of a sum or silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal

from auditor.sandbox.basics import next_tick
from auditor.sandbox.catalogue import Location
from auditor.sandbox.faults.case import Fact
from auditor.sandbox.faults.counts import COUNT_CASES
from auditor.sandbox.faults.pushes import PUSH_CASES, plant_runs
from auditor.sandbox.faults.shelf import (
    BATH,
    BRISTOL,
    CHILDREN,
    DRIFT,
    GLASGOW,
    LEEDS,
    MANCHESTER,
    NEGATIVE,
    OVERSELL,
    Shelf,
    fill,
)
from auditor.sandbox.faults.updates import UPDATE_CASES, other_policy
from auditor.sandbox.stock import FALLS_SILENT, NEVER_ANSWERS, Level, show
from auditor.sandbox.truth import look_alike, planted


def plant_shelves(shelves: list[Shelf]) -> Iterator[Fact]:
    """All stock faults and look-alikes that the SKUs suffice for, dealt to the shops in turn."""
    for case in (*CASES, *UPDATE_CASES, *COUNT_CASES, *PUSH_CASES):
        for shelf in shelves:
            yield from case(shelf)
    for shelf in shelves:
        for item in shelf.stock.business.items.values():
            if item.locked_batch:
                yield shelf.alike(DRIFT, item.code, shelf.place(LEEDS), "some of it in a locked batch")
    for shelf in shelves:
        yield from _subsets(shelf)
        yield from _sources(shelf)
        yield from other_policy(shelf)
    for shelf in shelves:
        yield from plant_runs(shelf)


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
        yield shelf.hidden(sku, leeds, "sold out in the shop, plenty in the warehouse")


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
        if units < 0:  # the shop that goes on selling carries the money
            place = (sku, location.warehouses[0])
            yield shelf.in_b1(NEGATIVE, place, Decimal(0), note, "negative_on_hand", "OPS")


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
        shelf.put(sku, leeds, shelf.figure(sku, leeds) - 2)
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


def _subsets(shelf: Shelf) -> Iterator[Fact]:
    """Belfast adds up two of three warehouses, Cardiff takes one of two; in Bath it only looks so, on four SKUs.

    A shop with one location takes the main warehouse alone, on as many SKUs.
    """
    skus = shelf.counted()
    if len(skus) < CHILDREN:
        return
    if len(shelf.shop.locations) == 1:
        yield from _main_warehouse_alone(shelf)
    for number, taken, note in (
        (5, ("10", "11"), "the third warehouse is left out of the sum"),
        (6, ("14",), "only the back warehouse is taken"),
    ):
        if shelf.has(number):
            for sku in skus[:CHILDREN]:
                location = fill(shelf, number, sku)
                shelf.put(sku, location, shelf.figure(sku, location, taken))
                yield shelf.drift(sku, location, f"child: {note}")
            key = shelf.key_of(shelf.place(number))
            yield planted("stock_warehouse_subset", shelf.shop, key, "INT", Decimal(0), note)
    if shelf.has(BATH):
        bath = shelf.place(BATH)
        for position, sku in enumerate(skus[:CHILDREN]):
            fill(shelf, BATH, sku)
            if position < 4:
                shelf.put(sku, bath, shelf.figure(sku, bath, ("15",)))
                yield shelf.drift(sku, bath, "equals one warehouse by chance, on four SKUs only")
        yield look_alike("stock_warehouse_subset", shelf.shop, shelf.key_of(bath), "four SKUs are no pattern")


def _main_warehouse_alone(shelf: Shelf) -> Iterator[Fact]:
    leeds, note = shelf.place(LEEDS), "the overflow warehouse is left out of the sum"
    free = [sku for sku in shelf.figures if sku not in shelf.taken]
    if len(free) >= CHILDREN:
        for sku in free[:CHILDREN]:
            shelf.taken.add(sku)
            shelf.put(sku, leeds, shelf.figure(sku, leeds, leeds.warehouses[:1]))
            yield shelf.drift(sku, leeds, f"child: {note}")
        yield planted("stock_warehouse_subset", shelf.shop, shelf.key_of(leeds), "INT", Decimal(0), note)


def _sources(shelf: Shelf) -> Iterator[Fact]:
    """Glasgow's 3PL has never answered; Bristol's dock falls silent before the second audit."""
    skus, stock, shop = shelf.counted(), shelf.stock, shelf.shop
    if shelf.has(GLASGOW):
        glasgow = shelf.place(GLASGOW)
        for sku in skus[:CHILDREN]:
            fill(shelf, GLASGOW, sku)
            yield shelf.alike(DRIFT, sku, glasgow, "one of the warehouses does not answer: not judged")
        note = "mapped and active, but never in the stock read"
        subject = f"{shelf.key_of(glasgow)}:{NEVER_ANSWERS}"
        yield planted("stock_source_unavailable", shop, subject, "INT", Decimal(0), note)
    if shelf.has(BRISTOL):
        bristol, money = shelf.place(BRISTOL), Decimal(0)
        for position, sku in enumerate(skus[:CHILDREN]):
            fill(shelf, BRISTOL, sku)
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
