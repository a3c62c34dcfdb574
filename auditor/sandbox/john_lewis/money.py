"""Payouts in Mirakl's words: billing cycles, and the lines of the transaction log that they consist of.

A row of the provider's account is several lines: goods, delivery, commission, and the tax on the commission.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.john_lewis.orders import split_fee
from auditor.sandbox.john_lewis.wire import Node, instant
from auditor.sandbox.payout import BalanceRow, Payout

_PAY_OUT = {"PAID": "PAID", "SCHEDULED": "TO_PAY", "FAILED": "FAILED", "CANCELED": "FAILED"}
_KINDS = {"ADJUSTMENT": ("MANUAL_CREDIT", "MANUAL_INVOICE")}


def cycle_body(payout: Payout) -> Node:
    """The billing cycle."""
    state = _PAY_OUT[payout.status]
    pay_out: Node = {"state": state}
    if state == "PAID":
        pay_out |= {"reference": f"JLP{payout.key}", "transaction_date": instant(payout.issued_at)}
    if state == "FAILED":
        pay_out["failure_reason"] = "INCOMPLETE_KYC"
    fees = sum((row.told_fee for row in payout.shown_rows), ZERO)
    return {
        "amount_transferred_to_operator": fees,
        "amount_transferred_to_seller": payout.shown_net,
        "currency_iso_code": CURRENCY,
        "date_created": instant(payout.issued_at),
        "id": payout.key,
        "pay_out": pay_out,
        "payment_voucher_number": f"{payout.number:09d}",
        "shop": {"shop_id": 2000, "shop_model": "MARKETPLACE", "shop_name": "Harbour & Pine"},
        "summary": {
            "total_payable_orders_incl_tax": _sum(payout, "CHARGE"),
            "total_refund_payable_orders_incl_tax": _sum(payout, "REFUND"),
            "total_commissions_incl_tax": -fees,
            "total_refund_commissions_incl_tax": ZERO,
            "total_other_credits_incl_tax": sum((r.amount for r in _others(payout) if r.amount > 0), ZERO),
            "total_other_invoices_incl_tax": sum((r.amount for r in _others(payout) if r.amount < 0), ZERO),
            "total_subscription_incl_tax": ZERO,
            "total_seller_fees_on_orders_incl_tax": ZERO,
            "total_seller_penalty_fees_incl_tax": ZERO,
        },
    }


def lines_of_payout(payout: Payout) -> Iterator[Node]:
    """The lines of the rows as they are shown, and the payment itself where it was made."""
    state = "PAID" if payout.status == "PAID" else "PAYABLE"
    seen: dict[int, int] = {}
    for row in payout.shown_rows:
        # A row that is shown twice is told under another id.
        seen[row.number] = seen.get(row.number, 0) + 1
        copy = f"x{seen[row.number]}" if seen[row.number] > 1 else ""
        yield from lines_of_row(row, payout, state, f"{row.number}{copy}")
    if payout.status == "PAID":
        yield _line(f"{payout.key}-PAYMENT", "PAYMENT", -payout.shown_net, payout.issued_at, payout, state, {})


def lines_of_row(row: BalanceRow, payout: Payout | None, state: str, identity: str) -> Iterator[Node]:
    """The lines of one row; without a payout it waits for one."""
    entities: Node = {}
    if row.sale:
        entities["order"] = {"id": row.sale.key, "commercial_id": row.sale.key.removesuffix("-A")}
    if row.refund:
        entities["refund"] = {"id": f"{row.refund.refund_id}-1"}
    amounts = [*_amounts(row)]
    if row.told_fee:
        net, vat = split_fee(row.told_fee)
        amounts += [("COMMISSION_FEE", -net), ("COMMISSION_VAT", -vat)]
    for number, (kind, amount) in enumerate(amounts, 1):
        yield _line(f"{identity}-{number}", kind, amount, row.at, payout, state, entities)


def _amounts(row: BalanceRow) -> Iterator[tuple[str, Decimal]]:
    if row.kind == "CHARGE":
        shipping = row.sale.shipping if row.sale and row.sale.total == row.amount else ZERO
        yield "ORDER_AMOUNT", row.amount - shipping
        if shipping:
            yield "ORDER_SHIPPING_AMOUNT", shipping
    elif row.kind == "REFUND":
        shipping = row.refund.shipping if row.refund and row.refund.total == -row.amount else ZERO
        yield "REFUND_ORDER_AMOUNT", row.amount + shipping
        if shipping:
            yield "REFUND_ORDER_SHIPPING_AMOUNT", -shipping
    elif row.kind in _KINDS:
        yield _KINDS[row.kind][row.amount < 0], row.amount
    else:
        yield row.kind, row.amount


def _line(
    identity: str,
    kind: str,
    amount: Decimal,
    at: datetime,
    payout: Payout | None,
    state: str,
    entities: Node,
) -> Node:
    return {
        "amount": amount,
        "amount_credited": max(amount, ZERO),
        "amount_debited": max(-amount, ZERO),
        "balance": ZERO,
        "currency_iso_code": CURRENCY,
        "date_created": instant(at),
        "entities": entities,
        "id": identity,
        "last_updated": instant(payout.issued_at if payout else at),
        "payment_state": state,
        "type": kind,
        **({"seller_billing_cycle_id": payout.key} if payout else {}),
    }


def _others(payout: Payout) -> list[BalanceRow]:
    return [row for row in payout.shown_rows if row.kind not in ("CHARGE", "REFUND")]


def _sum(payout: Payout, kind: str) -> Decimal:
    return sum((row.amount for row in payout.shown_rows if row.kind == kind), ZERO)
