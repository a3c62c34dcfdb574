"""The payment provider's account: rows for charges and refunds, paid out every working day. Synthetic."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

from auditor.clock import add_business_days
from auditor.sandbox.basics import penny
from auditor.sandbox.business import BalanceRow, Business, Payment, Payout

_RATE = Decimal("0.015")
_FIXED = Decimal("0.25")
ISSUED = time(4, 30)
POSTED = time(10, 5)


def settle(business: Business) -> None:
    """Fill `payouts` and `pending_rows` from the sales' payments and refunds.

    A payout holds the rows of the days up to two days before it is issued; finance books it the next working day.
    """
    rows = sorted(_rows(business), key=lambda row: (row.at, row.number))
    if not rows:
        return
    day = add_business_days(rows[0].at.date(), 1)
    position = 0
    while datetime.combine(day, ISSUED) <= business.now:
        limit = datetime.combine(day - timedelta(days=1), time())
        taken = position
        while taken < len(rows) and rows[taken].at < limit:
            taken += 1
        if taken > position:
            posted_at = datetime.combine(add_business_days(day, 1), POSTED)
            payout = Payout(
                business.ids.next("payout", 110_700_001), datetime.combine(day, ISSUED), rows[position:taken]
            )
            payout.posted_at = posted_at if posted_at <= business.now else None
            business.payouts.append(payout)
            position = taken
        day = add_business_days(day, 1)
    business.pending_rows = rows[position:]


def _rows(business: Business) -> list[BalanceRow]:
    ids = business.ids
    rows = []
    for sale in business.sales:
        if sale.is_test:
            continue
        for payment in sale.payments:
            if _moves(payment):
                fee = penny(payment.amount * _RATE + _FIXED)
                number = ids.next("balance row", 660_000_001)
                rows.append(BalanceRow(number, "CHARGE", payment.at, payment.amount, fee, sale, payment.number))
        for refund in sale.refunds:
            if refund.gateway == "shopify_payments" and refund.status == "SUCCESS" and refund.total:
                number = ids.next("balance row", 660_000_001)
                rows.append(
                    BalanceRow(
                        number,
                        "REFUND",
                        refund.at,
                        -refund.total,
                        sale=sale,
                        transaction=refund.transaction,
                        source="REFUND",
                    )
                )
    return rows


def _moves(payment: Payment) -> bool:
    """Money came in through the provider."""
    is_sale = payment.kind == "SALE" and payment.status == "SUCCESS"
    return is_sale and payment.gateway == "shopify_payments" and bool(payment.amount)
