"""Cancelled orders that B1 still means to send: check 6."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import timedelta

from auditor.sandbox import life
from auditor.sandbox.basics import next_tick
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.documents import cancel, stamp
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.duplicates import reopen, split, twin
from auditor.sandbox.faults.missing import NotShipped
from auditor.sandbox.sale import Sale


class CancelNotPassedOn(NotShipped):
    check, owner = "order_cancelled_still_open_b1", "OPS"
    note = "the cancellation never reached B1"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        life.cancel(sale, sale.placed_at + timedelta(hours=5), story.business.ids, story.rng)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        # the warehouse has its pick list already
        reopen(books.orders[0])["DocumentLines"][0]["PickStatusEx"] = "dlps_ReleasedForPicking"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.sale.total - books.sale.told_tax)


class HalfOfSplitCancelled(CancelNotPassedOn):
    note = "of two sales orders only one was cancelled"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        first, second = split(books.orders[0], keeper)
        cancel(first, books.sale.placed_at + timedelta(hours=6))
        books.orders[:] = [first, reopen(second)]


class ReplayedAfterCancel(CancelNotPassedOn):
    note = "cancelled in B1, then posted again by a replay"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        second = twin(books.orders[0], keeper)
        stamp(second, books.sale.placed_at + timedelta(hours=9))
        books.orders.append(second)


class CancelledAfterDispatch(Case):
    check, note = "order_cancelled_still_open_b1", "cancelled after dispatch: invoiced, refunded and credited"

    def happen(self, sale: Sale, story: Story) -> None:
        at = sale.parcels[0].shipped_at + timedelta(hours=20)
        given = life.cancel(sale, at, story.business.ids, story.rng)
        given.credited_at = at + timedelta(minutes=33)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        # The books of a cancelled sale end with the cancelled order; this one went on to the credit memo.
        sale = books.sale
        called_off, sale.cancelled_at = sale.cancelled_at, None
        order = reopen(books.orders[0])
        keeper.go_on(books, order)
        sale.cancelled_at = called_off


class CancelledJustNow(NotShipped):
    check, note = "order_cancelled_still_open_b1", "cancelled minutes ago, the middleware's next run cancels it in B1"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        life.cancel(sale, story.business.now - timedelta(minutes=4), story.business.ids, story.rng)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        order = reopen(books.orders[0])
        at = next_tick(keeper.business.now) + timedelta(seconds=25)
        soon = copy.deepcopy(order)
        cancel(soon, at)
        books.later.append((at, "Orders", soon))


STILL_OPEN: tuple[type[Case], ...] = (CancelNotPassedOn, HalfOfSplitCancelled, ReplayedAfterCancel)
RIGHTLY_CANCELLED: tuple[type[Case], ...] = (CancelledAfterDispatch, CancelledJustNow)
