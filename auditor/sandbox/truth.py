"""What an audit of the sandbox must find, and what it must not.

Worked out from the business and from what each planted fault did to it, never with the checks' code. Subjects are the
canonical ids of a channel's records; those of Shopify are bare numbers (`5000007007`, not a gid), so a comparison
strips `gid://shopify/<Type>/` from both sides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from auditor.money import ZERO, plain
from auditor.sandbox.basics import CURRENCY, penny
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Shop

SALES_WINDOW = timedelta(days=28)
_EDGE = timedelta(hours=3)
_GID = re.compile(r"gid://shopify/\w+/")


@dataclass(frozen=True, slots=True)
class Planted:
    """A finding that must be there: open, with this owner and exactly this money at risk."""

    check: str
    channel: str
    """The shop's id, or `b1`."""
    subject_id: str
    owner: str
    currency: str | None
    money_at_risk: Decimal
    note: str
    audit: int = 1
    """From which audit on, each half an hour after the one before (`Sandbox.advance`)."""
    cause: str | None = None
    """What the finding must name as its cause; None where what was done has no name of its own."""


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Something that looks like a fault and is none: this check must not report this subject.

    `subject_id` ending in ':*' means every subject that begins so.
    """

    check: str
    channel: str
    subject_id: str
    note: str


@dataclass(slots=True)
class Truth:
    planted: list[Planted] = field(default_factory=list)
    look_alikes: list[LookAlike] = field(default_factory=list)

    def add(self, facts: Iterable[Planted | LookAlike]) -> None:
        for fact in facts:
            if isinstance(fact, Planted):
                self.planted.append(fact)
            else:
                self.look_alikes.append(fact)

    def of(self, check: str) -> list[Planted]:
        return [planted for planted in self.planted if planted.check == check]

    def as_json(self) -> dict[str, Any]:
        """JSON value, sorted, amounts as text."""
        planted = [{**asdict(fact), "money_at_risk": plain(fact.money_at_risk)} for fact in self.planted]
        return {
            "planted": sorted(planted, key=_place),
            "look_alikes": sorted((asdict(fact) for fact in self.look_alikes), key=_place),
        }

    def to_text(self) -> str:
        return json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Truth:
        planted = [Planted(**{**fact, "money_at_risk": Decimal(fact["money_at_risk"])}) for fact in value["planted"]]
        return cls(planted, [LookAlike(**fact) for fact in value["look_alikes"]])


def _place(fact: dict[str, Any]) -> tuple[str, str, str]:
    return fact["check"], fact["channel"], fact["subject_id"]


def planted(
    check: str,
    shop: Shop,
    subject: object,
    owner: str,
    money: Decimal,
    note: str,
    *,
    audit: int = 1,
    cause: str | None = None,
) -> Planted:
    """A planted fault of a shop; the money is rounded half up to the penny."""
    return Planted(check, shop.id, bare(str(subject)), owner, CURRENCY, penny(money), note, audit, cause)


def look_alike(check: str, shop: Shop, subject: object, note: str) -> LookAlike:
    return LookAlike(check, shop.id, bare(str(subject)), note)


def bare(subject_id: str) -> str:
    """A subject without the gid's type."""
    return _GID.sub("", subject_id)


@dataclass(frozen=True, slots=True)
class SalesFigure:
    """What a SKU sold for in a shop, and how much of it, in the 28 days before an audit."""

    value: Decimal
    """Net; where the shop does not tell tax, gross."""
    units: int

    @property
    def price(self) -> Decimal:
        """Average price, four decimals."""
        return (self.value / self.units).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)

    def per_cadence(self, minutes: int) -> Decimal:
        """Units sold in one cadence of this many minutes."""
        return Decimal(self.units) * minutes / int(SALES_WINDOW.total_seconds() // 60)


def sales_figures(business: Business, shop: Shop) -> dict[str, SalesFigure]:
    """By SKU, of a shop's live orders.

    Left out is what sold close to the window's edge, because that depends on the minute, and what was paid back before
    dispatch or called off after it: some channels take the one for called off, and the other for sold.
    """
    is_net = "tax" in shop.can
    edge = business.now - SALES_WINDOW
    sums: dict[str, tuple[Decimal, int]] = {}
    doubtful: set[str] = set()
    for sale in business.sales:
        if sale.shop is not shop or sale.placed_at < edge - _EDGE:
            continue
        is_called_off = sale.cancelled_at is not None
        if abs(sale.placed_at - edge) <= _EDGE or (sale.refunded and is_called_off == bool(sale.parcels)):
            doubtful.update(line.sku for line in sale.lines)
        if sale.is_live:
            for line in sale.lines:
                value, units = sums.get(line.sku, (ZERO, 0))
                sums[line.sku] = (value + (line.net if is_net else line.gross), units + line.quantity)
    return {
        sku: SalesFigure(value, units)
        for sku, (value, units) in sums.items()
        if sku not in doubtful and value and units
    }
