"""The payment providers' accounts: rows for charges and refunds, paid out on working days. Synthetic.

A shop's provider pays what the customer paid. A marketplace pays what was sent: it needs to be told of every parcel.
Now and then a provider withholds a part, and gives it back some payouts later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor.clock import add_business_days, from_zone, local_day
from auditor.sandbox.basics import TIMEZONE, penny
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.documents import Doc
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Payment, Sale
from auditor.sandbox.settlements.paypal import WITHDRAWN, PayPalDay, paypal_days

_FEES: dict[str, tuple[Decimal, Decimal]] = {
    "mirakl": (Decimal("0.15"), Decimal(0)),
    "tiktok": (Decimal("0.09"), Decimal(0)),
}
"""Commission of marketplaces: a share, and a fixed part."""
_CARD_FEE = (Decimal("0.015"), Decimal("0.25"))
_CONTRACTS = {
    "mirakl": (("COMMISSION_FEE", Decimal("12.5"), Decimal(0)),),
    "tiktok": (("charge", Decimal("7.5"), Decimal(0)),),
}
"""Of those who add tax to the fee: type, per cent without the tax, fixed part."""
_CARD_CONTRACT = (("charge", Decimal("1.5"), Decimal("0.25")),)
_RESERVE = {
    "shopify_payments": ("RESERVED_FUNDS", "RESERVED_FUNDS_REVERSAL"),
    "stripe": ("RISK_RESERVED_FUNDS", "RISK_RESERVED_FUNDS"),
    "adyen": ("DepositCorrection", "DepositCorrection"),
    "mirakl": ("RESERVE_FUNDING", "RESERVE_SETTLEMENT"),
    "tiktok": ("RESERVED_FUNDS_HELD", "RESERVED_FUNDS_RELEASED"),
}
"""What the providers call withholding and giving back."""
_RESERVE_ROUND, _WITHHELD_IN, _RELEASED_IN = 6, 2, 4
_TOLD_WITHIN = timedelta(hours=1)
_RESERVE_SHARE = Decimal("0.05")
_DAYS_BETWEEN_WITHDRAWALS = 7
_ZONE = ZoneInfo(TIMEZONE)
ISSUED = time(4, 30)
POSTED = time(10, 5)


def settle(business: Business) -> None:
    """Fill `payouts`, `pending_rows` and `paypal_rows` from the sales' payments and refunds.

    A payout holds the rows of the days up to two days before it is issued; finance books it the next working day.
    """
    sales: dict[str, list[Sale]] = {shop.id: [] for shop in business.shops}
    for sale in business.sales:
        sales[sale.shop.id].append(sale)
    for shop in business.shops:
        rows = _rows(business, sales[shop.id], shop.provider)
        _pay_out(business, shop, sorted(rows, key=lambda row: (row.at, row.number)))
        if shop.has_files and shop.takes_paypal:
            business.paypal_rows[shop.id] = list(_rows(business, sales[shop.id], "paypal"))
            business.payouts += _withdrawals(business, shop)


def contract_of(shop: Shop) -> tuple[tuple[str, Decimal, Decimal], ...]:
    """What was agreed with the shop's provider: type of fee, per cent, fixed part."""
    return _CONTRACTS.get(shop.provider, _CARD_CONTRACT)


def needs_dispatch(shop: Shop) -> bool:
    """Whether an order is paid out only once its dispatch is confirmed."""
    return shop.provider in _CONTRACTS


def is_held(sale: Sale, deliveries: Iterable[Doc], now: datetime) -> bool:
    """Sent according to B1 an hour ago and more, and the marketplace that would pay for it was not told."""
    if not needs_dispatch(sale.shop) or not sale.is_live:
        return False
    untold = [one for one in sale.parcels if one.told_at is None or one.told_at > now]
    sent = any(one["Cancelled"] == "tNO" and one["CancelStatus"] == "csNo" for one in deliveries)
    return sent and any(now - parcel.shipped_at >= _TOLD_WITHIN for parcel in untold)


def reserve_row(shop: Shop, number: int, at: datetime, amount: Decimal) -> BalanceRow:
    """Withheld (negative) or given back."""
    return BalanceRow(number, _RESERVE[shop.provider][amount > 0], at, amount, source="ADJUSTMENT")


def days_of_paypal(business: Business, shop: Shop) -> list[PayPalDay]:
    """The days of a shop's PayPal account that are over."""
    today = local_day(business.now, _ZONE)
    rows = [row for row in business.paypal_rows.get(shop.id, ()) if local_day(row.at, _ZONE) < today]
    return paypal_days(rows, every=_DAYS_BETWEEN_WITHDRAWALS)


def _withdrawals(business: Business, shop: Shop) -> Iterable[Payout]:
    rows: list[BalanceRow] = []
    for day in days_of_paypal(business, shop):
        rows += day.rows
        if day.withdrawal:
            at = from_zone(datetime.combine(day.day, WITHDRAWN), _ZONE)
            posted_at = datetime.combine(add_business_days(day.day, 1), POSTED)
            payout = Payout(shop, business.ids.next("payout", 110_700_001), at, rows)
            payout.posted_at = posted_at if posted_at <= business.now else None
            payout.withdrawal_id = day.withdrawal_id
            yield payout
            rows = []


def _pay_out(business: Business, shop: Shop, rows: list[BalanceRow]) -> None:
    if not rows:
        return
    day = add_business_days(rows[0].at.date(), 1)
    position, count, withheld = 0, 0, Decimal(0)
    while datetime.combine(day, ISSUED) <= business.now:
        limit = datetime.combine(day - timedelta(days=1), time())
        taken = position
        while taken < len(rows) and rows[taken].at < limit:
            taken += 1
        if taken > position:
            posted_at = datetime.combine(add_business_days(day, 1), POSTED)
            number = business.ids.next("payout", 110_700_001)
            payout = Payout(shop, number, datetime.combine(day, ISSUED), rows[position:taken])
            payout.posted_at = posted_at if posted_at <= business.now else None
            business.payouts.append(payout)
            position, count = taken, count + 1
            change = _reserved(payout, count, withheld)
            if change:
                number = business.ids.next("balance row", 660_000_001)
                payout.rows.append(reserve_row(shop, number, payout.rows[-1].at, change))
                withheld -= change
        day = add_business_days(day, shop.payout_days)
    business.pending_rows[shop.id] = rows[position:]


def _reserved(payout: Payout, count: int, withheld: Decimal) -> Decimal:
    """What this payout keeps back (negative) or brings back."""
    if count % _RESERVE_ROUND == _WITHHELD_IN:
        return -penny(max(payout.net, Decimal(0)) * _RESERVE_SHARE)
    return withheld if count % _RESERVE_ROUND == _RELEASED_IN else Decimal(0)


def settled_at(sale: Sale, payment: Payment) -> datetime | None:
    """When the provider credits a payment; None while a marketplace waits for the dispatch."""
    if not needs_dispatch(sale.shop):
        return payment.at
    told = [parcel.told_at for parcel in sale.parcels]
    known = [at for at in told if at is not None]
    return max(known) if known and len(known) == len(told) else None


def _rows(business: Business, sales: list[Sale], payer: str) -> list[BalanceRow]:
    """Of the account at one payer."""
    ids = business.ids
    rows = []
    for sale in sales:
        if sale.is_test:
            continue
        share, fixed = _FEES.get(sale.shop.provider, _CARD_FEE)
        is_credited = False
        for payment in sale.payments:
            at = settled_at(sale, payment)
            if _moves(payment, payer) and at is not None and at <= business.now:
                is_credited = True
                fee = penny(payment.amount * share + fixed)
                number = ids.next("balance row", 660_000_001)
                rows.append(BalanceRow(number, "CHARGE", at, payment.amount, fee, sale, payment.number))
        is_there = is_credited or not needs_dispatch(sale.shop)
        for refund in sale.refunds:
            if is_there and refund.gateway == payer and refund.status == "SUCCESS" and refund.total:
                number = ids.next("balance row", 660_000_001)
                row = BalanceRow(number, "REFUND", refund.at, -refund.total, sale=sale, transaction=refund.transaction)
                row.source, row.refund = "REFUND", refund
                rows.append(row)
    return rows


def _moves(payment: Payment, payer: str) -> bool:
    """Money came in through this payer."""
    is_sale = payment.kind == "SALE" and payment.status == "SUCCESS"
    return is_sale and payment.gateway == payer and bool(payment.amount)
