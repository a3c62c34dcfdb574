"""Payouts of Shopify Payments and the rows of its account, as the Admin API shows them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from auditor.clock import iso
from auditor.money import ZERO
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Dispute, Sale
from auditor.sandbox.shopify.gids import Node, gid

_FIRST_TRANSFER = 690_000_000
_TO_ANSWER, _TO_DECIDE = timedelta(days=9), timedelta(days=2)


def payout_node(payout: Payout) -> Node:
    return {
        "id": payout_gid(payout),
        "legacyResourceId": str(payout.number),
        "issuedAt": iso(payout.issued_at),
        "status": payout.status,
        "transactionType": "WITHDRAWAL" if payout.net < 0 else "DEPOSIT",
        "externalTraceId": f"SHPFY{payout.number}" if payout.status == "PAID" else None,
        "net": payout.shown_net,
        "businessEntity": {"id": gid("BusinessEntity", 1)},
        "summary": _summary(payout),
    }


def payout_gid(payout: Payout) -> str:
    return gid("ShopifyPaymentsPayout", payout.number)


def row_nodes(payout: Payout) -> list[Node]:
    """The payout's rows, and the row of the transfer itself."""
    rows = [row_node(row, payout_gid(payout), payout.status) for row in payout.shown_rows]
    if payout.net:
        number = _FIRST_TRANSFER + payout.number % 10_000_000
        transfer = BalanceRow(number, "TRANSFER", payout.issued_at, -payout.net, source="TRANSFER")
        rows.append(row_node(transfer, payout_gid(payout), payout.status))
    return rows


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
        "fee": row.told_fee,
        "net": row.net,
        "associatedOrder": {"id": gid("Order", row.sale.order_id), "name": row.sale.name} if row.sale else None,
        "associatedPayout": {"id": payout, "status": status},
        "adjustmentsOrders": [],
    }


def dispute_node(sale: Sale, dispute: Dispute) -> Node:
    is_over = dispute.status in ("LOST", "WON")
    return {
        "id": gid("ShopifyPaymentsDispute", dispute.number),
        "legacyResourceId": str(dispute.number),
        "type": dispute.kind,
        "status": dispute.status,
        "initiatedAt": iso(dispute.at),
        "evidenceDueBy": (dispute.at + _TO_ANSWER).date().isoformat(),
        "evidenceSentOn": None,
        "finalizedOn": (dispute.at + _TO_DECIDE).date().isoformat() if is_over else None,
        "amount": dispute.amount,
        "order": {"id": gid("Order", sale.order_id)},
        "reasonDetails": {"reason": "FRAUDULENT", "networkReasonCode": "4837"},
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
