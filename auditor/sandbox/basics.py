"""Names, amounts and numbers that the whole sandbox shares. Tax is inside prices and rounded half up per line."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from auditor.money import ZERO

PENNY = Decimal("0.01")
STANDARD = Decimal("0.2")
COMPANY = "Harbour & Pine Ltd"
CURRENCY = "GBP"
TIMEZONE = "Europe/London"


def penny(amount: Decimal) -> Decimal:
    """Rounded half up to the penny."""
    return amount.quantize(PENNY, rounding=ROUND_HALF_UP)


def tax_inside(gross: Decimal, rate: Decimal) -> Decimal:
    """The tax contained in a tax-inclusive amount, rounded once."""
    return penny(gross * rate / (1 + rate)) if rate else ZERO


def tracking_key(number: str) -> str:
    """A tracking number without blanks and punctuation, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", number.upper())


def shares(amount: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """An amount divided by weight into pennies; the last share takes what rounding left over."""
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO] * len(weights)
    parts = [penny(amount * weight / whole) for weight in weights[:-1]]
    return [*parts, amount - sum(parts, ZERO)]


def next_tick(moment: datetime, minutes: int = 15) -> datetime:
    """When the middleware's next run after a moment begins."""
    start = moment.replace(minute=0, second=0, microsecond=0)
    steps = (moment - start) // timedelta(minutes=minutes) + 1
    return start + steps * timedelta(minutes=minutes)


class Ids:
    """Running numbers, one row per kind; every run of the same seed gives the same."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def next(self, kind: str, first: int = 1) -> int:
        number = self._next.get(kind, first)
        self._next[kind] = number + 1
        return number

    def give_back(self, kind: str) -> None:
        """The last number of a kind was not used after all."""
        self._next[kind] -= 1

    def at_least(self, kind: str, number: int) -> None:
        """The next number of a kind is not below `number`."""
        self._next[kind] = max(self._next.get(kind, number), number)
