"""Payouts that finance booked wrongly: other amounts, twice, without the reserve, two months in one piece."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from auditor.money import ZERO
from auditor.sandbox.basics import Ids
from auditor.sandbox.business import Business
from auditor.sandbox.documents import Doc
from auditor.sandbox.faults.payouts import PayoutCase, PayoutLookAlike
from auditor.sandbox.payout import Payout
from auditor.sandbox.treasury import (
    BANK,
    PayoutBooks,
    Sums,
    is_reserve,
    journal,
    month_of,
    months_of,
    payout_journal,
    payout_payment,
    rest_of_journal,
    reversal,
    sums_of,
)


def whole(payout: Payout) -> Sums:
    return sums_of(payout.rows, payout.shop)


def add_to(doc: Doc, account: str, amount: Decimal) -> None:
    """Debit (positive) or credit on an account of a journal; a line that is there is changed."""
    lines = doc["JournalEntryLines"]
    line = next((one for one in lines if one["AccountCode"] == account), None)
    if line is None:
        line = {**lines[0], "Line_ID": len(lines), "AccountCode": account, "ShortName": account}
        line["Debit"] = line["Credit"] = ZERO
        lines.append(line)
    balance = line["Debit"] - line["Credit"] + amount
    line["Debit"], line["Credit"] = max(balance, ZERO), max(-balance, ZERO)


# ---- payout_journal_mismatch ----


class Misbooked(PayoutCase):
    check = "payout_journal_mismatch"

    def fits(self, payout: Payout, business: Business) -> bool:
        """One with fees, and nothing withheld."""
        plain = not any(is_reserve(row) for row in payout.rows)
        return super().fits(payout, business) and plain and whole(payout).fees > 1


class NetOnly(Misbooked):
    note = "only what the bank statement shows was booked, without fees"
    cause = "net_only"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        payout = books.payout
        at = payout.posted_at or payout.issued_at
        sides = [(BANK, payout.net), (payout.shop.clearing, -payout.net)]
        books.journals[:] = [journal(ids, at, f"payout {payout.key}", payout.key, sides, payout.shop.id)]

    def money(self, payout: Payout) -> Decimal:
        return whole(payout).fees + whole(payout).tax


class PaymentOnly(NetOnly):
    note = "booked as an incoming payment of the net; the fees are nowhere"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        books.journals.clear()
        at = books.payout.posted_at or books.payout.issued_at
        books.payments.append(payout_payment(books.payout, ids, at))


class TaxWithFees(Misbooked):
    note = "the tax on the fees was booked as a cost"
    cause = "tax_with_fees"

    def fits(self, payout: Payout, business: Business) -> bool:
        return super().fits(payout, business) and whole(payout).tax > Decimal("0.05")

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        tax = whole(books.payout).tax
        add_to(books.journals[0], books.payout.shop.fee_tax, -tax)
        add_to(books.journals[0], books.payout.shop.fees, tax)

    def money(self, payout: Payout) -> Decimal:
        return whole(payout).tax


class FeesAsPostage(Misbooked):
    note = "the fees were booked to postage"
    cause = "fees_missing"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        fees = whole(books.payout).fees
        add_to(books.journals[0], books.payout.shop.fees, -fees)
        add_to(books.journals[0], "6500", fees)

    def money(self, payout: Payout) -> Decimal:
        return whole(payout).fees


class StrangeAccount(Misbooked):
    note = "£5.00 of the sales came off an account that has nothing to do with it"
    cause = "other_account"
    amount = Decimal("5.00")

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        add_to(books.journals[0], books.payout.shop.clearing, self.amount)
        add_to(books.journals[0], "9999", -self.amount)

    def money(self, payout: Payout) -> Decimal:
        return self.amount


class NetMistyped(Misbooked):
    note = "£10.00 too much was booked on the bank"
    cause = "net_differs"
    amount = Decimal("10.00")

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        add_to(books.journals[0], BANK, self.amount)
        add_to(books.journals[0], books.payout.shop.clearing, -self.amount)

    def money(self, payout: Payout) -> Decimal:
        return self.amount


class SplitMistyped(Misbooked):
    note = "fees and sales are both 40p too low, the net is right"
    cause = "split_differs"
    amount = Decimal("0.40")

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        add_to(books.journals[0], books.payout.shop.fees, -self.amount)
        add_to(books.journals[0], books.payout.shop.clearing, self.amount)

    def money(self, payout: Payout) -> Decimal:
        return self.amount


# ---- payout_duplicate_posting ----


class PostedTwice(PayoutCase):
    check, note = "payout_duplicate_posting", "the middleware posted the payout again"
    cause = "posted_twice"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        at = books.payout.posted_at or books.payout.issued_at
        books.journals.append(payout_journal(books.payout, ids, at))


class ByHandAsWell(PostedTwice):
    note = "finance entered the payment by hand, and the middleware posted the payout"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        at = books.payout.posted_at or books.payout.issued_at
        books.payments.append(payout_payment(books.payout, ids, at))


class PartsTwice(PostedTwice):
    note = "both parts of a split payout were posted again"
    cause = "parts_twice"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        at = books.payout.posted_at or books.payout.issued_at
        books.journals[:] = [
            make(books.payout, ids, at, share=4) for _ in range(2) for make in (payout_journal, rest_of_journal)
        ]


class BookedAnew(PayoutLookAlike):
    check, note = "payout_duplicate_posting", "booked, taken back, and booked again"

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        at = books.payout.posted_at or books.payout.issued_at
        books.journals += [reversal(books.journals[0], ids), payout_journal(books.payout, ids, at)]


# ---- reserve_movement_unposted ----


class ReserveOnClearing(PayoutCase):
    check, note = "reserve_movement_unposted", "what was withheld, or given back, stayed on the clearing account"
    cause = "on_clearing"
    times = 1

    def fits(self, payout: Payout, business: Business) -> bool:
        return super().fits(payout, business) and abs(whole(payout).withheld) >= Decimal("0.02")

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        withheld = whole(books.payout).withheld * self.times
        add_to(books.journals[0], books.payout.shop.reserve, -withheld)
        add_to(books.journals[0], books.payout.shop.clearing, withheld)

    def money(self, payout: Payout) -> Decimal:
        return abs(whole(payout).withheld) * self.times


class ReserveWrongWay(ReserveOnClearing):
    note = "what was withheld was booked as given back, or the reverse"
    cause = "wrong_way"
    times = 2


# ---- payout_spans_period ----


class InOnePiece(PayoutCase):
    check, note = "payout_spans_period", "sales of two months, booked in one piece in the later one"
    needs: ClassVar = frozenset()

    def fits(self, payout: Payout, business: Business) -> bool:
        """A payout over the end of a month."""
        is_posted = payout.status == "PAID" and payout.posted_at is not None
        return is_posted and len(months_of(payout)) > 1 and payout.payer == payout.shop.provider

    def in_books(self, books: PayoutBooks, ids: Ids) -> None:
        books.journals[:] = [payout_journal(books.payout, ids, books.payout.posted_at or books.payout.issued_at)]

    def money(self, payout: Payout) -> Decimal:
        last = months_of(payout)[-1]
        return abs(sum((row.net for row in payout.rows if month_of(row, payout.shop) < last), ZERO))


class InTwoParts(PayoutLookAlike):
    check, note = "payout_spans_period", "sales of two months, booked in two parts"

    def fits(self, payout: Payout, business: Business) -> bool:
        is_posted = payout.status == "PAID" and payout.posted_at is not None
        return is_posted and len(months_of(payout)) > 1 and payout.payer == payout.shop.provider


BOOKED_WRONGLY: tuple[type[PayoutCase], ...] = (
    InOnePiece, PostedTwice, NetOnly, ReserveOnClearing, TaxWithFees, BookedAnew, NetMistyped, PartsTwice,
    FeesAsPostage, ReserveWrongWay, SplitMistyped, ByHandAsWell, PaymentOnly, StrangeAccount, InTwoParts,
)  # fmt: skip
