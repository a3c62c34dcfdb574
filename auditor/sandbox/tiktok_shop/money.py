"""Payouts in TikTok Shop's words: a payment to the bank, and one statement for each day of its rows.

Fees are negative and added, as one sees them in live statements; a fifth of what is kept on top of a fee is its VAT.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, penny
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.tiktok_shop.state import Body, unix

_STATUS = {"PAID": "PAID", "SCHEDULED": "PROCESSING", "FAILED": "FAILED", "CANCELED": "FAILED"}
_PAID_AFTER = timedelta(hours=5)
_ADJUSTMENTS = {"ADJUSTMENT": "OTHER_ADJUSTMENT", "DISPUTE_WITHDRAWAL": "CHARGE_BACK"}
_VAT_PART = Decimal(6)


def payment(payout: Payout) -> Body:
    reserve = sum((row.net for row in payout.shown_rows if is_reserve(row)), ZERO)
    settled = sum((row.net for row in payout.shown_rows), ZERO) - reserve
    net = payout.shown_net
    body: Body = {
        "id": payout.key,
        "create_time": unix(payout.issued_at),
        "status": _STATUS[payout.status],
        "amount": {"value": str(net), "currency": CURRENCY},
        "settlement_amount": {"value": str(settled), "currency": CURRENCY},
        "payment_amount_before_exchange": {"value": str(net), "currency": CURRENCY},
        "reserve_amount": {"value": str(reserve), "currency": CURRENCY},
        "exchange_rate": "1.000000",
        "bank_account": "****4471",
    }
    if payout.status == "PAID":
        body["paid_time"] = unix(payout.issued_at + _PAID_AFTER)
    return body


def days(rows: list[BalanceRow]) -> dict[date, list[BalanceRow]]:
    found: dict[date, list[BalanceRow]] = {}
    for row in rows:
        found.setdefault(row.at.date(), []).append(row)
    return found


def statement(identity: str, day: date, rows: list[BalanceRow], payout: Payout | None) -> Body:
    """The statement of a (UTC) day, stamped with the midnight after it."""
    stamp = datetime.combine(day + timedelta(days=1), time())
    amounts = [transaction(row) for row in rows]
    body: Body = {
        "id": identity,
        "statement_time": unix(stamp),
        "currency": CURRENCY,
        "settlement_amount": sum_of(amounts, "settlement_amount"),
        "net_sales_amount": sum_of(amounts, "revenue_amount"),
        "fee_amount": sum_of(amounts, "fee_tax_amount"),
        "shipping_cost_amount": sum_of(amounts, "shipping_cost_amount"),
        "adjustment_amount": sum_of(amounts, "adjustment_amount"),
        "payment_status": "PROCESSING" if payout is None else _STATUS[payout.status],
    }
    if payout is not None:
        body["payment_id"] = payout.key
        if payout.status == "PAID":
            body["payment_time"] = unix(payout.issued_at + _PAID_AFTER)
    return body


def transaction(row: BalanceRow) -> Body:
    """A row of a statement."""
    body: Body = {"id": f"74576{row.number:014d}"}
    if is_reserve(row):
        return {
            **body,
            "type": "RESERVE",
            "reserve_id": f"74577{row.number:014d}",
            "reserve_amount": str(row.amount),
            "reserve_status": "COLLECTED" if row.amount < 0 else "RELEASED",
            "settlement_amount": "0",
        }
    if row.sale is None:
        fee = -row.told_fee
        return {
            **body,
            "type": _ADJUSTMENTS.get(row.kind, row.kind),
            "adjustment_id": f"74578{row.number:014d}",
            "adjustment_amount": str(row.amount),
            "fee_tax_amount": str(fee),
            "revenue_amount": "0",
            "shipping_cost_amount": "0",
            "settlement_amount": str(row.net),
        }
    return {**body, **_of_order(row, row.sale)}


def is_reserve(row: BalanceRow) -> bool:
    return row.kind.startswith("RESERVED_FUNDS")


def _of_order(row: BalanceRow, sale: Sale) -> Body:
    """A sale or a refund: goods in the revenue, shipping paid by the customer among the costs of shipping."""
    if row.amount < 0:
        shipping = -row.refund.shipping if row.refund else ZERO
        revenue = row.amount - shipping
        parts = {"refund_subtotal_before_discount_amount": revenue, "seller_discount_refund_amount": ZERO}
    else:
        shipping = sale.shipping + sale.tip if row.amount == sale.total else ZERO
        revenue = row.amount - shipping
        original = sum((penny(line.unit_price * line.kept) for line in sale.lines), ZERO)
        parts = {"subtotal_before_discount_amount": original, "seller_discount_amount": revenue - original}
    vat = penny(row.told_fee / _VAT_PART)
    return {
        "type": "ORDER",
        "order_id": sale.key,
        "order_create_time": unix(sale.placed_at),
        "settlement_amount": str(row.net),
        "revenue_amount": str(revenue),
        "fee_tax_amount": str(-row.told_fee),
        "shipping_cost_amount": str(shipping),
        "adjustment_amount": "0",
        "revenue_breakdown": {name: str(amount) for name, amount in parts.items()},
        "fee_tax_breakdown": {
            "fee": {"platform_commission_amount": str(vat - row.told_fee), "affiliate_commission_amount": "0"},
            "tax": {"local_vat_amount": str(-vat)},
        },
        "shipping_cost_breakdown": {
            "customer_paid_shipping_fee_amount": str(shipping),
            "actual_shipping_fee_amount": "0",
            "supplementary_component": {"customer_shipping_fee": str(shipping)},
        },
        "supplementary_component": {"platform_discount_amount": str(-sale.platform_discount)},
    }


def sum_of(amounts: list[Body], name: str) -> str:
    return str(sum((Decimal(one.get(name) or 0) for one in amounts), ZERO))
