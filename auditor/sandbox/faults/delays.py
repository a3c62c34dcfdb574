"""What came too late: goods sent after a cancellation, cancellations and orders that were slow, releases unseen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from auditor.money import ZERO
from auditor.sandbox import life
from auditor.sandbox.basics import STANDARD, next_tick
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.documents import cancel
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.duplicates import reopen
from auditor.sandbox.faults.missing import NotShipped
from auditor.sandbox.middleware import QUARTER
from auditor.sandbox.sale import Sale, SaleLine
from auditor.sandbox.truth import Planted, planted

# ---- order_cancelled_after_dispatch ----


class SentAfterCancel(Case):
    """Called off an hour and more before the parcel left; the shop takes no parcel for it any more."""

    check, owner = "order_cancelled_after_dispatch", "OPS"
    cause: ClassVar[str | None] = "cancellation_overlooked"
    note = "sent although it had been cancelled; credited, and the goods are away"

    def fits(self, sale: Sale, story: Story) -> bool:
        if not super().fits(sale, story) or sale.posted_at is None:
            return False
        return sale.parcels[0].shipped_at - sale.posted_at > timedelta(hours=2)

    def happen(self, sale: Sale, story: Story) -> None:
        parcel = sale.parcels[0]
        parcel.told_at = None
        given = life.cancel(sale, parcel.shipped_at - timedelta(minutes=80), story.business.ids, story.rng)
        given.credited_at = parcel.shipped_at + timedelta(hours=3)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        sale = books.sale
        called_off, sale.cancelled_at = sale.cancelled_at, None
        keeper.go_on(books, reopen(books.orders[0]))
        sale.cancelled_at = called_off
        for memo in books.credit_memos:
            for line in memo["DocumentLines"]:
                line["WithoutInventoryMovement"] = "tYES"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        delivery = books.deliveries[0]
        yield self.found(books, books.sale.key, delivery["DocTotal"] - delivery["VatSum"])


class SentAfterCancelUncredited(SentAfterCancel):
    note = "sent although it had been cancelled, and the refund was not credited either: the refund carries the money"

    def fits(self, sale: Sale, story: Story) -> bool:
        # A marketplace that knows of no parcel calls the order off and tells no refund.
        return super().fits(sale, story) and sale.shop.kind != "john_lewis"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.refunds[-1].credited_at = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        sale, refund = books.sale, books.sale.refunds[-1]
        yield self.found(books, sale.key, ZERO)
        yield planted("refund_without_credit_memo", sale.shop, refund.refund_id, "FIN", refund.total, self.note)


class SentAfterCancelAndBack(SentAfterCancel):
    owner, cause = "", None
    note = "sent although it had been cancelled; the goods are back and credited"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        super().in_books(books, keeper)
        for memo in books.credit_memos:
            for line in memo["DocumentLines"]:
                line["WithoutInventoryMovement"] = "tNO"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, books.sale.key)


# ---- cancel_webhook_latency ----


class CancelledLate(NotShipped):
    """One in each shop, because what is found is the flow."""

    check, owner = "cancel_webhook_latency", "INT"
    cause: ClassVar[str | None] = "effect_late"
    note = "B1 stopped a cancelled order three hours late, though the notice was there at once"

    def fits(self, sale: Sale, story: Story) -> bool:
        is_young = story.business.now - sale.placed_at < timedelta(days=6, hours=12)
        return super().fits(sale, story) and is_young and (self.check, sale.shop.id) not in story.once

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        story.once.add((self.check, sale.shop.id))
        life.cancel(sale, sale.placed_at + timedelta(hours=5), story.business.ids, story.rng)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        cancel(reopen(books.orders[0]), books.sale.placed_at + timedelta(hours=8))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, "cancellations", ZERO)


class NoticedLate(CancelledLate):
    cause, note = "notice_late", "the notice of a cancellation arrived three hours late"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        story.business.middleware.delay(sale, "cancellations", timedelta(minutes=175))


# ---- order_release_without_cancel_check ----


def release_unseen(business: Business, shop: Shop, untouched: Iterable[Sale], *, is_failed: bool) -> Iterator[Planted]:
    """One order of the shop that left the house within the last day, without a status call or after one that failed."""
    for sale in untouched:
        left = [parcel.shipped_at for parcel in sale.parcels]
        is_recent = len(left) == 1 and timedelta(hours=1) < business.now - left[0] < timedelta(hours=20)
        if sale.shop is not shop or not is_recent or not sale.is_live or sale.posted_at is None:
            continue
        middleware = business.middleware
        middleware.leave_out(sale, "status_read")
        note, cause = "released without a status call before", "not_read"
        if is_failed:
            at = left[0] - timedelta(minutes=4)
            middleware.write(
                at, "status_read", "orders", shop, status="error", order_ref=sale.ref, finished_at=at,
                error_class="connection", error="the channel did not answer in time",
            )  # fmt: skip
            note, cause = "the status call failed, and the goods were released all the same", "read_failed"
        yield planted("order_release_without_cancel_check", shop, "releases", "INT", ZERO, note, cause=cause)
        return


# ---- order_posting_latency ----

FLASH_SALE = 22
_HELD_UP = timedelta(minutes=95)


def hold_up_orders(business: Business, shop: Shop) -> Planted:
    """A flash sale of one item while the middleware stands still; then everything is posted at once.

    More than an hour and a quarter late, and within the two hours before the last audit. Nothing of it waits then.
    """
    item = next(
        one for one in business.items.values() if one.is_stocked and one.rate == STANDARD and not one.locked_batch
    )
    first = next_tick(business.now - _HELD_UP)
    posted_at = business.now - timedelta(minutes=6)
    place = shop.locations[0]
    for number in range(FLASH_SALE):
        ids = business.ids
        count = ids.next(f"order of {shop.id}", shop.first_number)
        line = SaleLine(
            ids.next("line", 7_000_001), item.code, item.title, 1, item.price, item.rate, place.warehouses[0]
        )
        sale = Sale(
            shop=shop, number=count, order_id=5_000_000_000 + count * 7,
            placed_at=first + timedelta(seconds=7 * number), location=place, lines=[line], shipping=Decimal("3.95"),
            shipping_rate=STANDARD, shipping_id=ids.next("shipping line", 3_000_001), customer=count,
            gateway=shop.provider,
        )  # fmt: skip
        life.pay(sale, ids)
        sale.posted_at = posted_at + timedelta(seconds=number)
        business.sales.append(sale)
    tick = first
    while tick < posted_at:
        business.middleware.skip_run(shop, "orders", tick)
        tick += QUARTER
    note = "orders waited an hour and a half while the middleware stood still"
    return planted("order_posting_latency", shop, "orders", "INT", ZERO, note)


def befall(business: Business, taken: Collection[Sale]) -> Iterator[Planted]:
    """What befalls whole flows; sales to which something else happened are left alone."""
    untouched = [sale for sale in business.sales if sale not in taken]
    for number, shop in enumerate(business.shops):
        yield from release_unseen(business, shop, untouched, is_failed=number % 2 == 1)
    if not business.is_from_file:
        yield hold_up_orders(business, business.shops[0])


CALLED_OFF_LATE: tuple[type[Case], ...] = (SentAfterCancel, CancelledLate, SentAfterCancelUncredited, NoticedLate)
RIGHTLY_STOPPED: tuple[type[Case], ...] = (SentAfterCancelAndBack,)
