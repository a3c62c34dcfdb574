"""Stripe's payout reconciliation report of the simulated company."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.settlements.lines import Field, charge_number, csv_text

COLUMNS = (
    "automatic_payout_id", "automatic_payout_effective_at", "balance_transaction_id", "created_utc", "currency",
    "gross", "fee", "net", "reporting_category", "source_id", "charge_id", "payment_intent_id", "description",
)  # fmt: skip
CATEGORIES = {
    "CHARGE": "charge",
    "REFUND": "refund",
    "ADJUSTMENT": "other_adjustment",
    "DISPUTE_WITHDRAWAL": "dispute",
}
"""Our kinds of rows in Stripe's words; any other kind is written in small letters, a word that Stripe does not have."""


def charge_id(transaction: int) -> str:
    return f"ch_{transaction}"


def payment_intent_id(transaction: int) -> str:
    return f"pi_{transaction}"


def refund_id(transaction: int) -> str:
    return f"re_{transaction}"


def stripe_csv(payouts: Iterable[Payout], waiting: Iterable[BalanceRow] = ()) -> str:
    """The report over some payouts, with the row of each payout itself; `waiting` rows belong to none yet."""
    rows: list[tuple[Field, ...]] = [COLUMNS]
    for payout in payouts:
        rows += _payout(payout)
    rows += [_row(row, "", "") for row in waiting]
    return csv_text(rows, end="\n")


def _payout(payout: Payout) -> Iterator[tuple[Field, ...]]:
    day = f"{payout.issued_at:%Y-%m-%d}"
    for row in payout.shown_rows:
        yield _row(row, payout.key, day)
    net, at = payout.shown_net, f"{payout.issued_at:%Y-%m-%d %H:%M:%S}"
    yield _own_row(payout, payout.key, day, at, -net, "payout")
    if payout.status in ("FAILED", "CANCELED"):
        # What came back belongs to no payout until the next one takes it along.
        yield _own_row(payout, "", "", at, net, "payout_reversal")


def _own_row(payout: Payout, key: str, day: str, at: str, amount: Decimal, category: str) -> tuple[Field, ...]:
    identity = f"txn_p{payout.number}" + ("r" if category == "payout_reversal" else "")
    money = (amount, ZERO, amount)
    return (
        key,
        day,
        identity,
        at,
        CURRENCY.lower(),
        *map(_shown, money),
        category,
        payout.key,
        "",
        "",
        "STRIPE PAYOUT",
    )


def _row(row: BalanceRow, payout: str, day: str) -> tuple[Field, ...]:
    category = CATEGORIES.get(row.kind, row.kind.lower())
    charge = charge_number(row)
    source = f"adj_{row.number}"
    if row.kind == "CHARGE" and charge is not None:
        source = charge_id(charge)
    elif row.kind == "REFUND" and row.transaction is not None:
        source = refund_id(row.transaction)
    order = f"Order {row.sale.ref}" if row.sale is not None else ""
    return (
        payout,
        day,
        f"txn_{row.number}",
        f"{row.at:%Y-%m-%d %H:%M:%S}",
        CURRENCY.lower(),
        _shown(row.amount),
        _shown(row.told_fee),
        _shown(row.net),
        category,
        source,
        charge_id(charge) if charge is not None else "",
        payment_intent_id(charge) if charge is not None else "",
        f"REFUND FOR CHARGE ({order})" if row.kind == "REFUND" and order else order,
    )


def _shown(amount: Decimal) -> str:
    return f"{amount:.2f}"
