"""Adyen's settlement detail report of the simulated company: one file for each payout batch."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor.clock import to_zone
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.settlements.lines import Field, charge_number, csv_text

COLUMNS = (
    "Company Account", "Merchant Account", "Psp Reference", "Merchant Reference", "Payment Method", "Creation Date",
    "TimeZone", "Type", "Modification Reference", "Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)",
    "Exchange Rate", "Net Currency", "Net Debit (NC)", "Net Credit (NC)", "Commission (NC)", "Markup (NC)",
    "Scheme Fees (NC)", "Interchange (NC)", "Payment Method Variant", "Batch Number",
    "Booking Date", "Booking Date TimeZone",
)  # fmt: skip
TYPES = {"CHARGE": "Settled", "REFUND": "Refunded", "ADJUSTMENT": "ManualCorrected", "DISPUTE_WITHDRAWAL": "Chargeback"}
"""Our kinds of rows in Adyen's words; any other kind is written as it is, a word that Adyen does not have."""
COMPANY, MERCHANT = "HarbourPine", "HarbourPineUK"
ZONE = ZoneInfo("Europe/Amsterdam")


def psp_reference(transaction: int) -> str:
    """Adyen's id of a payment or refund."""
    return f"88{transaction:014d}"


def adyen_name(payout: Payout) -> str:
    """What Adyen calls the file."""
    return f"settlement_detail_report_batch_{payout.key}.csv"


def adyen_csv(payout: Payout) -> str:
    """The batch of a payout, its transfer at the end. One that came to nothing has no transfer."""
    rows: list[tuple[Field, ...]] = [COLUMNS, *(_row(row, payout) for row in payout.shown_rows)]
    net = payout.shown_net
    if net or payout.net:
        rows.append(_transfer(payout, "MerchantPayout", -net))
    if payout.status in ("FAILED", "CANCELED"):
        rows.append(_transfer(payout, "BankInstructionReturned", net))
    return csv_text(rows, end="\n")


def _transfer(payout: Payout, word: str, amount: Decimal) -> tuple[Field, ...]:
    at = _at(payout.issued_at)
    text = f"Payout batch {payout.key}"
    return (
        COMPANY, MERCHANT, "", "", "", *at, word, text, CURRENCY, "", "", "", CURRENCY, *_sides(amount),
        "", "", "", "", "", payout.key, *at,
    )  # fmt: skip


def _row(row: BalanceRow, payout: Payout) -> tuple[Field, ...]:
    word = TYPES.get(row.kind, row.kind)
    charge = charge_number(row)
    is_payment = row.kind in ("CHARGE", "REFUND", "DISPUTE_WITHDRAWAL")
    return (
        COMPANY,
        MERCHANT,
        psp_reference(charge) if charge is not None else "",
        row.sale.ref if row.sale is not None else "",
        "visa" if is_payment else "",
        *_at(row.at),
        word,
        psp_reference(row.transaction) if row.kind == "REFUND" and row.transaction is not None else f"M{row.number}",
        CURRENCY,
        *(_sides(row.amount) if is_payment or row.told_fee else ("", "")),
        1,
        CURRENCY,
        *_sides(row.net),
        f"{row.told_fee:.2f}" if row.told_fee else "",
        "",
        "",
        "",
        "visastandardcredit" if is_payment else "",
        payout.key,
        *_at(payout.issued_at),
    )


def _sides(amount: Decimal) -> tuple[str, str]:
    """Debit and credit."""
    if amount < 0:
        return f"{-amount:.2f}", ""
    return "", f"{amount:.2f}"


def _at(moment: datetime) -> tuple[str, str]:
    local = to_zone(moment, ZONE)
    return f"{local:%Y-%m-%d %H:%M:%S}", local.tzname() or "CET"
