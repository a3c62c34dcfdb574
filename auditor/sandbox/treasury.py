"""Payouts in B1: finance's journals and payments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor.clock import to_zone
from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, TIMEZONE, Ids
from auditor.sandbox.business import Journal, Payout
from auditor.sandbox.documents import Doc

BANK, TRANSIT = "1200", "1260"
_ZONE = ZoneInfo(TIMEZONE)


@dataclass(slots=True)
class PayoutBooks:
    """What finance booked for one payout; faults change it before it is stored."""

    payout: Payout
    journals: list[Doc] = field(default_factory=list)
    payments: list[Doc] = field(default_factory=list)


def payout_books(payout: Payout, ids: Ids) -> PayoutBooks:
    """One journal that carries the payout's id, once finance has booked it."""
    books = PayoutBooks(payout)
    if payout.posted_at:
        books.journals.append(payout_journal(payout, ids, payout.posted_at))
    return books


def payout_journal(payout: Payout, ids: Ids, at: datetime, part: tuple[Decimal, Decimal] | None = None) -> Doc:
    """Bank and fees against the clearing account; `part` (net, fees) books only a part of the payout."""
    net, fees = part or (payout.net, payout_fees(payout))
    shop, key = payout.shop, payout.key
    sides = [(BANK, net), (shop.fees, fees), (shop.clearing, -(net + fees))]
    return journal(ids, at, f"{shop.name} payout {key}", key, sides, shop.id)


def payout_fees(payout: Payout) -> Decimal:
    return sum((row.fee for row in payout.rows), ZERO)


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


def other_journal(booked: Journal, ids: Ids) -> Doc:
    """A booking that has nothing to do with payouts."""
    return journal(ids, booked.at, booked.memo, None, [(booked.account, -booked.amount), (BANK, booked.amount)])
