"""PayPal's settlement report (STL) of the simulated company: one file a day, with the running balance."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor.clock import local_day, to_zone
from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.payout import BalanceRow
from auditor.sandbox.settlements.lines import Field, charge_number, csv_text

ACCOUNT = "HPPAYPAL0GB01"
ZONE = ZoneInfo("Europe/London")
COLUMNS = (
    "Transaction ID", "Invoice ID", "PayPal Reference ID", "PayPal Reference ID Type", "Transaction Event Code",
    "Transaction Initiation Date", "Transaction Completion Date", "Transaction  Debit or Credit",
    "Gross Transaction Amount", "Gross Transaction Currency", "Fee Debit or Credit", "Fee Amount", "Fee Currency",
    "Custom Field", "Consumer ID", "Payment Tracking ID", "Store ID",
)  # fmt: skip
CODES = {"CHARGE": "T0006", "REFUND": "T1107", "ADJUSTMENT": "T1200", "DISPUTE_WITHDRAWAL": "T1201"}
WITHDRAWAL = "T0400"
UNKNOWN = "T9700"
WITHDRAWN = time(23, 59, 59)
"""When a day's withdrawal leaves, in the account's zone: after all that it takes with it."""


@dataclass(slots=True)
class PayPalDay:
    """A day of the account. `withdrawal` is what goes to the bank at its end; 0: nothing does."""

    day: date
    begin: Decimal
    rows: list[BalanceRow] = field(default_factory=list)
    withdrawal: Decimal = ZERO

    @property
    def end(self) -> Decimal:
        return self.begin + sum((row.net for row in self.rows), ZERO) - self.withdrawal

    @property
    def withdrawal_id(self) -> str:
        """The canonical payout_id."""
        return f"W{self.day:%Y%m%d}"


def paypal_days(rows: Iterable[BalanceRow], *, keep: Decimal = ZERO, every: int = 1) -> list[PayPalDay]:
    """Days from the first row to the last; every so many days all but `keep` goes to the bank."""
    waiting = sorted(rows, key=lambda row: (row.at, row.number))
    days: list[PayPalDay] = []
    if not waiting:
        return days
    day, last, balance = local_day(waiting[0].at, ZONE), local_day(waiting[-1].at, ZONE), ZERO
    while day <= last:
        found = PayPalDay(day, balance, [row for row in waiting if local_day(row.at, ZONE) == day])
        days.append(found)
        if len(days) % every == 0:
            found.withdrawal = max(ZERO, found.end - keep)
        balance = found.end
        day += timedelta(days=1)
    return days


def paypal_name(day: PayPalDay) -> str:
    """What PayPal calls the file."""
    return f"STL-{day.day:%Y%m%d}.01.009.CSV"


def paypal_stl(day: PayPalDay) -> str:
    """The report of a day."""
    since, until = _local(day.day, time()), _local(day.day, time(23, 59, 59))
    made = _local(day.day + timedelta(days=1), time(9, 12, 44))
    body = list(_body(day))
    lines: list[tuple[Field, ...]] = [
        ("RH", made, "A", ACCOUNT, 9),
        ("FH", 1),
        ("SH", since, until, ACCOUNT, ""),
        ("CH", *COLUMNS),
        *body,
        (
            "SF",
            CURRENCY,
            *_totals(day),
            *_balance(day.begin),
            *_balance(day.end),
            *_balance(ZERO),
            *_balance(ZERO),
            *_balance(ZERO),
            *_balance(ZERO),
            len(body),
        ),
        ("SC", len(body)),
        ("RF", CURRENCY, *_totals(day)),
        ("RC", len(body)),
        ("FF", len(body)),
    ]
    return csv_text(lines, quoting=csv.QUOTE_NONNUMERIC)


def _body(day: PayPalDay) -> Iterator[tuple[Field, ...]]:
    for row in day.rows:
        charge = charge_number(row)
        is_payment = row.kind == "CHARGE"
        yield (
            "SB",
            _identity(row.transaction or row.number),
            row.sale.ref if row.sale is not None else "",
            _identity(charge) if charge is not None and not is_payment else "",
            "TXN" if charge is not None and not is_payment else "",
            CODES.get(row.kind, UNKNOWN),
            *[_moment(row.at)] * 2,
            *_signed(row.amount),
            CURRENCY,
            *_signed(-row.told_fee),
            CURRENCY,
            *[""] * 4,
        )
    if day.withdrawal:
        at = _local(day.day, WITHDRAWN)
        yield (
            "SB", day.withdrawal_id, "", "", "", WITHDRAWAL, at, at, *_signed(-day.withdrawal), CURRENCY, "", 0,
            CURRENCY, "", "", "", "",
        )  # fmt: skip


def _totals(day: PayPalDay) -> tuple[int, int, int, int]:
    """Gross credits and debits, fees given back and taken."""
    amounts = [row.amount for row in day.rows] + [-day.withdrawal]
    fees = [-row.told_fee for row in day.rows]
    return (*_split(amounts), *_split(fees))


def _split(amounts: list[Decimal]) -> tuple[int, int]:
    credit = sum((amount for amount in amounts if amount > 0), ZERO)
    return _minor(credit), _minor(credit - sum(amounts, ZERO))


def _signed(amount: Decimal) -> tuple[str, int]:
    if not amount:
        return "", 0
    return ("CR" if amount > 0 else "DR"), _minor(abs(amount))


def _balance(amount: Decimal) -> tuple[str, int]:
    return ("DR" if amount < 0 else "CR"), _minor(abs(amount))


def _minor(amount: Decimal) -> int:
    return int(amount * 100)


def _identity(number: int) -> str:
    return f"{number:017d}"


def _local(day: date, at: time) -> str:
    return f"{datetime.combine(day, at, ZONE):%Y/%m/%d %H:%M:%S %z}"


def _moment(moment: datetime) -> str:
    return f"{to_zone(moment, ZONE):%Y/%m/%d %H:%M:%S %z}"
