"""Payouts in B1: finance's journals and payments.

A payout is booked with what it consists of: the bank gets the net, fees and the tax on them go to their own accounts,
what the provider withholds goes to the reserve account, and the sales and refunds come off the clearing account. Types
that the company has given an account go there. A payout whose movements lie in two months is booked in two parts, the
first of them without the bank.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor.clock import from_zone, local_day, to_zone
from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, TIMEZONE, Ids, penny
from auditor.sandbox.business import Journal
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.documents import Doc
from auditor.sandbox.payout import BalanceRow, Payout

BANK, TRANSIT = "1200", "1260"
TYPE_ACCOUNTS = {"PROMOTION_CREDIT": "6455"}
"""What the company says about types of rows that the platforms have beside sales, refunds and the like."""
_RECEIVABLES = "1100"
_VAT_PART = Decimal(6)
_ZONE = ZoneInfo(TIMEZONE)
_EVENING = time(18)


@dataclass(slots=True)
class Sums:
    """What rows of the provider's account come to, as they are booked."""

    fees: Decimal = ZERO
    tax: Decimal = ZERO
    """On the fees, where the provider says so."""
    withheld: Decimal = ZERO
    """Into the reserve; negative when it is given back."""
    clearing: Decimal = ZERO
    by_account: dict[str, Decimal] = field(default_factory=dict)
    """Of types that have an account of their own."""

    @property
    def net(self) -> Decimal:
        return self.clearing + sum(self.by_account.values(), ZERO) - self.fees - self.tax - self.withheld


@dataclass(slots=True)
class PayoutBooks:
    """What finance booked for one payout; faults change it before it is stored."""

    payout: Payout
    journals: list[Doc] = field(default_factory=list)
    payments: list[Doc] = field(default_factory=list)


def sums_of(rows: Iterable[BalanceRow], shop: Shop) -> Sums:
    sums = Sums()
    for row in rows:
        tax = tax_on_fee(row, shop)
        sums.fees += row.fee - tax
        sums.tax += tax
        if is_reserve(row):
            sums.withheld -= row.amount
        elif row.kind in TYPE_ACCOUNTS:
            account = TYPE_ACCOUNTS[row.kind]
            sums.by_account[account] = sums.by_account.get(account, ZERO) + row.amount
        else:
            sums.clearing += row.amount
    return sums


def tax_on_fee(row: BalanceRow, shop: Shop) -> Decimal:
    """The VAT inside a fee; only the marketplaces tell it."""
    if shop.provider == "mirakl":
        return row.fee - penny(row.fee * 5 / _VAT_PART)
    return penny(row.fee / _VAT_PART) if shop.provider == "tiktok" and row.sale else ZERO


def is_reserve(row: BalanceRow) -> bool:
    return "RESERVE" in row.kind.upper() or row.kind == "DepositCorrection"


def day_of(row: BalanceRow, shop: Shop) -> date:
    """The day that a row belongs to. TikTok's statements are of UTC days."""
    return row.at.date() if shop.provider == "tiktok" else local_day(row.at, _ZONE)


def month_of(row: BalanceRow, shop: Shop) -> date:
    """The first day of the month that a row belongs to."""
    return day_of(row, shop).replace(day=1)


def months_of(payout: Payout) -> list[date]:
    return sorted({month_of(row, payout.shop) for row in payout.rows})


def payout_books(payout: Payout, ids: Ids) -> PayoutBooks:
    """Journals that carry the payout's id, once finance has booked it."""
    books = PayoutBooks(payout)
    if payout.posted_at is None:
        return books
    months = months_of(payout)
    if len(months) < 2:
        books.journals.append(payout_journal(payout, ids, payout.posted_at))
        return books
    rest = sums_of(payout.rows, payout.shop)
    brought = ZERO
    for month, following in itertools.pairwise(months):
        part = sums_of([row for row in payout.rows if month_of(row, payout.shop) == month], payout.shop)
        last = from_zone(datetime.combine(following - timedelta(days=1), _EVENING), _ZONE)
        books.journals.append(_part(payout, ids, last, part, [(TRANSIT, part.net)]))
        rest, brought = _without(rest, part), brought + part.net
    books.journals.append(_part(payout, ids, payout.posted_at, rest, [(BANK, payout.net), (TRANSIT, -brought)]))
    return books


def payout_journal(payout: Payout, ids: Ids, at: datetime, share: int = 1) -> Doc:
    """Everything at once, or `1 / share` of it."""
    sums = sums_of(payout.rows, payout.shop)
    if share > 1:
        sums = _shared(sums, share)
    return _part(payout, ids, at, sums, [(BANK, sums.net)])


def rest_of_journal(payout: Payout, ids: Ids, at: datetime, share: int) -> Doc:
    """What `payout_journal` with this share left over."""
    whole = sums_of(payout.rows, payout.shop)
    rest = _without(whole, _shared(whole, share))
    return _part(payout, ids, at, rest, [(BANK, rest.net)])


def fee_journal(payout: Payout, ids: Ids, at: datetime) -> Doc:
    """Only what was kept, for a payout whose net is booked elsewhere."""
    sums = sums_of(payout.rows, payout.shop)
    sums.clearing -= sums.net
    return _part(payout, ids, at, sums, [])


def _shared(sums: Sums, share: int) -> Sums:
    return Sums(
        penny(sums.fees / share),
        penny(sums.tax / share),
        penny(sums.withheld / share),
        penny(sums.clearing / share),
        {account: penny(amount / share) for account, amount in sums.by_account.items()},
    )


def _without(sums: Sums, part: Sums) -> Sums:
    return Sums(
        sums.fees - part.fees,
        sums.tax - part.tax,
        sums.withheld - part.withheld,
        sums.clearing - part.clearing,
        {account: amount - part.by_account.get(account, ZERO) for account, amount in sums.by_account.items()},
    )


def _part(payout: Payout, ids: Ids, at: datetime, sums: Sums, money: list[tuple[str, Decimal]]) -> Doc:
    shop, key = payout.shop, payout.key
    sides = [
        *money,
        (shop.fees, sums.fees),
        (shop.fee_tax, sums.tax),
        (shop.reserve, sums.withheld),
        (shop.clearing, -sums.clearing),
        *((account, -amount) for account, amount in sums.by_account.items()),
    ]
    return journal(ids, at, f"{shop.name} payout {key}", key, sides, shop.id)


def journal(
    ids: Ids, at: datetime, memo: str, reference: str | None, sides: list[tuple[str, Decimal]], reference2: str = ""
) -> Doc:
    """A journal entry; positive amounts are debits. What is zero on all sides is booked with one empty line."""
    day = to_zone(at, _ZONE).date()
    entry = ids.next("b1 journal", 40_001)
    lines = [(account, amount) for account, amount in sides if amount] or [(BANK, ZERO)]
    return {
        "JdtNum": entry,
        "Number": entry,
        "ReferenceDate": day,
        "TaxDate": day,
        "DueDate": day,
        "Memo": memo[:50],
        "Reference": reference,
        "Reference2": reference2 or None,
        "Reference3": None,
        "TransactionCode": None,
        "OriginalJournal": "ttJournalEntry",
        "Original": entry,
        "JournalEntryLines": [
            {
                "Line_ID": number,
                "AccountCode": account,
                "ShortName": account,
                "Debit": max(amount, ZERO),
                "Credit": max(-amount, ZERO),
                "FCDebit": ZERO,
                "FCCredit": ZERO,
                "FCCurrency": None,
                "LineMemo": memo[:50],
                "Reference1": reference,
                "Reference2": reference2 or None,
            }
            for number, (account, amount) in enumerate(lines)
        ],
    }


def reversal(doc: Doc, ids: Ids) -> Doc:
    """The journal that takes another back."""
    entry = ids.next("b1 journal", 40_001)
    lines = [{**line, "Debit": line["Credit"], "Credit": line["Debit"]} for line in doc["JournalEntryLines"]]
    memo = f"{doc['Memo']} (Reversal)"[:50]
    return {**doc, "JdtNum": entry, "Number": entry, "Original": entry, "Memo": memo, "JournalEntryLines": lines}


def payout_payment(payout: Payout, ids: Ids, at: datetime) -> Doc:
    """An incoming payment on account that carries the payout's id as the transfer's reference."""
    day = to_zone(at, _ZONE).date()
    entry = ids.next("b1 incoming payment")
    return {
        "DocEntry": entry,
        "DocNum": 2_000_000 + entry,
        "DocType": "rAccount",
        "CardCode": None,
        "DocDate": day,
        "TaxDate": day,
        "DueDate": day,
        "DocCurrency": CURRENCY,
        "DocRate": Decimal(1),
        "CashSum": ZERO,
        "TransferSum": payout.net,
        "TransferAccount": BANK,
        "TransferDate": day,
        "TransferReference": payout.key,
        "CounterReference": None,
        "Reference1": str(entry),
        "Reference2": None,
        "Remarks": payout.shop.name,
        "JournalRemarks": payout.shop.name,
        "Cancelled": "tNO",
        "PaymentInvoices": [],
        "PaymentChecks": [],
        "PaymentCreditCards": [],
        "PaymentAccounts": [
            {"LineNum": 0, "AccountCode": payout.shop.clearing, "SumPaid": payout.net, "Decription": "payout"}
        ],
    }


def takings_journal(shop: Shop, day: date, amount: Decimal, ids: Ids) -> Doc:
    """What customers paid and got back on a day, from the channel's business partner to the clearing account."""
    at = from_zone(datetime.combine(day, _EVENING), _ZONE)
    doc = journal(ids, at, f"{shop.name} takings", None, [(shop.clearing, amount), (_RECEIVABLES, -amount)], "takings")
    doc["JournalEntryLines"][1]["ShortName"] = shop.card_code
    return doc


def other_journal(booked: Journal, ids: Ids) -> Doc:
    """A booking that has nothing to do with payouts."""
    return journal(ids, booked.at, booked.memo, None, [(booked.account, -booked.amount), (BANK, booked.amount)])
