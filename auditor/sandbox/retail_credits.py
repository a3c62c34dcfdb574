"""Credit notes of a file: which earlier sale each line gives back.

The file does not say. A line is matched with the latest earlier sale of the same customer, item and price of which so
many units are left; an exact quantity wins. Postage and discounts on a credit note go with the sale that its goods were
matched to, or with the customer's latest sale. A credit note within an hour that gives back a whole sale calls it off.
What finds no sale was sold before the file begins.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from auditor.money import ZERO
from auditor.sandbox import life
from auditor.sandbox.basics import penny
from auditor.sandbox.business import Business, OldCredit
from auditor.sandbox.retail_lines import FileDocument, FileLine, Kind
from auditor.sandbox.sale import Sale, SaleLine

_CALLED_OFF_WITHIN = timedelta(hours=1)
_AFTER_DISPATCH = timedelta(hours=2)
_OLDEST_REFERENCE = 100_001


@dataclass(slots=True, eq=False)
class _Left:
    """Units of a sold line that have not come back yet."""

    sale: Sale
    line: SaleLine
    units: int


@dataclass(slots=True)
class _Return:
    """One credit note's part for one sale."""

    at: datetime
    parts: list[tuple[SaleLine, int]] = field(default_factory=list)
    postage: Decimal = ZERO
    goodwill: Decimal = ZERO


class Credits:
    """`sold` and `take` as the file goes on; `settle` makes the refunds once dispatch is known."""

    def __init__(self, business: Business, fates: Counter[str], rng: Random) -> None:
        self._business = business
        self._fates = fates
        self._rng = rng
        self._left: dict[tuple[int, str, Decimal], list[_Left]] = {}
        self._latest: dict[int, Sale] = {}
        self._returns: dict[int, list[_Return]] = {}
        self._sales: dict[int, Sale] = {}
        self._called_off: dict[int, datetime] = {}

    def sold(self, sale: Sale, line: SaleLine, origin: FileLine) -> None:
        if sale.customer:
            self._latest[sale.customer] = sale
            if origin.price:
                key = (sale.customer, origin.code, origin.price)
                self._left.setdefault(key, []).append(_Left(sale, line, line.quantity))

    def take(self, document: FileDocument, lines: list[FileLine]) -> None:
        """A credit note: its goods first, then what goes with them."""
        found: dict[int, _Return] = {}
        old: list[FileLine] = []
        for line in lines:
            if line.kind in (Kind.PRODUCT, Kind.MANUAL, Kind.VOUCHER):
                left = self._match(document, line)
                if left is not None:
                    self._fates["refunded"] += 1
                    part = self._part(found, left.sale, document.at)
                    part.parts.append((left.line, -line.quantity))
                    left.units += line.quantity
                else:
                    old.append(line)
        extras = [line for line in lines if line.kind in (Kind.POSTAGE, Kind.DISCOUNT)]
        extras += [line for line in old if line.kind is Kind.MANUAL]
        old = [line for line in old if line.kind is not Kind.MANUAL]
        sale = self._sales[next(iter(found))] if found else self._latest.get(document.customer or 0)
        rest = [line for line in extras if not self._give_money(document, line, sale, found)]
        if old or rest:
            self._from_before(document, sale, old, rest)
        if not old and not rest and len(found) == 1:
            self._maybe_called_off(self._sales[next(iter(found))], document.at)

    def is_called_off(self, sale: Sale) -> bool:
        """Given back as a whole within the hour; makes the cancellation."""
        at = self._called_off.get(sale.order_id)
        if at is None:
            return False
        life.cancel(sale, at, self._business.ids, self._rng)
        if sale.posted_at and sale.posted_at > at:
            sale.posted_at = None
        self._returns.pop(sale.order_id)
        return True

    def settle(self) -> None:
        """Make the refunds, none before two hours after the dispatch."""
        for order_id, returns in sorted(self._returns.items()):
            sale = self._sales[order_id]
            sent_at = sale.parcels[-1].shipped_at if sale.parcels else sale.placed_at
            for part in sorted(returns, key=lambda one: one.at):
                units: dict[SaleLine, int] = {}
                for line, count in part.parts:
                    units[line] = units.get(line, 0) + count
                at = min(max(part.at, sent_at + _AFTER_DISPATCH), self._business.now - timedelta(minutes=3))
                given = life.refund(sale, at, list(units.items()), self._business.ids, self._rng)
                given.shipping = part.postage
                if sale.shipping and part.postage:
                    given.shipping_tax = penny(sale.shipping_tax * part.postage / sale.shipping)
                given.adjustment = part.goodwill
                if given.credited_at and given.credited_at > self._business.now:
                    given.credited_at = None

    def _match(self, document: FileDocument, line: FileLine) -> _Left | None:
        if document.customer is None or line.quantity >= 0:
            return None
        wanted = -line.quantity
        candidates = [
            left
            for left in self._left.get((document.customer, line.code, line.price), ())
            if left.units >= wanted and left.sale.placed_at <= document.at
        ]
        exact = [left for left in candidates if left.line.quantity == wanted]
        return (exact or candidates)[-1] if candidates else None

    def _part(self, found: dict[int, _Return], sale: Sale, at: datetime) -> _Return:
        if sale.order_id not in found:
            found[sale.order_id] = _Return(at)
            self._returns.setdefault(sale.order_id, []).append(found[sale.order_id])
            self._sales[sale.order_id] = sale
        return found[sale.order_id]

    def _give_money(self, document: FileDocument, line: FileLine, sale: Sale | None, found: dict[int, _Return]) -> bool:
        """Postage or a discount given back with a sale, unless that would be more than was paid.

        Where the shop has no word for it nothing is given back; it is a credit memo in B1 alone.
        """
        amount = -penny(line.value)
        if sale is None or amount < 0 or self._given(sale) + amount > sale.total:
            return False
        if amount == 0:
            self._fates["refunded (no value)"] += 1
            return True
        postage = sum((one.postage for one in self._returns.get(sale.order_id, ())), ZERO)
        fits = line.kind is Kind.POSTAGE and postage + amount <= sale.shipping
        if fits and "refund_shipping" in sale.shop.can:
            self._part(found, sale, document.at).postage += amount
            self._fates["refunded shipping"] += 1
        elif "refund_adjustment" in sale.shop.can:
            self._part(found, sale, document.at).goodwill += amount
            self._fates["refunded as goodwill"] += 1
        else:
            return False
        return True

    def _given(self, sale: Sale) -> Decimal:
        total = ZERO
        for part in self._returns.get(sale.order_id, ()):
            total += part.postage + part.goodwill
            total += sum((penny(line.gross * units / line.quantity) for line, units in part.parts), ZERO)
        return total

    def _maybe_called_off(self, sale: Sale, at: datetime) -> None:
        units = {id(line): line.quantity for line in sale.lines}
        for part in self._returns[sale.order_id]:
            for line, count in part.parts:
                units[id(line)] -= count
        if not any(units.values()) and at - sale.placed_at <= _CALLED_OFF_WITHIN:
            self._called_off[sale.order_id] = at

    def _from_before(
        self, document: FileDocument, sale: Sale | None, lines: list[FileLine], money: list[FileLine]
    ) -> None:
        shop = sale.shop if sale else self._business.shops[0]
        reference = shop.ref_format.format(n=self._business.ids.next("old reference", _OLDEST_REFERENCE))
        credit = OldCredit(shop, reference, document.at, [])
        for line in lines:
            self._fates["credited, sold before the file begins"] += 1
            code = line.code if line.kind is Kind.PRODUCT else "GIFTCARD"
            rate = self._business.items[code].rate
            credit.lines.append((code, -line.quantity, -penny(line.value), rate))
        for line in money:
            self._fates["credited without a sale (money only)"] += 1
            credit.goodwill -= penny(line.value)
        self._business.old_credits.append(credit)
