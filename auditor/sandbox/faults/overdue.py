"""Orders that should have left the house: overdue in B1, or without a word to the channel."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar, Literal

from auditor.money import ZERO
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.documents import cancel, close
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.duplicates import reopen
from auditor.sandbox.faults.missing import NotShipped
from auditor.sandbox.sale import Sale, SaleLine
from auditor.sandbox.truth import planted

_NOWHERE_SOLD = "09"
"""A warehouse behind no shop's location, so that what lies there changes nothing of what the shops may sell."""
_OLD_ENOUGH = timedelta(days=8)
"""By then the promise is broken, also where it falls on a weekend."""


class Overdue(NotShipped):
    """The order was posted, and nothing followed. All of its lines were posted on one warehouse."""

    check, owner = "delivery_overdue", "OPS"

    def fits(self, sale: Sale, story: Story) -> bool:
        business = story.business
        is_old = business.now - sale.placed_at >= _OLD_ENOUGH
        is_free = not any(business.is_locked(line.sku) or line.sku in business.run_short for line in sale.lines)
        return super().fits(sale, story) and is_old and is_free

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        held = story.business.set_aside
        for line in sale.lines:
            line.warehouse = _NOWHERE_SOLD
            held[line.sku, _NOWHERE_SOLD] = held.get((line.sku, _NOWHERE_SOLD), 0) + line.quantity

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        money = sum((line.gross for line in books.sale.lines), ZERO)
        yield self.found(books, books.sale.key, money)


class NotPicked(Overdue):
    note, cause = "the goods are there, nobody picked them", "no_pick"


class OutOfStock(Overdue):
    """One unit of the first line is not there, and no other order may bring it."""

    note, cause = "posted on a warehouse that does not hold all of the goods", "stock"

    def fits(self, sale: Sale, story: Story) -> bool:
        first = sale.lines[0]
        is_free = (first.sku, _NOWHERE_SOLD) not in story.business.set_aside
        return super().fits(sale, story) and first.quantity > 1 and is_free

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        story.business.set_aside[sale.lines[0].sku, _NOWHERE_SOLD] -= 1
        story.business.run_short.add(sale.lines[0].sku)


class BatchLocked(Overdue):
    note, cause = "the goods are there, in a batch that is not released", "batch_serial"

    def fits(self, sale: Sale, story: Story) -> bool:
        is_old = story.business.now - sale.placed_at >= _OLD_ENOUGH
        free = story.business.set_aside
        locked = [line for line in sale.lines if story.business.is_locked(line.sku)]
        # One order for each item: what waits for the same batch is one finding.
        is_first = not any((line.sku, _NOWHERE_SOLD) in free for line in locked)
        return story.is_plain(sale) and is_old and len(locked) == 1 and is_first

    def happen(self, sale: Sale, story: Story) -> None:
        self.locked = next(line for line in sale.lines if story.business.is_locked(line.sku))
        super().happen(sale, story)

    locked: SaleLine

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        shop, line = books.sale.shop, self.locked
        yield planted("batch_serial_flag_mismatch", shop, f"{line.sku}@{_NOWHERE_SOLD}", "OPS", line.gross, self.note,
                      cause="no_batch_released")  # fmt: skip
        yield self.found(books, books.sale.key, ZERO)


class NotApproved(Overdue):
    note, cause = "the sales order waits for its approval", "blocked"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.orders[0]["Confirmed"] = "tNO"


class ClosedByHand(Overdue):
    note, cause = "the sales order was closed by hand", "closed"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        close(books.orders[0], books.sale.placed_at + timedelta(days=2))


class DeliveryCancelled(Case):
    """An order reopened by a cancelled delivery waits like any other."""

    check, owner, cause = "delivery_overdue", "OPS", "no_pick"
    note = "the delivery was cancelled in B1, the goods are still here"

    def fits(self, sale: Sale, story: Story) -> bool:
        return NotPicked().fits(sale, story)

    def happen(self, sale: Sale, story: Story) -> None:
        sale.parcels[0].told_at = None
        held = story.business.set_aside
        for line in sale.lines:
            line.warehouse = _NOWHERE_SOLD
            held[line.sku, _NOWHERE_SOLD] = held.get((line.sku, _NOWHERE_SOLD), 0) + line.quantity

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        at = books.sale.parcels[0].shipped_at + timedelta(minutes=25)
        cancel(books.invoices[0], at)
        cancel(books.deliveries[0], at)
        reopen(books.orders[0])

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, sum((line.gross for line in books.sale.lines), ZERO))
        yield self.alike(books, f"{books.sale.key}:*", "tracking_not_on_channel")


class PreOrder(NotShipped):
    check, note = "delivery_overdue", "sold before it is there; its day is still far"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and not any(story.business.is_locked(line.sku) for line in sale.lines)

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.promised_at = story.business.now + timedelta(days=20)
        for line in sale.lines:
            line.warehouse = _NOWHERE_SOLD

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield from super().facts(books)
        yield self.alike(books, books.sale.key, "dispatch_sla_breach")


class OnHold(NotShipped):
    """The buyer may still call it off: nobody has posted it, and its clock stands still."""

    check, note = "dispatch_sla_breach", "on hold: the clock of the channel stands still"
    needs: ClassVar[frozenset[Ability]] = frozenset({"unconfirmed", "ship_by"})

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.posted_at = None
        sale.is_confirmed = False
        sale.payments.clear()


class Unconfirmed(Case):
    """A delivery without a tracking number: there is nothing that could be sent to the channel, and yet it waits."""

    check = "dispatch_sla_breach"
    needs: ClassVar[frozenset[Ability]] = frozenset({"ship_by"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and story.business.now - sale.placed_at >= _OLD_ENOUGH

    def happen(self, sale: Sale, story: Story) -> None:
        sale.parcels[0].told_at = None

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.deliveries[0]["TrackingNumber"] = None


class HandedOver(Unconfirmed):
    owner, cause = "OPS", "not_confirmed"
    note = "handed over in the shop without a tracking number; the channel was never told"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.sale.total)
        yield self.alike(books, f"{books.sale.key}:*", "tracking_not_on_channel")


class ThreeHoursLeft(HandedOver):
    note = "three hours before the deadline the channel has not been told"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.promised_at = story.business.now + timedelta(hours=3)


class SixHoursLeft(Unconfirmed):
    """More than four hours, also at the third audit."""

    note = "six hours before the deadline the channel has not been told"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.promised_at = story.business.now + timedelta(hours=6)


class WithoutSaleNotSent(NotShipped):
    """Goods that are no sale have no sales order, but somebody waits for them all the same."""

    check, owner, cause = "dispatch_sla_breach", "OPS", "not_in_b1"
    note = "a replacement that nobody sent"
    needs: ClassVar[frozenset[Ability]] = frozenset({"exchange_orders", "ship_by"})
    order_kind: ClassVar[Literal["replacement"]] = "replacement"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and story.business.now - sale.placed_at >= _OLD_ENOUGH

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.posted_at = None
        sale.order_kind = self.order_kind
        sale.shipping = ZERO
        sale.payments.clear()
        for line in sale.lines:
            line.unit_price = line.discount = ZERO
            line.price()

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, ZERO)


OVERDUE: tuple[type[Case], ...] = (
    NotPicked, OutOfStock, NotApproved, ClosedByHand, DeliveryCancelled, BatchLocked, HandedOver, ThreeHoursLeft,
    WithoutSaleNotSent,
)  # fmt: skip
NOT_OVERDUE: tuple[type[Case], ...] = (PreOrder, OnHold, SixHoursLeft)
