"""Payouts on both sides: the provider's rows and payouts in the shop, finance's journals and payments in B1."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from auditor.clock import iso, to_zone
from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, TIMEZONE, Ids
from auditor.sandbox.business import BalanceRow, Journal, Payout
from auditor.sandbox.documents import Doc
from auditor.sandbox.gids import Node, gid

BANK, CLEARING, FEES, TRANSIT = "1200", "1250", "6450", "1260"
_ZONE = ZoneInfo(TIMEZONE)


@dataclass(slots=True)
class PayoutBooks:
    """What finance booked for one payout; faults change it before it is stored."""

    payout: Payout
    journals: list[Doc] = field(default_factory=list)
    payments: list[Doc] = field(default_factory=list)


@dataclass(slots=True)
class PayoutNodes:
    """What the shop shows of one payout."""

    payout: Node
    rows: list[Node]


def payout_books(payout: Payout, ids: Ids) -> PayoutBooks:
    """One journal that carries the payout's number, once finance has booked it."""
    books = PayoutBooks(payout)
    if payout.posted_at:
        books.journals.append(payout_journal(payout, ids, payout.posted_at))
    return books


def payout_journal(payout: Payout, ids: Ids, at: datetime, part: tuple[Decimal, Decimal] | None = None) -> Doc:
    """Bank and fees against the clearing account; `part` (net, fees) books only a part of the payout."""
    net, fees = part or (payout.net, payout_fees(payout))
    number = str(payout.number)
    sides = [(BANK, net), (FEES, fees), (CLEARING, -(net + fees))]
    return journal(ids, at, f"Shopify payout {number}", number, sides, "shopify")


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
    """An incoming payment on account that carries the payout's number as the transfer's reference."""
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
        "TransferReference": str(payout.number),
        "CounterReference": None,
        "Reference1": str(entry),
        "Reference2": None,
        "Remarks": "Shopify",
        "JournalRemarks": "Shopify",
        "Cancelled": "tNO",
        "PaymentInvoices": [],
        "PaymentChecks": [],
        "PaymentCreditCards": [],
        "PaymentAccounts": [{"LineNum": 0, "AccountCode": CLEARING, "SumPaid": payout.net, "Decription": "payout"}],
    }


def other_journal(booked: Journal, ids: Ids) -> Doc:
    """A booking that has nothing to do with payouts."""
    return journal(ids, booked.at, booked.memo, None, [(booked.account, -booked.amount), (BANK, booked.amount)])


def payout_nodes(payout: Payout, ids: Ids) -> PayoutNodes:
    """The payout, its rows, and the row of the transfer itself."""
    identity = gid("ShopifyPaymentsPayout", payout.number)
    status = "PAID" if payout.status == "PAID" else payout.status
    rows = [row_node(row, identity, status) for row in payout.rows]
    if payout.net:
        transfer = BalanceRow(
            ids.next("balance row", 660_000_001), "TRANSFER", payout.issued_at, -payout.net, source="TRANSFER"
        )
        rows.append(row_node(transfer, identity, status))
    node: dict[str, Any] = {
        "id": identity,
        "legacyResourceId": str(payout.number),
        "issuedAt": iso(payout.issued_at),
        "status": payout.status,
        "transactionType": "WITHDRAWAL" if payout.net < 0 else "DEPOSIT",
        "externalTraceId": f"SHPFY{payout.number}" if payout.status == "PAID" else None,
        "net": payout.net,
        "businessEntity": {"id": gid("BusinessEntity", 1)},
        "summary": _summary(payout),
    }
    return PayoutNodes(node, rows)


def row_node(row: BalanceRow, payout: str | None, status: str = "PENDING") -> Node:
    return {
        "id": gid("ShopifyPaymentsBalanceTransaction", row.number),
        "type": row.kind,
        "test": False,
        "transactionDate": iso(row.at),
        "sourceType": row.source,
        "sourceId": str(row.number + 1_000_000_000),
        "sourceOrderTransactionId": str(row.transaction) if row.transaction else None,
        "adjustmentReason": None,
        "amount": row.amount,
        "fee": row.fee,
        "net": row.net,
        "associatedOrder": {"id": gid("Order", row.sale.order_id), "name": row.sale.name} if row.sale else None,
        "associatedPayout": {"id": payout, "status": status},
        "adjustmentsOrders": [],
    }


def _summary(payout: Payout) -> Node:
    def total(kinds: tuple[str, ...], what: str) -> Decimal:
        return sum((getattr(row, what) for row in payout.rows if row.kind in kinds), ZERO)

    others = tuple({row.kind for row in payout.rows} - {"CHARGE", "REFUND"})
    return {
        "chargesGross": total(("CHARGE",), "amount"),
        "chargesFee": total(("CHARGE",), "fee"),
        "refundsFeeGross": total(("REFUND",), "amount"),
        "refundsFee": total(("REFUND",), "fee"),
        "adjustmentsGross": total(others, "amount"),
        "adjustmentsFee": total(others, "fee"),
        "reservedFundsGross": ZERO,
        "reservedFundsFee": ZERO,
        "retriedPayoutsGross": ZERO,
        "retriedPayoutsFee": ZERO,
        "advanceGross": ZERO,
        "advanceFees": ZERO,
        "usdcRebateCreditAmount": ZERO,
    }
