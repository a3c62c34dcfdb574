"""Which sale and which payout gets which fault or look-alike: deterministic, and never two on one."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest
from random import Random

from auditor.sandbox.business import Business, Payout, Sale
from auditor.sandbox.faults.cancelled import RIGHTLY_CANCELLED, STILL_OPEN
from auditor.sandbox.faults.case import Case, Story
from auditor.sandbox.faults.credits import RIGHT_CREDITS, WRONG_CREDITS
from auditor.sandbox.faults.dispatch import DISPATCH_CASES, DISPATCH_LOOK_ALIKES
from auditor.sandbox.faults.duplicates import DUPLICATES, NO_DUPLICATES
from auditor.sandbox.faults.lines import LINES, RIGHT_LINES
from auditor.sandbox.faults.missing import MISSING, NOT_MISSING
from auditor.sandbox.faults.payouts import PAYOUT_CASES, PayoutCase
from auditor.sandbox.faults.references import TRACEABLE, UNTRACEABLE
from auditor.sandbox.faults.refunds import NOTHING_TO_CREDIT, UNCREDITED
from auditor.sandbox.faults.tax import TAX_CASES
from auditor.sandbox.faults.totals import RIGHT_TOTALS, TOTALS

_CLEAN_SHARE = 4
"""At least one sale in so many stays as it is."""
_ORDERS_PER_ROUND = 900


def all_cases() -> list[type[Case]]:
    """Faults and look-alikes of all areas mixed, so that a small company gets some of each."""
    faults = _mixed(
        MISSING, DUPLICATES, UNTRACEABLE, STILL_OPEN, TOTALS, LINES, UNCREDITED, WRONG_CREDITS, DISPATCH_CASES,
        TAX_CASES,
    )  # fmt: skip
    alikes = _mixed(
        NOT_MISSING, NO_DUPLICATES, TRACEABLE, RIGHTLY_CANCELLED, RIGHT_TOTALS, RIGHT_LINES, NOTHING_TO_CREDIT,
        RIGHT_CREDITS, DISPATCH_LOOK_ALIKES,
    )  # fmt: skip
    return _mixed(faults, alikes)


def _mixed(*lists: tuple[type[Case], ...] | list[type[Case]]) -> list[type[Case]]:
    return [case for row in zip_longest(*lists) for case in row if case is not None]


def plan_sales(business: Business, rng: Random) -> dict[int, Case]:
    """By order id. What the cases change about the business has happened when this returns."""
    totals: dict[Decimal, list[Sale]] = {}
    for sale in business.sales:
        totals.setdefault(sale.total, []).append(sale)
    story = Story(business, rng, totals)
    pool = [sale for sale in business.sales if story.is_plain(sale) or sale.posted_at is None]
    rng.shuffle(pool)
    limit = len(pool) * (_CLEAN_SHARE - 1) // _CLEAN_SHARE
    planned: dict[int, Case] = {}
    for _ in range(max(1, min(4, round(len(business.sales) / _ORDERS_PER_ROUND)))):
        for kind in all_cases():
            case = kind()
            if len(planned) >= limit:
                return planned
            chosen = next((sale for sale in pool if sale.order_id not in planned and case.fits(sale, story)), None)
            if chosen is not None:
                case.happen(chosen, story)
                planned[chosen.order_id] = case
    return planned


def plan_payouts(business: Business, rng: Random) -> dict[int, PayoutCase]:
    """By payout number; the cases' events have happened when this returns."""
    pool: list[Payout] = list(business.payouts)
    rng.shuffle(pool)
    planned: dict[int, PayoutCase] = {}
    for kind in PAYOUT_CASES:
        case = kind()
        chosen = next((one for one in pool if one.number not in planned and case.fits(one, business)), None)
        if chosen is not None:
            case.happen(chosen, business.ids)
            planned[chosen.number] = case
    return planned
