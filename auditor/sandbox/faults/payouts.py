"""Payouts that nobody booked, and payouts that do not add up: checks 16 and 17."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from auditor.money import ZERO
from auditor.sandbox.basics import PENNY, Ids, penny
from auditor.sandbox.business import BalanceRow, Business, Payout
from auditor.sandbox.faults.case import Fact
from auditor.sandbox.gids import gid
from auditor.sandbox.treasury import PayoutBooks, PayoutNodes, payout_fees, payout_journal, payout_payment
from auditor.sandbox.truth import LookAlike, planted


class PayoutCase:
    """One fault or look-alike of a payout, like `Case` for sales."""

    check: ClassVar[str] = "payout_not_posted"
    note: ClassVar[str] = ""
    owner: ClassVar[str] = "FIN"

    def fits(self, payout: Payout, business: Business) -> bool:
        """A booked payout that has been due for some days, of more than a few pounds."""
        age = business.now - payout.issued_at
        return payout.status == "PAID" and payout.posted_at is not None and age > timedelta(days=9) and payout.net > 8

    def happen(self, payout: Payout, ids: Ids) -> None:
        """What really happened that is not ordinary."""

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        """What finance did wrong, or unusually."""

    def in_shop(self, nodes: PayoutNodes, ids: Ids) -> None:
        """What the provider's figures show wrongly."""

    def money(self, payout: Payout) -> Decimal:
        return abs(payout.net)

    def facts(self, payout: Payout) -> Iterable[Fact]:
        yield planted(self.check, payout.number, self.owner, self.money(payout), self.note)


class PayoutLookAlike(PayoutCase):
    def facts(self, payout: Payout) -> Iterable[Fact]:
        yield LookAlike(self.check, str(payout.number), self.note)


def add_row(payout: Payout, ids: Ids, kind: str, amount: Decimal, fee: Decimal = ZERO) -> None:
    """A row that belongs to no order."""
    at = payout.rows[-1].at
    payout.rows.append(BalanceRow(ids.next("balance row", 660_000_001), kind, at, amount, fee, source="ADJUSTMENT"))


# ---- payout_not_posted ----


class NeverPosted(PayoutCase):
    note = "nobody booked the payout"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        books.journals.clear()


class ZeroNetNotPosted(NeverPosted):
    note = "charges and an adjustment cancel out: nothing reached the bank, but revenue and fees must be booked"

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "ADJUSTMENT", -payout.net)


class NegativeNotPosted(NeverPosted):
    note = "the provider took money back, nobody booked it"

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "ADJUSTMENT", -payout.net - Decimal("35.40"))


class PostedWithoutId(PayoutCase):
    note = "booked from the bank statement without the payout's number"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        for journal in books.journals:
            journal["Reference"], journal["Memo"] = "BANK", "SHOPIFY INTL"
            for line in journal["JournalEntryLines"]:
                line["Reference1"], line["LineMemo"] = "BANK", "SHOPIFY INTL"


class PostedUnderWrongId(PayoutCase):
    note = "booked under a mistyped number"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        wrong = f"9{books.payout.number}"
        for journal in books.journals:
            journal["Reference"], journal["Memo"] = wrong, f"Shopify payout {wrong}"
            for line in journal["JournalEntryLines"]:
                line["Reference1"], line["LineMemo"] = wrong, f"Shopify payout {wrong}"


class PaymentCancelled(PayoutCase):
    note = "the incoming payment that carried the number was cancelled"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        books.journals.clear()
        at = books.payout.posted_at or books.payout.issued_at
        books.payments.append({**payout_payment(books.payout, ids, at), "Cancelled": "tYES"})


class PostedAsPayment(PayoutLookAlike):
    note = "booked as an incoming payment with the number as transfer reference"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        books.journals.clear()
        books.payments.append(payout_payment(books.payout, ids, books.payout.posted_at or books.payout.issued_at))


class NumberInReference2(PayoutLookAlike):
    note = "the number stands in the second reference"
    place = "Reference2"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        for journal in books.journals:
            journal["Reference"], journal["Memo"] = "SHOPIFY", "weekly settlement"
            journal[self.place] = str(books.payout.number)


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
            journal["Reference"] = f" {books.payout.number} "


class TwoMonths(PayoutLookAlike):
    note = "split over two months: two journals with the same number"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        at = books.payout.posted_at or books.payout.issued_at
        net, fees = books.payout.net, payout_fees(books.payout)
        first = (penny(net / 2), penny(fees / 2))
        rest = (net - first[0], fees - first[1])
        books.journals[:] = [
            payout_journal(books.payout, ids, at - timedelta(days=2), first),
            payout_journal(books.payout, ids, at, rest),
        ]


class ZeroNetPosted(PayoutLookAlike):
    note = "a payout of zero, booked like any other"

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "ADJUSTMENT", -payout.net)


class FailedAtBank(PayoutLookAlike):
    note = "the bank refused the payout: nothing to book yet"

    def happen(self, payout: Payout, ids: Ids) -> None:
        payout.status, payout.posted_at = "FAILED", None


class ZeroNetToday(PayoutLookAlike):
    note = "a payout of zero, inside the grace of three working days"

    def fits(self, payout: Payout, business: Business) -> bool:
        return payout.posted_at is None and payout.status == "PAID"

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "ADJUSTMENT", -payout.net)


# ---- payout_identity_break ----


class IdentityCase(PayoutCase):
    check, owner = "payout_identity_break", "INT"


class NetTooLow(IdentityCase):
    note = "£5.00 less was paid out than the rows add up to"

    def in_shop(self, nodes: PayoutNodes, ids: Ids) -> None:
        nodes.payout["net"] -= Decimal("5.00")

    def money(self, payout: Payout) -> Decimal:
        return Decimal("5.00")


class PennyGap(IdentityCase):
    note = "the payout is a penny more than its rows"

    def in_shop(self, nodes: PayoutNodes, ids: Ids) -> None:
        nodes.payout["net"] += PENNY

    def money(self, payout: Payout) -> Decimal:
        return PENNY


class RowMissing(IdentityCase):
    note = "a row of the payout is missing"

    def in_shop(self, nodes: PayoutNodes, ids: Ids) -> None:
        del nodes.rows[0]

    def money(self, payout: Payout) -> Decimal:
        return abs(payout.rows[0].net)


class RowTwice(IdentityCase):
    note = "a row of the payout appears twice"

    def in_shop(self, nodes: PayoutNodes, ids: Ids) -> None:
        number = ids.next("balance row", 660_000_001)
        nodes.rows.append({**nodes.rows[0], "id": gid("ShopifyPaymentsBalanceTransaction", number)})

    def money(self, payout: Payout) -> Decimal:
        return abs(payout.rows[0].net)


class FeeOffByTwenty(IdentityCase):
    note = "the fee of a row is 20p more than what was taken off; the payout still adds up"

    def in_shop(self, nodes: PayoutNodes, ids: Ids) -> None:
        nodes.rows[0]["fee"] += Decimal("0.20")

    def money(self, payout: Payout) -> Decimal:
        return Decimal("0.20")


class IdentityLookAlike(PayoutLookAlike):
    check = "payout_identity_break"


class UnknownRow(IdentityLookAlike):
    note = "a row of a kind nobody has seen before; it is in the sum"

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "SHIPPING_LABEL", Decimal("-3.20"))


class ChargebackRow(IdentityLookAlike):
    note = "a chargeback with its own fee"

    def happen(self, payout: Payout, ids: Ids) -> None:
        add_row(payout, ids, "DISPUTE_WITHDRAWAL", Decimal("-6.00"), Decimal("1.50"))


PAYOUT_CASES: tuple[type[PayoutCase], ...] = (
    NeverPosted, NetTooLow, ZeroNetToday, PostedWithoutId, RowMissing, PostedAsPayment, ZeroNetNotPosted, TwoMonths,
    FeeOffByTwenty, UnknownRow, NegativeNotPosted, NumberInReference2, PennyGap, FailedAtBank, PostedUnderWrongId,
    RowTwice, ZeroNetPosted, PaymentCancelled, NumberWithBlanks, ChargebackRow, NumberInReference3, NumberIsMemo,
)  # fmt: skip
