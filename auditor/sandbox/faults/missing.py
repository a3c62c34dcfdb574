"""Orders that B1 does not have: check 1."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

from auditor.money import ZERO
from auditor.sandbox import life
from auditor.sandbox.basics import next_tick
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.documents import Doc, cancel, close
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.refunds import can_give_back_everything
from auditor.sandbox.sale import Sale
from auditor.sandbox.truth import planted


class NotShipped(Case):
    """Cases in which the order never left the house."""

    def happen(self, sale: Sale, story: Story) -> None:
        sale.parcels.clear()


class NotPosted(NotShipped):
    """Cases in which the middleware did not post the order."""

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.posted_at = None


class Dropped(NotPosted):
    check, owner = "order_missing_in_b1", "INT"
    note = "the middleware lost the order"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.sale.total)


class UnknownSku(NotPosted):
    check, owner = "order_missing_in_b1", "MASTER"
    note = "B1 refused the order because one SKU is no item"
    cause = "sku_unmapped"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.lines[0].sku = f"NEW-{sale.number}"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.sale.total)
        sku, note = books.sale.lines[0].sku, "an order waits for a SKU that is no item"
        yield planted("sku_unmapped", books.sale.shop, sku, "MASTER", ZERO, note, cause="unknown_item")


class CancelledByHand(NotShipped):
    check, owner = "order_missing_in_b1", "INT"
    note = "the only sales order was cancelled in B1, the customer still waits"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        cancel(books.orders[0], books.sale.placed_at + timedelta(hours=5))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.sale.total)


class DraftClosed(NotPosted):
    check, owner = "order_missing_in_b1", "INT"
    note = "a draft was closed without becoming an order"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.drafts.append(draft_of(books.sale, keeper))
        close(books.drafts[0], books.sale.placed_at + timedelta(hours=3))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.sale.total)


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
        yield self.found(books, books.sale.key, books.sale.total)
        note = "refund of an order that is missing in B1"
        yield self.alike(books, books.sale.refunds[0].refund_id, "refund_without_credit_memo", note)


def draft_of(sale: Sale, keeper: Bookkeeper) -> Doc:
    draft = keeper.document("Drafts", sale.shop, sale.placed_at + timedelta(minutes=12), keeper.booked(sale), sale.ref)
    keeper.add_freight(draft, sale)
    return draft


class PaymentPending(NotPosted):
    check, note = "order_missing_in_b1", "payment is still pending"
    needs: ClassVar[frozenset[Ability]] = frozenset({"pending_payment"})

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.payment_state = "PENDING"
        sale.payments[0].status = "PENDING"


class OnlyAuthorized(NotPosted):
    check, note = "order_missing_in_b1", "payment is authorised, not captured"
    needs: ClassVar[frozenset[Ability]] = frozenset({"authorized"})

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.payment_state = "AUTHORIZED"
        sale.payments[0].kind = "AUTHORIZATION"


class Voided(NotPosted):
    check, note = "order_missing_in_b1", "payment was voided"
    needs: ClassVar[frozenset[Ability]] = frozenset({"voided"})

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.payment_state = "VOIDED"
        sale.payments[0].kind = "AUTHORIZATION"


class TestOrder(NotPosted):
    check, note = "order_missing_in_b1", "a test order"
    needs: ClassVar[frozenset[Ability]] = frozenset({"test_orders"})

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.is_test = True


class Unconfirmed(NotPosted):
    check, note = "order_missing_in_b1", "the shop has not confirmed the order"
    needs: ClassVar[frozenset[Ability]] = frozenset({"unconfirmed"})

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.is_confirmed = False


class CancelledBeforeGrace(NotPosted):
    check, note = "order_missing_in_b1", "cancelled by the customer within minutes, never posted"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        life.cancel(sale, sale.placed_at + timedelta(minutes=9), story.business.ids, story.rng)


class Recent(Case):
    check, note = "order_missing_in_b1", "placed minutes ago, the middleware's next run will post it"

    def fits(self, sale: Sale, story: Story) -> bool:
        return sale.posted_at is None and story.business.now - sale.placed_at < timedelta(minutes=10)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        at = next_tick(keeper.business.now) + timedelta(seconds=20)
        order = keeper.document("Orders", books.sale.shop, at, keeper.booked(books.sale), books.sale.ref)
        keeper.add_freight(order, books.sale)
        books.later.append((at, "Orders", order))


class RefundedUnposted(NotPosted):
    check, note = "order_missing_in_b1", "fully refunded before it was ever posted"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_undispatched"})

    def fits(self, sale: Sale, story: Story) -> bool:
        is_whole = not sale.shipping or "refund_shipping" in sale.shop.can
        return super().fits(sale, story) and can_give_back_everything(sale) and is_whole

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        lines = [(line, line.quantity) for line in sale.lines]
        at = sale.placed_at + timedelta(minutes=40)
        life.refund(sale, at, lines, story.business.ids, story.rng, with_shipping=True).credited_at = None


class ReferenceWithBlanks(Case):
    check, note = "order_missing_in_b1", "B1 carries the reference as ' #1001 '"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            doc["NumAtCard"] = f" #{books.sale.ref} "


MISSING: tuple[type[Case], ...] = (Dropped, UnknownSku, CancelledByHand, DraftClosed, MissingAndRefunded)
NOT_MISSING: tuple[type[Case], ...] = (
    PaymentPending, TestOrder, Recent, CancelledBeforeGrace, ReferenceWithBlanks, OnlyAuthorized, Voided,
    Unconfirmed, RefundedUnposted,
)  # fmt: skip
