"""Rounding that has a cause: a month of documents that all stray the same way, and a month rounded by another setting.

The documents' own findings are those of `faults.tax`; what they add up to per shop and month is worked out here, from
the sales and from what was done to each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.documents import STANDARD_CODE
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.memos import company_day
from auditor.sandbox.faults.tax import RoundedOnce, RoundingCase, TaxCutOff
from auditor.sandbox.sale import Sale
from auditor.sandbox.truth import planted

_FLOOR, _SIGMAS, _DEVIATION = Decimal(1), Decimal(4), Decimal("0.0029")
_MANY, _ONE_SIDED = 30, Decimal("0.95")
_OF_ONE_METHOD, _METHOD_SHARE = 10, Decimal("0.8")


@dataclass(eq=False)
class TaxMonth:
    """All documents of a shop and month whose tax was made to differ by rounding."""

    shop: Shop
    period: str
    sales: list[tuple[Sale, RoundingCase]] = field(default_factory=list)

    @property
    def difference(self) -> Decimal:
        return sum((case.stray(sale) for sale, case in self.sales), ZERO)

    @property
    def is_setting(self) -> bool:
        """Most documents of the month were rounded once, and there are enough of them."""
        once = sum(isinstance(case, RoundedOnce) for _, case in self.sales)
        return once >= _OF_ONE_METHOD and once >= _METHOD_SHARE * len(self.sales)

    @property
    def is_told(self) -> bool:
        """Whether the month is a finding of its own, and its documents hang below it."""
        strays = [case.stray(sale) for sale, case in self.sales]
        lines = sum(len(sale.lines) + 1 for sale, _ in self.sales)
        above = sum(stray > 0 for stray in strays)
        one_sided = max(above, len(strays) - above) >= _ONE_SIDED * len(strays)
        bound = (_SIGMAS * _DEVIATION) ** 2 * lines
        is_large = abs(self.difference) > _FLOOR and self.difference**2 > bound
        return is_large or (len(strays) >= _MANY and one_sided) or self.is_setting

    def fact(self) -> Fact:
        subject = f"{STANDARD_CODE}:{self.period}:{CURRENCY}"
        note = f"{len(self.sales)} documents of the month differ by rounding"
        cause = "rounding_method" if self.is_setting else None
        return planted("tax_rounding_accumulated", self.shop, subject, "FIN", abs(self.difference), note, cause=cause)


class AlwaysCutOff(TaxCutOff):
    note = "all month long a penny of tax is lost"


class AlwaysRoundedOnce(RoundedOnce):
    note = "all month long B1 rounds once per document"


def plant_months(story: Story, planned: dict[Sale, Case]) -> None:
    """Add months of rounding for the shops with the most sales, and settle which documents hang below their month."""
    kinds: list[type[RoundingCase]] = [AlwaysCutOff, AlwaysRoundedOnce]
    taken: set[tuple[str, str]] = set()
    for kind, least in zip(kinds, (_MANY + 2, _OF_ONE_METHOD + 2), strict=True):
        found = _fullest(story, planned, kind, taken)
        if found is not None:
            (shop, period), free = found
            others = sum(
                isinstance(case, RoundingCase) and sale.shop is shop and period_of(sale) == period
                for sale, case in planned.items()
            )
            # What differs otherwise in the same month must stay one in twenty, or one in five.
            count = max(least, others * (21 if kind is AlwaysCutOff else 6))
            if len(free) >= count:
                taken.add((shop.id, period))
                for sale in free[:count]:
                    planned[sale] = kind()
    settle_months(planned)


def settle_months(planned: Mapping[Sale, Case]) -> None:
    """Tell each rounding case the month that it belongs to."""
    months: dict[tuple[str, str], TaxMonth] = {}
    for sale, case in planned.items():
        if isinstance(case, RoundingCase):
            key = sale.shop.id, period_of(sale)
            months.setdefault(key, TaxMonth(sale.shop, key[1])).sales.append((sale, case))
    for month in months.values():
        if month.is_told:
            for number, (_, case) in enumerate(month.sales):
                case.is_below = True
                case.also = [month.fact()] if number == 0 else []


def period_of(sale: Sale) -> str:
    """The month of the invoice of a sale that was sent in one parcel."""
    return f"{company_day(sale.parcels[0].shipped_at):%Y-%m}"


def _fullest(
    story: Story, planned: Mapping[Sale, Case], kind: type[RoundingCase], taken: set[tuple[str, str]]
) -> tuple[tuple[Shop, str], list[Sale]] | None:
    """The shop and month with the most sales to which nothing happened yet, and those sales."""
    probe = kind()
    free = [
        sale for sale in story.business.sales
        if sale not in planned and kind.needs <= sale.shop.can and probe.fits(sale, story)
        and (sale.shop.id, period_of(sale)) not in taken
    ]  # fmt: skip
    free.sort(key=lambda sale: (sale.shop.id, period_of(sale), sale.order_id))
    groups = [
        ((part[0].shop, period_of(part[0])), part)
        for part in (list(sales) for _, sales in groupby(free, key=lambda sale: (sale.shop.id, period_of(sale))))
    ]
    if not groups:
        return None
    place, sales = max(groups, key=lambda group: (len(group[1]), group[0][1]))
    return place, sales
