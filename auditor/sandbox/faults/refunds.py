"""Refunds and their credit memos: checks 11 and 12."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox import life
from auditor.sandbox.books import (
    SHIPPING,
    Bookkeeper,
    Doc,
    SaleBooks,
    cancel,
    reprice,
    retotal,
)
from auditor.sandbox.business import PENNY, Payment, Refund, Sale, penny
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.truth import LookAlike


def give_back(sale: Sale, story: Story, *, everything: bool = False, hours: int = 26) -> Refund:
    """One line, or the whole order with shipping, comes back a day after dispatch."""
    lines = sale.lines if everything else sale.lines[:1]
    at = sale.parcels[0].shipped_at + timedelta(hours=hours)
    parts = [(line, line.quantity) for line in lines]
    with_shipping = everything and bool(sale.shipping)
    return life.refund(sale, at, parts, story.business.ids, story.rng, with_shipping=with_shipping)


class RefundCase(Case):
    """A plain sale of which one line is refunded."""

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story)

    def refund(self, books: SaleBooks) -> Refund:
        return books.sale.refunds[-1]


class RefundLookAlike(RefundCase):
    check = "refund_without_credit_memo"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield LookAlike(self.check, str(self.refund(books).refund_id), self.note)


# ---- refund_without_credit_memo ----


class NeverCredited(RefundCase):
    check, owner = "refund_without_credit_memo", "FIN"
    note = "no credit memo was made"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.refunds[-1].credited_at = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        refund = self.refund(books)
        yield self.found(refund.refund_id, refund.total)


class CreditCancelled(NeverCredited):
    note = "the credit memo was cancelled again"

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        memo = books.credit_memos[0]
        reversal = copy.deepcopy(memo)
        fresh = keeper.document("CreditNotes", None, books.sale.refunds[0].at, [], reference=memo["NumAtCard"])
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

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(sale.shipping)

    def happen(self, sale: Sale, story: Story) -> None:
        at = sale.parcels[0].shipped_at + timedelta(hours=26)
        given = life.refund(sale, at, [], story.business.ids, story.rng, with_shipping=True)
        given.reason, given.credited_at = "late delivery", None


class GoodwillForgotten(NeverCredited):
    note = "£5.00 goodwill was paid back and not credited"

    def happen(self, sale: Sale, story: Story) -> None:
        at = sale.parcels[0].shipped_at + timedelta(hours=26)
        given = life.refund(sale, at, [], story.business.ids, story.rng)
        given.adjustment, given.reason, given.credited_at = Decimal("5.00"), "goodwill", None


class NeverInvoiced(RefundLookAlike):
    note = "refunded before it was invoiced: there is nothing to credit"

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story, everything=True)
        sale.refunds[-1].at = sale.placed_at + timedelta(hours=7)
        sale.parcels.clear()


class GiftCardRefund(RefundLookAlike):
    note = "given back onto a gift card"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.total > sale.lines[0].gross

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.gateway, given.credited_at = "gift_card", None
        card = sale.payments[0]
        number = story.business.ids.next("transaction", 9_000_001)
        sale.payments.append(Payment(number, "SALE", "SUCCESS", "gift_card", given.total, card.at))
        card.amount -= given.total


class PendingRefund(RefundLookAlike):
    note = "the refund is still pending"

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.status, given.credited_at = "PENDING", None


class FailedRefund(RefundLookAlike):
    note = "the refund's transaction failed"

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.status, given.credited_at = "FAILURE", None


class Exchange(RefundLookAlike):
    note = "an exchange: goods came back, no money moved"

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.status, given.credited_at, given.reason = None, None, "exchange"
        given.return_id = story.business.ids.next("return", 66_001)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield from super().facts(books)
        yield LookAlike("order_line_mismatch", f"{books.sale.order_id}:*", self.note)


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
        draft = keeper.document("Drafts", books.sale, refund.at + timedelta(minutes=40), [])
        keeper.credit(books, refund, refund.at + timedelta(minutes=40))
        memo = books.credit_memos.pop()
        keeper.ids.give_back("b1 CreditNotes")
        kept = {name: draft[name] for name in ("DocEntry", "DocNum", "Series")}
        books.drafts.append({**memo, **kept, "DocObjectCode": "oCreditNotes"})


class CreditedWithoutId(RefundLookAlike):
    note = "the credit memo lacks the refund's id, order and amount agree"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.credit_memos[0]["U_RefundId"] = None


# ---- refund_amount_mismatch ----


class CreditCase(RefundCase):
    """A refund of everything whose credit memo was made wrongly."""

    check, owner = "refund_amount_mismatch", "FIN"

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story, everything=True)

    def change(self, memo: Doc, sale: Sale) -> None:
        raise NotImplementedError

    def money(self, sale: Sale) -> Decimal:
        raise NotImplementedError

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        self.change(books.credit_memos[0], books.sale)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(self.refund(books).refund_id, self.money(books.sale))


class ShippingNotCredited(CreditCase):
    note = "goods and shipping were refunded, only the goods were credited"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(sale.shipping)

    def change(self, memo: Doc, sale: Sale) -> None:
        memo["DocumentAdditionalExpenses"] = [
            one for one in memo["DocumentAdditionalExpenses"] if one["ExpenseCode"] != SHIPPING
        ]
        retotal(memo)

    def money(self, sale: Sale) -> Decimal:
        return sale.shipping


class ShippingAmongGoods(ShippingNotCredited):
    note = "the refunded shipping was credited as goods: the total is right, the parts are not"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(sale.shipping_rate) and bool(sale.lines[0].rate)

    def change(self, memo: Doc, sale: Sale) -> None:
        super().change(memo, sale)
        line = memo["DocumentLines"][0]
        net, tax = line["LineTotal"] + sale.shipping_net, line["TaxTotal"] + sale.shipping_tax
        reprice(line, net=net, tax=tax)
        retotal(memo)

    def money(self, sale: Sale) -> Decimal:
        return sale.shipping_net


class WholeOrderCredited(CreditCase):
    note = "one line was refunded, the whole order was credited"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        memo, invoice = books.credit_memos[0], books.invoices[0]
        memo["DocumentLines"] = [
            {**line, "BaseType": 13, "BaseEntry": invoice["DocEntry"], "BaseLine": line["LineNum"]}
            for line in invoice["DocumentLines"]
        ]
        memo["DocumentAdditionalExpenses"] = [dict(one) for one in invoice["DocumentAdditionalExpenses"]]
        retotal(memo)

    def money(self, sale: Sale) -> Decimal:
        return sale.total - sale.lines[0].gross


class TaxNotCredited(CreditCase):
    note = "credited without tax"

    def change(self, memo: Doc, sale: Sale) -> None:
        for line in memo["DocumentLines"]:
            reprice(line, tax=ZERO)
        for expense in memo["DocumentAdditionalExpenses"]:
            expense["TaxSum"], expense["LineGross"] = ZERO, expense["LineTotal"]
        retotal(memo)

    def money(self, sale: Sale) -> Decimal:
        return sale.tax


class CreditTooLow(CreditCase):
    note = "£3.00 net too little was credited"

    def fits(self, sale: Sale, story: Story) -> bool:
        line = sale.lines[0]
        return super().fits(sale, story) and line.net > 6 and bool(line.rate)

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story)

    def change(self, memo: Doc, sale: Sale) -> None:
        line = memo["DocumentLines"][0]
        reprice(line, net=line["LineTotal"] - 3, tax=line["TaxTotal"] - Decimal("0.60"))
        retotal(memo)

    def money(self, sale: Sale) -> Decimal:
        return Decimal("3.60")


class AmountLookAlike(RefundLookAlike):
    check = "refund_amount_mismatch"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield from super().facts(books)
        yield LookAlike("refund_without_credit_memo", str(self.refund(books).refund_id), self.note)


class RestockingFee(AmountLookAlike):
    note = "a restocking fee of £2.00 was kept back, and booked as such"
    adjustment = Decimal("-2.00")

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.lines[0].gross > 5

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.adjustment = self.adjustment


class GoodwillBooked(RestockingFee):
    note = "£3.00 goodwill on top of the goods, booked as the expense for goodwill"
    adjustment = Decimal("3.00")


class CreditedInTwo(AmountLookAlike):
    note = "two credit memos for one refund: together they are the refund"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1

    def happen(self, sale: Sale, story: Story) -> None:
        give_back(sale, story, everything=True)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        first = books.credit_memos[0]
        refund = self.refund(books)
        second = keeper.document(
            "CreditNotes", books.sale, (refund.credited_at or refund.at) + timedelta(minutes=2), []
        )
        second["DocumentLines"], first["DocumentLines"] = first["DocumentLines"][1:], first["DocumentLines"][:1]
        for name in ("U_RefundId", "U_PaymentId", "U_ReturnReason"):
            second[name] = first[name]
        retotal(first)
        books.credit_memos.append(retotal(second))


class PennyOff(AmountLookAlike):
    note = "the credit memo is a penny off: within tolerance"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        memo = books.credit_memos[0]
        line = memo["DocumentLines"][0]
        reprice(line, net=penny(line["LineTotal"] - PENNY))
        retotal(memo)


REFUND_CASES: tuple[type[Case], ...] = (
    NeverCredited, ShippingNotCredited, CreditCancelled, WholeOrderCredited, SecondForgotten, TaxNotCredited,
    ShippingRefundForgotten, ShippingAmongGoods, GoodwillForgotten, CreditTooLow,
)  # fmt: skip
REFUND_LOOK_ALIKES: tuple[type[Case], ...] = (
    PendingRefund, RestockingFee, NeverInvoiced, Exchange, GiftCardRefund, CreditIsDraft, RefundedToday,
    CreditedWithoutId, CreditedInTwo, GoodwillBooked, FailedRefund, PennyOff,
)  # fmt: skip
