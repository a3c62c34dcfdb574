"""How a shop rounds tax, proved from its orders, because REST does not tell the setting.

Magento rounds the tax of one unit, of a row, or of the whole document (then it carries the remainder from line to
line, and only the document's sum means anything). Each method says what the tax of an order must be. The method of the
shop is the one that is left when every other is contradicted by some order. When none is left, or several are, nothing
is said: then a line's tax is compared with the tolerance of its document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from auditor.money import ZERO, minor_unit, round_half_up

Algorithm = Literal["UNIT_BASE_CALCULATION", "ROW_BASE_CALCULATION", "TOTAL_BASE_CALCULATION"]
ALGORITHMS: tuple[Algorithm, ...] = ("UNIT_BASE_CALCULATION", "ROW_BASE_CALCULATION", "TOTAL_BASE_CALCULATION")
_PRICE_DIGITS = Decimal("0.0001")  # prices are kept with four decimals


@dataclass(frozen=True, slots=True)
class TaxMethod:
    """`algorithm` and `price_includes_tax` ('1' or '0') as Magento's own settings name them; None: not proved."""

    algorithm: Algorithm | None
    price_includes_tax: str | None
    orders: int
    """Orders that contradicted at least one method."""


@dataclass(frozen=True, slots=True)
class _Line:
    price: Decimal
    """Of one unit as the catalogue has it."""
    quantity: Decimal
    rate: Decimal
    tax: Decimal
    is_included: bool

    @property
    def unit_tax(self) -> Decimal:
        return self.price * self.rate / (1 + self.rate) if self.is_included else self.price * self.rate


def found_in(orders: Sequence[Mapping[str, Any]]) -> TaxMethod:
    """What the orders (as they are read, with exact numbers) prove together."""
    left = set(ALGORITHMS)
    telling = 0
    included: set[bool] = set()
    for order in orders:
        lines = _lines(order)
        included |= {line.is_included for line in lines}
        fitting = {one for one in ALGORITHMS if lines and _fits(one, lines, minor_unit(order["base_currency_code"]))}
        if lines and len(fitting) < len(ALGORITHMS):
            telling += 1
            left &= fitting
    algorithm = next(iter(left)) if telling and len(left) == 1 else None
    return TaxMethod(algorithm, ("1" if True in included else "0") if len(included) == 1 else None, telling)


def includes_tax(item: Mapping[str, Any]) -> bool | None:
    """Whether the catalogue's price of an item had its tax in it; None where the item does not show it."""
    price, with_tax = item.get("base_price"), item.get("base_price_incl_tax")
    catalogue = item.get("base_original_price")
    if price is None or with_tax is None or catalogue is None or Decimal(price) == Decimal(with_tax):
        return None
    if Decimal(catalogue) == Decimal(with_tax):
        return True
    return False if Decimal(catalogue) == Decimal(price) else None


def _lines(order: Mapping[str, Any]) -> list[_Line]:
    """The lines of an order at a rate, or none where a discount or an unclear price makes its arithmetic ambiguous."""
    lines = []
    for item in order["items"]:
        tax = Decimal(item.get("base_tax_amount") or 0)
        rate = Decimal(item.get("tax_percent") or 0) / 100
        if not tax and not (rate and Decimal(item.get("base_price") or 0)):
            continue  # of a taxed line that was rounded to nothing the next line carries the remainder
        is_included = includes_tax(item)
        if is_included is None or Decimal(item.get("base_discount_amount") or 0):
            return []
        lines.append(
            _Line(
                price=Decimal(item["base_original_price"]),
                quantity=Decimal(item["qty_ordered"]),
                rate=rate,
                tax=tax,
                is_included=is_included,
            )
        )
    return lines


def _fits(algorithm: Algorithm, lines: Sequence[_Line], unit: Decimal) -> bool:
    if algorithm == "UNIT_BASE_CALCULATION":
        return all(line.tax == round_half_up(line.unit_tax, unit) * line.quantity for line in lines)
    if algorithm == "ROW_BASE_CALCULATION":
        return all(line.tax == round_half_up(line.unit_tax * line.quantity, unit) for line in lines)
    # The remainder is carried per rate, so the sum is never further off than one rounding.
    gaps: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        gaps[line.rate] += line.tax - line.unit_tax * line.quantity
    return all(abs(gap) <= unit / 2 + _PRICE_DIGITS for gap in gaps.values())
