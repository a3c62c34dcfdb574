"""Money: exact decimals that never lose their currency.

Amounts are `Decimal` in Python, `DECIMAL(19,6)` in tables and strings in JSON. Nothing here accepts a float.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

_KEPT = re.compile(r"(-?\d+\.\d\d) ([A-Z]{3})")
ZERO = Decimal(0)

_HUNDREDTH = Decimal("0.01")
# ISO 4217 currencies whose minor unit is not a hundredth.
_MINOR_UNITS = dict.fromkeys(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"),
    Decimal(1),
) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), Decimal("0.001"))

_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥"}


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added or compared."""


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01 for GBP, 1 for JPY, 0.001 for KWD."""
    return _MINOR_UNITS.get(currency, _HUNDREDTH)


def round_half_up(amount: Decimal, unit: Decimal) -> Decimal:
    """Commercial rounding to a multiple of `unit`: half goes away from zero."""
    return (amount / unit).quantize(Decimal(1), rounding=ROUND_HALF_UP) * unit


def round_half_even(amount: Decimal, unit: Decimal) -> Decimal:
    """Banker's rounding to a multiple of `unit`."""
    return (amount / unit).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * unit


def decimal_of(value: str | int | Decimal) -> Decimal:
    """A decimal from text or an integer; a float is refused because it is not the amount that was written."""
    if isinstance(value, float):
        raise TypeError("an amount must not be a float; parse JSON with parse_float=Decimal")
    return Decimal(value)


def explainable_tax_gap(line_count: int, unit: Decimal) -> Decimal:
    """Largest gap between tax rounded per line and tax rounded once per document.

    Each rounding moves a value by at most half a minor unit, and there are `line_count` + 1 roundings.
    A larger gap is an error, not rounding.
    """
    return unit * (line_count + 1) / 2


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency. Adding or comparing across currencies raises `CurrencyMismatch`."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other).amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other).amount

    def rounded(self) -> Money:
        """Rounded half up to the currency's minor unit."""
        return Money(round_half_up(self.amount, minor_unit(self.currency)), self.currency)

    def __str__(self) -> str:
        return format_money(self.amount, self.currency)

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be added or compared")
        return other


def format_money(amount: Decimal, currency: str | None) -> str:
    """`£1,234.50`, `-£3.00`, `1,234.50 CHF`, `¥1,200`: for people, rounded to the minor unit."""
    rounded = round_half_up(amount, minor_unit(currency or ""))
    text = f"{abs(rounded):,f}"
    sign = "-" if rounded < 0 else ""
    symbol = _SYMBOLS.get(currency or "")
    if symbol:
        return f"{sign}{symbol}{text}"
    return f"{sign}{text} {currency}".rstrip() if currency else f"{sign}{text}"


def format_kept(text: str) -> str:
    """`£1,234.50` of `1234.50 GBP`, as evidence keeps it; any other text, and fractions of a penny, as they are."""
    found = _KEPT.fullmatch(text)
    return format_money(Decimal(found[1]), found[2]) if found else text


def plain(amount: Decimal) -> str:
    """Decimal text for JSON: no exponent, no superfluous zeros, at least two decimals."""
    text = format(amount.normalize(), "f") if amount else "0"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"


def total(amounts: Iterable[Money]) -> dict[str, Decimal]:
    """Sums per currency, because different currencies are never added."""
    sums: dict[str, Decimal] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, ZERO) + money.amount
    return sums
