"""The takings of each day on the clearing accounts, and the days that were forgotten or booked twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor.clock import local_day
from auditor.money import ZERO
from auditor.sandbox.basics import TIMEZONE
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.documents import Doc
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.treasury import day_of, takings_journal
from auditor.sandbox.truth import Planted, planted

_CHECK = "clearing_residual"
_OLD_ENOUGH, _NEAR = timedelta(days=9), timedelta(days=5)
_ZONE = ZoneInfo(TIMEZONE)


@dataclass(frozen=True, slots=True)
class Takings:
    """Of all shops: a journal per day up to yesterday, and what is wrong with them."""

    journals: list[Doc]
    faults: list[Planted]


def takings(business: Business, *, with_faults: bool) -> Takings:
    journals: list[Doc] = []
    faults: list[Planted] = []
    today = local_day(business.now, _ZONE)
    for number, shop in enumerate(business.shops):
        days: dict[date, Decimal] = {}
        for row in _rows(business, shop):
            if row.kind in ("CHARGE", "REFUND") and day_of(row, shop) < today:
                days[day_of(row, shop)] = days.get(day_of(row, shop), ZERO) + row.amount
        wrong = next(_plain_days(business, shop, days, today), None) if with_faults else None
        is_twice = bool(number % 2)
        for day, amount in sorted(days.items()):
            times = 1 if day != wrong else 2 * is_twice
            journals += [takings_journal(shop, day, amount, business.ids) for _ in range(times if amount else 0)]
        if wrong is not None:
            note = (
                f"the takings of {wrong} were booked twice" if is_twice else f"the takings of {wrong} were not booked"
            )
            cause = "day_twice" if is_twice else "day_missing"
            faults.append(planted(_CHECK, shop, shop.clearing, "FIN", abs(days[wrong]), note, cause=cause))
    return Takings(journals, faults)


def _rows(business: Business, shop: Shop) -> Iterable[BalanceRow]:
    """All of the accounts that the shop's clearing account stands for."""
    paid = [row for one in business.payouts if one.shop is shop and one.payer == shop.provider for row in one.rows]
    return [*paid, *business.pending_rows.get(shop.id, ()), *business.paypal_rows.get(shop.id, ())]


def _plain_days(business: Business, shop: Shop, days: dict[date, Decimal], today: date) -> Iterator[date]:
    """Days long ago, not the first, near which every payout is told as it is."""
    odd = [
        day_of(row, shop)
        for one in business.payouts
        if one.shop is shop and _is_told_otherwise(one)
        for row in one.rows
    ]
    for day in sorted(days)[1:]:
        is_quiet = all(abs(day - other) > _NEAR for other in odd)
        if today - day > _OLD_ENOUGH and is_quiet and abs(days[day]) > 5:
            yield day


def _is_told_otherwise(payout: Payout) -> bool:
    is_changed = payout.told_net is not None or payout.told_rows is not None
    return is_changed or any(row.shown_fee is not None for row in payout.rows)
