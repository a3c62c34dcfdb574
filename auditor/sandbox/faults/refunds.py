"""Refunds without a credit memo: check 11."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from auditor.sandbox import life
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.documents import cancel
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.sale import Payment, Refund, Sale


def can_give_back_everything(sale: Sale) -> bool:
    """Whether the shop can say so in one refund."""
    return len(sale.lines) == 1 or "refund_lines" in sale.shop.can


def give_back(sale: Sale, story: Story, *, everything: bool = False, hours: int = 26) -> Refund:
    """One line, or the whole order with shipping, comes back a day after dispatch."""
    lines = sale.lines if everything else sale.lines[:1]
    at = sale.parcels[0].shipped_at + timedelta(hours=hours)
    parts = [(line, line.quantity) for line in lines]
    return life.refund(sale, at, parts, story.business.ids, story.rng, with_shipping=everything)


def taken_in(refund: Refund) -> datetime:
    """When the warehouse books goods that come back without being credited."""
    return refund.at + timedelta(minutes=2)


def onto_gift_card(sale: Sale, story: Story, given: Refund) -> None:
    """The refund goes onto a gift card with which as much of the order was paid; nothing is credited."""
    given.gateway, given.credited_at = "gift_card", None
    card = sale.payments[0]
    number = story.business.ids.next("transaction", 9_000_001)
    sale.payments.append(Payment(number, "SALE", "SUCCESS", "gift_card", given.total, card.at))
    card.amount -= given.total


class RefundCase(Case):
    """A plain sale of which one line is refunded."""

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story)

    def refund(self, books: SaleBooks) -> Refund:
        return books.sale.refunds[-1]


class RefundLookAlike(RefundCase):
    check = "refund_without_credit_memo"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, self.refund(books).refund_id)


class NeverCredited(RefundCase):
    check, owner = "refund_without_credit_memo", "FIN"
    note = "no credit memo was made"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.refunds[-1].credited_at = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        refund = self.refund(books)
        yield self.found(books, refund.refund_id, refund.total)


class CreditCancelled(NeverCredited):
    note = "the credit memo was cancelled again"

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        memo = books.credit_memos[0]
        reversal = copy.deepcopy(memo)
        fresh = keeper.document("CreditNotes", books.sale.shop, books.sale.refunds[0].at, [], memo["NumAtCard"])
        reversal["DocEntry"], reversal["DocNum"] = fresh["DocEntry"], fresh["DocNum"]
        at = books.sale.refunds[0].at + timedelta(hours=8)
        cancel(memo, at)
        cancel(reversal, at)
        reversal["Cancelled"], reversal["CancelStatus"] = "tNO", "csCancellation"
        books.credit_memos.append(reversal)


class SecondForgotten(NeverCredited):
    note = "the first refund was credited, the second was not"

    def fits(self, sale: Sale, story: Story) -> bool:
        first, *others = sale.lines
        return super().fits(sale, story) and bool(others) and abs(others[0].gross - first.gross) >= 1

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story)
        second = sale.lines[1]
        at = sale.refunds[0].at + timedelta(hours=5)
        life.refund(sale, at, [(second, second.quantity)], story.business.ids, story.rng).credited_at = None


class ShippingRefundForgotten(NeverCredited):
    note = "only the shipping was refunded; nobody credited it"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_shipping"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(sale.shipping)

    def happen(self, sale: Sale, story: Story) -> None:
        at = sale.parcels[0].shipped_at + timedelta(hours=26)
        given = life.refund(sale, at, [], story.business.ids, story.rng, with_shipping=True)
        given.reason, given.credited_at = "late delivery", None


class GoodwillForgotten(NeverCredited):
    note = "£5.00 goodwill was paid back and not credited"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_adjustment"})

    def happen(self, sale: Sale, story: Story) -> None:
        at = sale.parcels[0].shipped_at + timedelta(hours=26)
        given = life.refund(sale, at, [], story.business.ids, story.rng)
        given.adjustment, given.reason, given.credited_at = Decimal("5.00"), "goodwill", None


class NeverInvoiced(RefundLookAlike):
    note = "refunded before it was invoiced: there is nothing to credit, the sales order was cancelled"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_undispatched"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and can_give_back_everything(sale)

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story, everything=True)
        given = sale.refunds[-1]
        given.at = sale.placed_at + timedelta(hours=7)
        for part in given.lines:
            part.restock = "CANCEL"
        sale.parcels.clear()

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        cancel(books.orders[0], books.sale.placed_at + timedelta(hours=8))


class GiftCardRefund(RefundLookAlike):
    note = "given back onto a gift card"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_to_gift_card"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.total > sale.lines[0].gross

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.goods_back_at = taken_in(given)
        onto_gift_card(sale, story, given)


class PendingRefund(RefundLookAlike):
    note = "the refund is still pending"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_pending"})

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.status, given.credited_at = "PENDING", None


class FailedRefund(RefundLookAlike):
    note = "the refund's transaction failed"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_failed"})

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.status, given.credited_at = "FAILURE", None


class Exchange(RefundLookAlike):
    note = "an exchange: goods came back, no money moved"
    needs: ClassVar[frozenset[Ability]] = frozenset({"exchanges"})

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.status, given.credited_at, given.reason = None, None, "exchange"
        given.goods_back_at = taken_in(given)
        given.return_id = story.business.ids.next("return", 66_001)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield from super().facts(books)
        yield self.alike(books, f"{books.sale.key}:*", "order_line_mismatch")


class RefundedToday(RefundLookAlike):
    note = "refunded some hours ago, within the grace of a day"

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.at, given.credited_at = story.business.now - timedelta(hours=6), None


class CreditIsDraft(RefundLookAlike):
    note = "the credit memo waits as a draft"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.refunds[-1].credited_at = None

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        refund = self.refund(books)
        draft = keeper.document("Drafts", books.sale.shop, refund.at + timedelta(minutes=40), [], books.sale.ref)
        keeper.credit(books, refund, refund.at + timedelta(minutes=40))
        memo = books.credit_memos.pop()
        keeper.ids.give_back("b1 CreditNotes")
        kept = {name: draft[name] for name in ("DocEntry", "DocNum", "Series")}
        books.drafts.append({**memo, **kept, "DocObjectCode": "oCreditNotes"})


class CreditedWithoutId(RefundLookAlike):
    note = "the credit memo lacks the refund's id, order and amount agree"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.credit_memos[0]["U_RefundId"] = None


UNCREDITED: tuple[type[Case], ...] = (
    NeverCredited, CreditCancelled, SecondForgotten, ShippingRefundForgotten, GoodwillForgotten,
)  # fmt: skip
NOTHING_TO_CREDIT: tuple[type[Case], ...] = (
    PendingRefund, NeverInvoiced, Exchange, GiftCardRefund, CreditIsDraft, RefundedToday, CreditedWithoutId,
    FailedRefund,
)  # fmt: skip
