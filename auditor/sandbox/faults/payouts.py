"""Payouts that nobody booked, and payouts that do not add up: checks 16 and 17."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from auditor.clock import add_business_days, local_day
from auditor.money import ZERO
from auditor.sandbox.basics import PENNY, TIMEZONE, Ids
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.faults.case import Fact
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.treasury import (
    PayoutBooks,
    fee_journal,
    months_of,
    payout_journal,
    payout_payment,
    rest_of_journal,
    reversal,
)
from auditor.sandbox.truth import look_alike, planted

_ZONE = ZoneInfo(TIMEZONE)


class PayoutCase:
    """One fault or look-alike of a payout, like `Case` for sales."""

    check: ClassVar[str] = "payout_not_posted"
    note: ClassVar[str] = ""
    owner: ClassVar[str] = "FIN"
    cause: ClassVar[str | None] = None
    needs: ClassVar[frozenset[Ability]] = frozenset()
    taken: Collection[Payout] = ()
    """Payouts to which something happened already."""
    busy: Collection[Sale] = ()
    """Sales to which something happened already."""

    def fits(self, payout: Payout, business: Business) -> bool:
        """A booked payout of the provider that has been due for some days, of more than a few pounds."""
        age = business.now - payout.issued_at
        if payout.payer != payout.shop.provider:
            return False
        if len(months_of(payout)) > 1:
            return False
        return payout.status == "PAID" and payout.posted_at is not None and age > timedelta(days=7) and payout.net > 8

    def happen(self, payout: Payout, ids: Ids) -> None:
        """What really happened that is not ordinary, and what the provider tells wrongly."""

    def others(self) -> Iterable[Payout]:
        """Further payouts to which something happened by it."""
        return ()

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        """What finance did wrong, or unusually."""

    def money(self, payout: Payout) -> Decimal:
        return abs(payout.net)

    def facts(self, payout: Payout) -> Iterable[Fact]:
        money = self.money(payout)
        yield planted(self.check, payout.shop, payout.key, self.owner, money, self.note, cause=self.cause)


class PayoutLookAlike(PayoutCase):
    def facts(self, payout: Payout) -> Iterable[Fact]:
        yield look_alike(self.check, payout.shop, payout.key, self.note)


class Companion(PayoutCase):
    """A payout that belongs to the case of another."""

    def facts(self, payout: Payout) -> Iterable[Fact]:
        return ()


def add_row(payout: Payout, ids: Ids, kind: str, amount: Decimal, fee: Decimal = ZERO) -> None:
    """A row that belongs to no order."""
    at = payout.rows[-1].at
    payout.rows.append(BalanceRow(ids.next("balance row", 660_000_001), kind, at, amount, fee, source="ADJUSTMENT"))


# ---- payout_not_posted ----


class NeverPosted(PayoutCase):
    note = "nobody booked the payout"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        books.journals.clear()


class OverTheHoliday(PayoutLookAlike):
    note = "three working days are over but for the holiday among them"

    def fits(self, payout: Payout, business: Business) -> bool:
        if payout.status != "PAID" or payout.posted_at is None or payout.payer != payout.shop.provider:
            return False
        issued_on, today = local_day(payout.issued_at, _ZONE), local_day(business.now, _ZONE)
        return add_business_days(issued_on, 3) <= today < add_business_days(issued_on, 3, business.holidays)

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.posted_at = None


class ZeroNetNotPosted(NeverPosted):
    note = "charges and an adjustment cancel out: nothing reached the bank, but revenue and fees must be booked"
    needs: ClassVar[frozenset[Ability]] = frozenset({"zero_payouts"})

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "ADJUSTMENT", -payout.net)


class NegativeNotPosted(NeverPosted):
    note = "the provider took money back, nobody booked it"
    needs: ClassVar[frozenset[Ability]] = frozenset({"negative_payouts"})

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "ADJUSTMENT", -payout.net - Decimal("35.40"))


class TakenBack(PayoutCase):
    note = "booked, taken back, and not booked again"
    cause = "reversed"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        books.journals.append(reversal(books.journals[0], ids))


class PostedWithoutId(PayoutCase):
    note = "booked from the bank statement without the payout's number"
    cause = "posted_without_id"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        for journal in books.journals:
            journal["Reference"], journal["Memo"] = "BANK", "CARD SALES INTL"
            for line in journal["JournalEntryLines"]:
                line["Reference1"], line["LineMemo"] = "BANK", "CARD SALES INTL"


class PostedUnderWrongId(PayoutCase):
    note = "booked under a mistyped number"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        wrong = f"{books.payout.key}9"
        for journal in books.journals:
            journal["Reference"], journal["Memo"] = wrong, f"payout {wrong}"
            for line in journal["JournalEntryLines"]:
                line["Reference1"], line["LineMemo"] = wrong, f"payout {wrong}"


class PaymentCancelled(PayoutCase):
    note = "the incoming payment that carried the number was cancelled"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        books.journals.clear()
        at = books.payout.posted_at or books.payout.issued_at
        books.payments.append({**payout_payment(books.payout, ids, at), "Cancelled": "tYES"})


class PostedAsPayment(PayoutLookAlike):
    note = "booked as an incoming payment with the number as transfer reference, and a journal for what was kept"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        at = books.payout.posted_at or books.payout.issued_at
        books.journals[:] = [fee_journal(books.payout, ids, at)]
        books.payments.append(payout_payment(books.payout, ids, at))


class NumberInReference2(PayoutLookAlike):
    note = "the number stands in the second reference"
    place = "Reference2"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        for journal in books.journals:
            journal["Reference"], journal["Memo"] = "CARDS", "weekly settlement"
            journal[self.place] = books.payout.key


class NumberInReference3(NumberInReference2):
    note = "the number stands in the third reference"
    place = "Reference3"


class NumberIsMemo(NumberInReference2):
    note = "the number is the journal's memo"
    place = "Memo"


class NumberWithBlanks(PayoutLookAlike):
    note = "the number was typed with a blank before and after it"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        for journal in books.journals:
            journal["Reference"] = f" {books.payout.key} "


class TwoMonths(PayoutLookAlike):
    note = "split over two months: two journals with the same number"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        at = books.payout.posted_at or books.payout.issued_at
        books.journals[:] = [
            payout_journal(books.payout, ids, at - timedelta(days=2), share=2),
            rest_of_journal(books.payout, ids, at, share=2),
        ]


class ZeroNetPosted(PayoutLookAlike):
    note = "a payout of zero, booked like any other"
    needs: ClassVar[frozenset[Ability]] = frozenset({"zero_payouts"})

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "ADJUSTMENT", -payout.net)


class FailedAtBank(PayoutLookAlike):
    note = "the bank refused the payout: nothing to book yet"
    needs: ClassVar[frozenset[Ability]] = frozenset({"failed_payouts"})

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.status, payout.posted_at = "FAILED", None

    def facts(self, payout: Payout) -> Iterable[Fact]:
        yield from super().facts(payout)
        note = "the bank refused the payout"
        yield planted("payout_failed", payout.shop, payout.key, "FIN", payout.net, note, cause="refused")


class ZeroNetToday(PayoutLookAlike):
    note = "a payout of zero, inside the grace of three working days"
    needs: ClassVar[frozenset[Ability]] = frozenset({"zero_payouts"})

    def fits(self, payout: Payout, business: Business) -> bool:
        return payout.posted_at is None and payout.status == "PAID"

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "ADJUSTMENT", -payout.net)


# ---- payout_identity_break ----


class IdentityCase(PayoutCase):
    check, owner = "payout_identity_break", "INT"


class NetTooLow(IdentityCase):
    note = "£5.00 less was paid out than the rows add up to"
    needs: ClassVar[frozenset[Ability]] = frozenset({"payout_total"})

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.told_net = payout.net - Decimal("5.00")

    def money(self, payout: Payout) -> Decimal:
        return Decimal("5.00")


class PennyGap(IdentityCase):
    note = "the payout is a penny more than its rows"
    needs: ClassVar[frozenset[Ability]] = frozenset({"payout_total"})

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.told_net = payout.net + PENNY

    def money(self, payout: Payout) -> Decimal:
        return PENNY


class RowMissing(IdentityCase):
    note = "a refund is missing from the payout's rows"
    needs: ClassVar[frozenset[Ability]] = frozenset({"payout_total"})

    def fits(self, payout: Payout, business: Business) -> bool:
        return super().fits(payout, business) and any(row.kind == "REFUND" for row in payout.rows)

    def happen(self, payout: Payout, ids: Ids) -> None:
        self.row = next(row for row in payout.rows if row.kind == "REFUND")
        payout.told_rows = [row for row in payout.rows if row is not self.row]

    def money(self, payout: Payout) -> Decimal:
        return abs(self.row.net)


class RowTwice(IdentityCase):
    note = "a row of the payout appears twice"
    needs: ClassVar[frozenset[Ability]] = frozenset({"payout_total"})

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.told_rows = [*payout.rows, replace(payout.rows[0], number=ids.next("balance row", 660_000_001))]

    def money(self, payout: Payout) -> Decimal:
        return abs(payout.rows[0].net)


class FeeOffByTwenty(IdentityCase):
    note = "the fee of a row is 20p more than what was taken off; the payout still adds up"
    needs: ClassVar[frozenset[Ability]] = frozenset({"row_identity"})

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.rows[0].shown_fee = payout.rows[0].fee + Decimal("0.20")

    def money(self, payout: Payout) -> Decimal:
        return Decimal("0.20")


class IdentityLookAlike(PayoutLookAlike):
    check = "payout_identity_break"


class UnknownRow(IdentityLookAlike):
    note = "a row of a kind nobody has seen before; it is in the sum"
    needs: ClassVar[frozenset[Ability]] = frozenset({"unknown_rows"})

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "SHIPPING_LABEL", Decimal("-3.20"))

    def facts(self, payout: Payout) -> Iterable[Fact]:
        yield from super().facts(payout)
        word = "shipping_label" if payout.payer == "stripe" else "SHIPPING_LABEL"
        note = "nobody has said where this type of row belongs"
        yield planted("payout_unclassified_component", payout.shop, word, "FIN", Decimal("3.20"), note)


class ChargebackRow(IdentityLookAlike):
    note = "a chargeback with its own fee"
    needs: ClassVar[frozenset[Ability]] = frozenset({"chargebacks"})

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "DISPUTE_WITHDRAWAL", Decimal("-6.00"), Decimal("1.50"))


PAYOUT_CASES: tuple[type[PayoutCase], ...] = (
    NeverPosted, NetTooLow, ZeroNetToday, PostedWithoutId, RowMissing, PostedAsPayment, ZeroNetNotPosted, TwoMonths,
    FeeOffByTwenty, UnknownRow, NegativeNotPosted, NumberInReference2, PennyGap, FailedAtBank, PostedUnderWrongId,
    RowTwice, ZeroNetPosted, PaymentCancelled, TakenBack, NumberWithBlanks, ChargebackRow, NumberInReference3,
    NumberIsMemo, OverTheHoliday,
)  # fmt: skip
