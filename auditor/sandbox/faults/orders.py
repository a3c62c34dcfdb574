"""Missing, doubled, cancelled and untraceable orders: checks 1, 2, 3 and 6."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from auditor.sandbox import life
from auditor.sandbox.books import (
    MANUAL_SERIES,
    Booked,
    Bookkeeper,
    Doc,
    SaleBooks,
    cancel,
    close,
    retotal,
    stamp,
)
from auditor.sandbox.business import STANDARD, Parcel, Sale, next_tick
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.truth import LookAlike


def twin(doc: Doc, keeper: Bookkeeper, entity_set: str = "Orders") -> Doc:
    """The same document once more under a number of its own, open and drawn from nothing."""
    second = copy.deepcopy(doc)
    fresh = keeper.document(entity_set, None, keeper.business.now, [], reference=doc["NumAtCard"])
    second["DocEntry"], second["DocNum"], second["Series"] = fresh["DocEntry"], fresh["DocNum"], fresh["Series"]
    second["Cancelled"], second["CancelStatus"] = "tNO", "csNo"
    second["TrackingNumber"] = None
    for line in second["DocumentLines"]:
        line["BaseType"], line["BaseEntry"], line["BaseLine"] = -1, None, None
    return reopen(second)


def reopen(doc: Doc) -> Doc:
    """Open as it was before anything was drawn from it."""
    doc["DocumentStatus"], doc["Cancelled"], doc["CancelStatus"] = "bost_Open", "tNO", "csNo"
    for line in doc["DocumentLines"]:
        line["LineStatus"], line["RemainingOpenQuantity"] = "bost_Open", line["Quantity"]
    return doc


def by_hand(keeper: Bookkeeper, sale: Sale, reference: str | None, price: Decimal) -> Doc:
    """A sales order that somebody typed in: one item, no order of the shop behind it."""
    line = sale.lines[0]
    tax = (price * STANDARD).quantize(Decimal("0.01"))
    booked = Booked(line.sku, line.title, 1, price, tax, STANDARD, line.warehouse)
    return keeper.document("Orders", None, sale.placed_at + timedelta(hours=2), [booked], reference=reference or "")


class NotShipped(Case):
    """Cases in which the order never left the house."""

    def happen(self, sale: Sale, story: Story) -> None:
        sale.parcels.clear()


class NotPosted(NotShipped):
    """Cases in which the middleware did not post the order."""

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.posted_at = None


# ---- order_missing_in_b1 ----


class Dropped(NotPosted):
    check, owner = "order_missing_in_b1", "INT"
    note = "the middleware lost the order"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books.sale.order_id, books.sale.total)


class UnknownSku(NotPosted):
    check, owner = "order_missing_in_b1", "MASTER"
    note = "B1 refused the order because one SKU is no item"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.lines[0].sku = f"NEW-{sale.number}"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books.sale.order_id, books.sale.total)


class CancelledByHand(NotShipped):
    check, owner = "order_missing_in_b1", "INT"
    note = "the only sales order was cancelled in B1, the customer still waits"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        cancel(books.orders[0], books.sale.placed_at + timedelta(hours=5))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books.sale.order_id, books.sale.total)


class DraftClosed(NotPosted):
    check, owner = "order_missing_in_b1", "INT"
    note = "a draft was closed without becoming an order"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.drafts.append(draft_of(books.sale, keeper))
        close(books.drafts[0], books.sale.placed_at + timedelta(hours=3))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books.sale.order_id, books.sale.total)


class MissingAndRefunded(NotPosted):
    check, owner = "order_missing_in_b1", "INT"
    note = "lost by the middleware and partly refunded: one finding, not two"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        line = sale.lines[0]
        at = sale.placed_at + timedelta(days=2)
        life.refund(sale, at, [(line, line.quantity)], story.business.ids, story.rng).credited_at = None

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books.sale.order_id, books.sale.total)
        note = "refund of an order that is missing in B1"
        yield LookAlike("refund_without_credit_memo", str(books.sale.refunds[0].refund_id), note)


def draft_of(sale: Sale, keeper: Bookkeeper) -> Doc:
    draft = keeper.document("Drafts", sale, sale.placed_at + timedelta(minutes=12), keeper.booked(sale))
    keeper.add_freight(draft, sale)
    return draft


class PaymentPending(NotPosted):
    check, note = "order_missing_in_b1", "payment is still pending"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.payment_state = "PENDING"
        sale.payments[0].status = "PENDING"


class OnlyAuthorized(NotPosted):
    check, note = "order_missing_in_b1", "payment is authorised, not captured"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.payment_state = "AUTHORIZED"
        sale.payments[0].kind = "AUTHORIZATION"


class Voided(NotPosted):
    check, note = "order_missing_in_b1", "payment was voided"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.payment_state = "VOIDED"
        sale.payments[0].kind = "AUTHORIZATION"


class TestOrder(NotPosted):
    check, note = "order_missing_in_b1", "a test order"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.is_test = True


class Unconfirmed(NotPosted):
    check, note = "order_missing_in_b1", "the shop has not confirmed the order"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.is_confirmed = False


class CancelledBeforeGrace(NotPosted):
    check, note = "order_missing_in_b1", "cancelled by the customer within minutes, never posted"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        life.cancel(sale, sale.placed_at + timedelta(minutes=9), story.business.ids, story.rng)


class OpenDraft(NotPosted):
    check, note = "order_missing_in_b1", "waits as a draft for approval"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.drafts.append(draft_of(books.sale, keeper))


class Recent(Case):
    check, note = "order_missing_in_b1", "placed minutes ago, the middleware's next run will post it"

    def fits(self, sale: Sale, story: Story) -> bool:
        return sale.posted_at is None and story.business.now - sale.placed_at < timedelta(minutes=10)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        at = next_tick(keeper.business.now) + timedelta(seconds=20)
        order = keeper.document("Orders", books.sale, at, keeper.booked(books.sale))
        keeper.add_freight(order, books.sale)
        books.later.append((at, "Orders", order))


class RefundedUnposted(NotPosted):
    check, note = "order_missing_in_b1", "fully refunded before it was ever posted"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        lines = [(line, line.quantity) for line in sale.lines]
        at = sale.placed_at + timedelta(minutes=40)
        life.refund(
            sale, at, lines, story.business.ids, story.rng, with_shipping=bool(sale.shipping)
        ).credited_at = None


class ReferenceWithBlanks(Case):
    check, note = "order_missing_in_b1", "B1 carries the reference as ' #1001 '"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            doc["NumAtCard"] = f" #{books.sale.ref} "


# ---- order_duplicate_in_b1 ----


class Replayed(Case):
    check, owner = "order_duplicate_in_b1", "FIN"
    note = "the order was posted twice after a time-out"
    copies = 1

    def reference(self, sale: Sale) -> str:
        return sale.ref

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for _ in range(self.copies):
            second = twin(books.orders[0], keeper)
            second["NumAtCard"] = self.reference(books.sale)
            books.orders.append(second)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books.sale.order_id, books.sale.total * self.copies)


class ReplayedTwice(Replayed):
    note = "the order was posted three times"
    copies = 2


class ReplayedInAnotherSpelling(Replayed):
    note = "posted again under another spelling of the reference"

    def reference(self, sale: Sale) -> str:
        return f"#{sale.ref} "


class InvoicedTwice(Case):
    check, owner = "order_duplicate_in_b1", "FIN"
    note = "a second invoice beside the chain"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.invoices.append(twin(books.invoices[0], keeper, "Invoices"))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books.sale.order_id, books.sale.total)


class SplitByWarehouse(Case):
    check, note = "order_duplicate_in_b1", "two sales orders, one for each warehouse; together they are the order"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        first, second = split(books.orders[0], keeper)
        parcel = books.sale.parcels[0]
        rest = deliver_again(keeper, second, parcel)
        books.orders[:] = [first, second]
        for doc in (books.deliveries[0], books.invoices[0]):
            doc["DocumentLines"] = doc["DocumentLines"][:1]
            retotal(doc)
        books.deliveries.append(rest[0])
        books.invoices.append(rest[1])


def split(order: Doc, keeper: Bookkeeper) -> tuple[Doc, Doc]:
    """The first line and the freight stay, the other lines move to a second order."""
    second = twin(order, keeper)
    second["DocumentLines"] = second["DocumentLines"][1:]
    second["DocumentAdditionalExpenses"] = []
    order["DocumentLines"] = order["DocumentLines"][:1]
    return retotal(order), retotal(second)


def deliver_again(keeper: Bookkeeper, order: Doc, parcel: Parcel) -> tuple[Doc, Doc]:
    docs = keeper.deliver(order, parcel, order["DocumentLines"], with_freight=False)
    close(order, parcel.shipped_at)
    return docs


class CancelledAndMadeAnew(Case):
    check, note = "order_duplicate_in_b1", "the first sales order was cancelled and made anew"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        first = twin(books.orders[0], keeper)
        cancel(first, books.sale.placed_at + timedelta(minutes=50))
        books.orders.append(first)


# ---- order_reference_missing ----


class ReferenceNeverWritten(Case):
    check, owner = "order_reference_missing", "INT"
    note = "sales order without reference; delivery and invoice inherit the gap"
    text: str | None = None

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and story.is_unmistakable(sale)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            doc["NumAtCard"] = self.text

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        order = books.orders[0]
        yield self.found(f"order:{order['DocEntry']}", order["DocTotal"])
        yield LookAlike(
            "order_missing_in_b1", str(books.sale.order_id), "posted without reference, found by its content"
        )


class ReferenceMalformed(ReferenceNeverWritten):
    note = "'WEB ORDER' where the reference should be"
    text = "WEB ORDER"


class LostOnDelivery(Case):
    check, owner = "order_reference_missing", "INT"
    note = "the reference got lost between order and delivery"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.deliveries[0]["NumAtCard"] = ""

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        delivery = books.deliveries[0]
        yield self.found(f"delivery:{delivery['DocEntry']}", delivery["DocTotal"])


class LostOnInvoice(Case):
    check, owner = "order_reference_missing", "INT"
    note = "the reference got lost between delivery and invoice"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.invoices[0]["NumAtCard"] = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        invoice = books.invoices[0]
        yield self.found(f"invoice:{invoice['DocEntry']}", invoice["DocTotal"])


class LostOnCreditMemo(Case):
    check, owner = "order_reference_missing", "INT"
    note = "credit memo without reference"
    with_return = False

    def happen(self, sale: Sale, story: Story) -> None:
        line = sale.lines[0]
        at = sale.parcels[0].shipped_at + timedelta(hours=26)
        given = life.refund(sale, at, [(line, line.quantity)], story.business.ids, story.rng)
        if self.with_return:
            given.goods_back_at = at + timedelta(minutes=3)
            given.return_id = story.business.ids.next("return", 66_001)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.credit_memos[0]["NumAtCard"] = ""

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        memo = books.credit_memos[0]
        yield self.found(f"credit_memo:{memo['DocEntry']}", memo["DocTotal"])


class LostOnReturn(LostOnCreditMemo):
    note = "return without reference"
    with_return = True

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.returns[0]["NumAtCard"] = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        back = books.returns[0]
        yield self.found(f"return:{back['DocEntry']}", back["DocTotal"])


class TypedByHand(Case):
    check, owner = "order_reference_missing", "INT"
    note = "typed into the shop's customer without a reference"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.orders.append(by_hand(keeper, books.sale, None, books.sale.total + Decimal("1000.37")))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        order = books.orders[-1]
        yield self.found(f"order:{order['DocEntry']}", order["DocTotal"])


class ManualSeries(Case):
    check, note = "order_reference_missing", "telephone order in the series for telephone orders"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        order = by_hand(keeper, books.sale, None, books.sale.total + Decimal("1200.11"))
        order["Series"] = MANUAL_SERIES
        books.orders.append(order)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield LookAlike(self.check, f"order:{books.orders[-1]['DocEntry']}", self.note)


class TradeCustomer(ManualSeries):
    note = "a trade customer's order has no reference of the shop"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        order = by_hand(keeper, books.sale, None, books.sale.total + Decimal("1300.19"))
        order["CardCode"], order["CardName"] = "C-TRADE", "Pennine Gift Wholesale"
        books.orders.append(order)


class CancelledWithoutReference(ManualSeries):
    note = "cancelled in B1 on the same day"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        order = by_hand(keeper, books.sale, None, books.sale.total + Decimal("1400.23"))
        cancel(order, books.sale.placed_at + timedelta(hours=4))
        books.orders.append(order)


# ---- order_cancelled_still_open_b1 ----


class CancelNotPassedOn(NotShipped):
    check, owner = "order_cancelled_still_open_b1", "OPS"
    note = "the cancellation never reached B1"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        life.cancel(sale, sale.placed_at + timedelta(hours=5), story.business.ids, story.rng)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        reopen(books.orders[0])

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books.sale.order_id, books.sale.total - books.sale.tax)


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


ORDER_CASES: tuple[type[Case], ...] = (
    Dropped, Replayed, ReferenceNeverWritten, CancelNotPassedOn, UnknownSku, InvoicedTwice, LostOnInvoice,
    HalfOfSplitCancelled, CancelledByHand, ReplayedTwice, ReferenceMalformed, ReplayedAfterCancel, DraftClosed,
    ReplayedInAnotherSpelling, LostOnDelivery, LostOnCreditMemo, LostOnReturn, TypedByHand, MissingAndRefunded,
)  # fmt: skip
ORDER_LOOK_ALIKES: tuple[type[Case], ...] = (
    PaymentPending, TestOrder, Recent, OpenDraft, CancelledBeforeGrace, SplitByWarehouse, CancelledAndMadeAnew,
    ReferenceWithBlanks, ManualSeries, CancelledAfterDispatch, CancelledJustNow, TradeCustomer,
    CancelledWithoutReference, OnlyAuthorized, Voided, Unconfirmed, RefundedUnposted,
)  # fmt: skip
