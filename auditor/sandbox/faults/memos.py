"""Credit memos that no refund stands behind, that were made twice, that cannot be traced, or that are dated wrongly."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from auditor.clock import to_zone
from auditor.money import ZERO
from auditor.sandbox import life
from auditor.sandbox.basics import TIMEZONE
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.documents import Booked, Doc, line_of, retotal
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.refunds import RefundCase, can_give_back_everything, give_back
from auditor.sandbox.sale import Refund, Sale
from auditor.sandbox.treasury import BANK

COMPANY_ZONE = ZoneInfo(TIMEZONE)
_TELLS_NO_PAYMENT = frozenset({"tiktok_shop"})
_RETURNED_AND_WAITED_FOR = timedelta(days=1, hours=4) + timedelta(days=3)


def memo_subject(memo: Doc) -> str:
    return f"credit_memo:{memo['DocEntry']}"


# ---- credit_memo_without_refund ----


class CreditedOnly(Case):
    """A credit memo is made; the shop never hears of a refund."""

    check, owner = "credit_memo_without_refund", "FIN"
    cause: ClassVar[str | None] = "no_refund"
    note = "credited by hand, and nobody paid the customer"
    reason: ClassVar[str] = "unwanted"

    def fits(self, sale: Sale, story: Story) -> bool:
        # Over a weekend parcels leave late, and the credit memo would still be given time.
        is_sent = super().fits(sale, story)
        return is_sent and sale.parcels[0].shipped_at + _RETURNED_AND_WAITED_FOR <= story.business.now

    def happen(self, sale: Sale, story: Story) -> None:
        self.intended = give_back(sale, story)
        sale.refunds.remove(self.intended)
        self.intended.reason = self.reason

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        keeper.credit(books, self.intended, self.intended.credited_at or self.intended.at)
        memo = books.credit_memos[0]
        memo["U_RefundId"] = memo["U_PaymentId"] = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        memo = books.credit_memos[0]
        yield self.found(books, memo_subject(memo), memo["DocTotal"])


class CreditsUnknownRefund(CreditedOnly):
    note, cause = "the credit memo names a refund that the shop does not have", "unknown_refund"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        super().in_books(books, keeper)
        books.credit_memos[0]["U_RefundId"] = str(self.intended.refund_id)


class CreditsFailedRefund(CreditedOnly):
    note, cause = "the refund failed at the bank, and was credited all the same", "refund_failed"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_failed"})

    def happen(self, sale: Sale, story: Story) -> None:
        self.intended = give_back(sale, story)
        self.intended.status = "FAILURE"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        keeper.credit(books, self.intended, self.intended.credited_at or self.intended.at)


class CreditedOnlyLookAlike(CreditedOnly):
    owner, cause = "", None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, memo_subject(books.credit_memos[0]))


class GoodwillCredit(CreditedOnlyLookAlike):
    note, reason = "a price correction: nothing is paid back for it", "Price correction"


class CreditedYesterday(CreditedOnlyLookAlike):
    note = "credited yesterday: the money may still follow"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        self.intended.at = story.business.now - timedelta(hours=26)
        self.intended.credited_at = self.intended.at + timedelta(minutes=40)


class PaidBackByBank(CreditedOnlyLookAlike):
    note = "paid back by bank transfer"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        super().in_books(books, keeper)
        memo = books.credit_memos[0]
        books.payments.append(outgoing(memo, keeper))


def outgoing(memo: Doc, keeper: Bookkeeper) -> Doc:
    """A bank transfer to the customer for a credit memo."""
    entry = keeper.ids.next("b1 outgoing payment")
    total, day = memo["DocTotal"], memo["DocDate"]
    return {
        "DocEntry": entry,
        "DocNum": 3_000_000 + entry,
        "DocType": "rCustomer",
        "CardCode": memo["CardCode"],
        "DocDate": day,
        "TaxDate": day,
        "DueDate": day,
        "DocCurrency": memo["DocCurrency"],
        "DocRate": Decimal(1),
        "CashSum": ZERO,
        "TransferSum": total,
        "TransferAccount": BANK,
        "TransferDate": day,
        "TransferReference": f"refund {memo['DocNum']}",
        "CounterReference": None,
        "Reference1": str(entry),
        "Reference2": None,
        "Remarks": None,
        "JournalRemarks": None,
        "Cancelled": "tNO",
        "PaymentInvoices": [
            {"LineNum": 0, "DocEntry": memo["DocEntry"], "SumApplied": total, "InvoiceType": "it_CredItnote"}
        ],
        "PaymentChecks": [],
        "PaymentCreditCards": [],
        "PaymentAccounts": [],
    }


# ---- refund_duplicate_credit_memo ----


class CreditedTwice(RefundCase):
    """The credit memo of a refund exists a second time."""

    check, owner = "refund_duplicate_credit_memo", "FIN"
    cause: ClassVar[str | None] = "same_refund_id"
    note = "the middleware made the credit memo twice"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        first = books.credit_memos[0]
        refund = self.refund(books)
        at = (refund.credited_at or refund.at) + timedelta(hours=1)
        fresh = keeper.document("CreditNotes", books.sale.shop, at, [], first["NumAtCard"])
        kept = ("DocEntry", "DocNum", "CreationDate", "DocTime", "UpdateDate", "UpdateTime")
        books.credit_memos.append({**copy.deepcopy(first), **{name: fresh[name] for name in kept}})

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        refund = self.refund(books)
        yield self.found(books, refund.refund_id, refund.total)


class CreditedAgainByHand(CreditedTwice):
    note, cause = "credited by the middleware, and once more by hand without the refund's id", "credited_twice"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        super().in_books(books, keeper)
        books.credit_memos[1]["U_RefundId"] = books.credit_memos[1]["U_PaymentId"] = None


class GoodwillAsGoods(CreditedTwice):
    """Everything is given back, then £5.00 more, and that is credited as goods: more than was ever invoiced."""

    note = "£5.00 goodwill after a full refund was credited as goods"
    cause: ClassVar[str | None] = "more_than_invoiced"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_adjustment", "refund_shipping"})
    extra = Decimal("5.00")

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and can_give_back_everything(sale)

    def happen(self, sale: Sale, story: Story) -> None:
        first = give_back(sale, story, everything=True)
        second = life.refund(sale, first.at + timedelta(hours=5), [], story.business.ids, story.rng)
        second.adjustment, second.reason = self.extra, "goodwill"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        memo, invoice = books.credit_memos[1], books.invoices[0]
        bought = books.sale.lines[0]
        part = Booked(bought.sku, bought.title, 1, self.extra, ZERO, ZERO, bought.warehouse)
        memo["DocumentAdditionalExpenses"] = []
        memo["DocumentLines"] = [
            {**line_of(0, part), "BaseType": 13, "BaseEntry": invoice["DocEntry"], "BaseLine": 0,
             "WithoutInventoryMovement": "tYES"}
        ]  # fmt: skip
        retotal(memo)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, f"order:{books.sale.key}", self.extra)


class GoodwillOnTop(GoodwillAsGoods):
    owner, cause = "", None
    note = "£5.00 goodwill after a full refund, booked as goodwill"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        """As the middleware does it."""

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, f"order:{books.sale.key}")


# ---- credit_memo_unlinked ----


class Untraceable(RefundCase):
    check, owner = "credit_memo_unlinked", "FIN"
    cause: ClassVar[str | None] = "no_base_document"
    note = "the credit memo was typed by hand instead of being drawn from the invoice"
    untold: ClassVar[frozenset[str]] = frozenset()

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.shop.kind not in self.untold

    def change(self, memo: Doc) -> None:
        for line in memo["DocumentLines"]:
            line["BaseType"], line["BaseEntry"], line["BaseLine"] = -1, None, None

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        self.change(books.credit_memos[0])

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, memo_subject(books.credit_memos[0]), ZERO)


class PaymentNotWritten(Untraceable):
    note, cause = "the payment's id was not written on the credit memo", "payment_id_missing"
    untold = _TELLS_NO_PAYMENT

    def change(self, memo: Doc) -> None:
        memo["U_PaymentId"] = None


class ReasonNotWritten(Untraceable):
    note, cause = "the reason was not written on the credit memo", "return_reason_missing"

    def change(self, memo: Doc) -> None:
        memo["U_ReturnReason"] = ""


class DrawnFromReturn(RefundCase):
    check = "credit_memo_unlinked"
    note = "drawn from the return, not from the invoice"

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.goods_back_at = given.at + timedelta(minutes=2)
        given.return_id = story.business.ids.next("return", 66_001)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, memo_subject(books.credit_memos[0]))


class OnlyShippingCredited(RefundCase):
    check = "credit_memo_unlinked"
    note = "only the shipping was given back: there is no line to be drawn from anything"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_shipping"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(sale.shipping)

    def happen(self, sale: Sale, story: Story) -> None:
        at = sale.parcels[0].shipped_at + timedelta(hours=26)
        life.refund(sale, at, [], story.business.ids, story.rng, with_shipping=True).reason = "late delivery"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, memo_subject(books.credit_memos[0]))


# ---- refund_period_mismatch ----


def company_day(moment: datetime) -> date:
    return to_zone(moment, COMPANY_ZONE).date()


def first_of_next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


class DatedNextMonth(RefundCase):
    """Refunded in one month, credited with a date in the next."""

    check, owner = "refund_period_mismatch", "FIN"
    cause: ClassVar[str | None] = "period_open"
    note = "the credit memo is dated in the month after the refund"

    def when(self, sale: Sale) -> datetime:
        return sale.parcels[0].shipped_at + timedelta(hours=26)

    def fits(self, sale: Sale, story: Story) -> bool:
        if not super().fits(sale, story):
            return False
        return first_of_next_month(company_day(self.when(sale))) <= company_day(story.business.now)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        memo = books.credit_memos[0]
        day = first_of_next_month(company_day(self.refund(books).at))
        memo["DocDate"] = memo["TaxDate"] = memo["DocDueDate"] = day

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        refund = self.refund(books)
        yield self.found(books, refund.refund_id, refund.total)


class LastMinuteOfMonth(RefundCase):
    """Refunded shortly before midnight of the month's last day; the middleware runs after it and dates it rightly."""

    check = "refund_period_mismatch"
    note = "refunded half an hour before the month ended, credited after midnight with the refund's date"

    def midnight(self, sale: Sale) -> datetime:
        """The end of the month in which the parcel left, by the company's clock."""
        end = first_of_next_month(company_day(sale.parcels[0].shipped_at + timedelta(hours=26)))
        local = datetime(end.year, end.month, end.day, tzinfo=COMPANY_ZONE)
        return (local - (local.utcoffset() or timedelta())).replace(tzinfo=None)

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and self.midnight(sale) + timedelta(hours=2) <= story.business.now

    def happen(self, sale: Sale, story: Story) -> None:
        given: Refund = give_back(sale, story)
        given.at = self.midnight(sale) - timedelta(minutes=30)
        given.credited_at = self.midnight(sale) + timedelta(seconds=50)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, self.refund(books).refund_id)


MEMO_FAULTS: tuple[type[Case], ...] = (
    CreditedOnly, CreditedTwice, Untraceable, DatedNextMonth, CreditsUnknownRefund, CreditedAgainByHand,
    PaymentNotWritten, CreditsFailedRefund, GoodwillAsGoods, ReasonNotWritten,
)  # fmt: skip
MEMO_LOOK_ALIKES: tuple[type[Case], ...] = (
    GoodwillCredit, DrawnFromReturn, LastMinuteOfMonth, PaidBackByBank, GoodwillOnTop, CreditedYesterday,
    OnlyShippingCredited,
)  # fmt: skip
