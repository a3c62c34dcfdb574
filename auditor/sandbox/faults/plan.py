"""Which sale and which payout gets which fault or look-alike: deterministic, and never two on one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from random import Random
from typing import TypeVar

from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.faults.cancelled import RIGHTLY_CANCELLED, STILL_OPEN
from auditor.sandbox.faults.case import Case, Story
from auditor.sandbox.faults.chargebacks import CHARGEBACKS, NO_CHARGEBACKS
from auditor.sandbox.faults.close import CLOSE_FAULTS, sold_in_months
from auditor.sandbox.faults.credits import RIGHT_CREDITS, WRONG_CREDITS
from auditor.sandbox.faults.duplicates import DUPLICATES, NO_DUPLICATES
from auditor.sandbox.faults.fulfilment import FULFILMENT_FAULTS, FULFILMENT_LOOK_ALIKES
from auditor.sandbox.faults.lines import LINES, RIGHT_LINES
from auditor.sandbox.faults.marketplaces import MARKETPLACE_LOOK_ALIKES
from auditor.sandbox.faults.master_data import MASTER_DATA, MASTER_DATA_LOOK_ALIKES, plan_own_sales
from auditor.sandbox.faults.memos import MEMO_FAULTS, MEMO_LOOK_ALIKES
from auditor.sandbox.faults.missing import MISSING, NOT_MISSING, Recent
from auditor.sandbox.faults.orders import ORDER_FAULTS, ORDER_LOOK_ALIKES
from auditor.sandbox.faults.payouts import PAYOUT_CASES, Companion, PayoutCase
from auditor.sandbox.faults.payouts_booked import BOOKED_WRONGLY
from auditor.sandbox.faults.payouts_paid import PAID_WRONGLY
from auditor.sandbox.faults.payouts_settled import SETTLED_WRONGLY
from auditor.sandbox.faults.references import TRACEABLE, UNTRACEABLE
from auditor.sandbox.faults.refunds import NOTHING_TO_CREDIT, UNCREDITED
from auditor.sandbox.faults.returns import RETURN_FAULTS, RETURN_LOOK_ALIKES
from auditor.sandbox.faults.tax import TAX_CASES
from auditor.sandbox.faults.tax_months import plant_months
from auditor.sandbox.faults.totals import RIGHT_TOTALS, TOTALS
from auditor.sandbox.faults.vat import VAT_FAULTS, VAT_LOOK_ALIKES
from auditor.sandbox.payout import Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.shops import SPECIAL

_Kind = TypeVar("_Kind", Case, PayoutCase)
_CLEAN_SHARE = 4
"""At least one sale in so many stays as it is."""
_ORDERS_PER_ROUND = 900


def all_cases() -> list[type[Case]]:
    """Faults and look-alikes of all areas mixed, so that a small company gets some of each."""
    faults = _mixed(
        MISSING, DUPLICATES, UNTRACEABLE, STILL_OPEN, TOTALS, LINES, UNCREDITED, WRONG_CREDITS, FULFILMENT_FAULTS,
        TAX_CASES, ORDER_FAULTS, MEMO_FAULTS, RETURN_FAULTS, CHARGEBACKS, VAT_FAULTS, MASTER_DATA, CLOSE_FAULTS,
    )  # fmt: skip
    alikes = _mixed(
        NOT_MISSING, NO_DUPLICATES, TRACEABLE, RIGHTLY_CANCELLED, RIGHT_TOTALS, RIGHT_LINES, NOTHING_TO_CREDIT,
        RIGHT_CREDITS, FULFILMENT_LOOK_ALIKES, MARKETPLACE_LOOK_ALIKES, ORDER_LOOK_ALIKES, MEMO_LOOK_ALIKES,
        RETURN_LOOK_ALIKES, NO_CHARGEBACKS, VAT_LOOK_ALIKES, MASTER_DATA_LOOK_ALIKES,
    )  # fmt: skip
    return _mixed(faults, alikes)


def _mixed(*lists: Sequence[type[_Kind]]) -> list[type[_Kind]]:
    return [case for row in zip_longest(*lists) for case in row if case is not None]


def plan_sales(business: Business, rng: Random) -> dict[Sale, Case]:
    """What the cases change about the business has happened when this returns. All that is in grace is `Recent`.

    Every shop gets what it can show, as far as its sales suffice.
    """
    totals: dict[tuple[str, Decimal], list[Sale]] = {}
    for sale in business.sales:
        totals.setdefault((sale.shop.id, sale.total), []).append(sale)
    story = Story(business, rng, totals, sold_in_months(business))
    planned: dict[Sale, Case] = {}
    for pool, kind in _deal({shop: _Pool.of(shop, story) for shop in business.shops}):
        if pool.planned >= pool.limit:
            continue
        case = kind()
        chosen = next((one for one in pool.sales if one not in planned and case.fits(one, story)), None)
        if chosen is not None:
            case.happen(chosen, story)
            pool.planned += 1
            planned[chosen] = case
    planned |= plan_own_sales(story, planned)
    plant_months(story, planned)
    for sale in business.sales:
        if sale not in planned and sale.cancelled_at is None and Recent().fits(sale, story):
            planned[sale] = Recent()
    return planned


def _deal(pools: Mapping[Shop, _Pool]) -> Iterator[tuple[_Pool, type[Case]]]:
    """Which shop gets which case, in the order in which they are planted.

    First of all what only few can show. Then turn by turn one fault and one look-alike of each check for every shop,
    in each another one: so a small company has some of every check everywhere.
    """
    kinds = all_cases()
    for kind in kinds:
        if kind.needs & SPECIAL:
            yield from ((pool, kind) for shop, pool in pools.items() if kind.needs <= shop.can)
    groups: dict[tuple[str, bool], list[type[Case]]] = {}
    for kind in kinds:
        if not kind.needs & SPECIAL:
            groups.setdefault((kind.check, bool(kind.owner)), []).append(kind)
    for turn in range(max(len(group) for group in groups.values()) * max(pool.rounds for pool in pools.values())):
        for group in groups.values():
            for place, (shop, pool) in enumerate(pools.items()):
                known = [kind for kind in group if kind.needs <= shop.can]
                if turn < len(known) * pool.rounds:
                    yield pool, known[(turn + place) % len(known)]


@dataclass(slots=True)
class _Pool:
    """The sales of a shop to which something may happen."""

    sales: list[Sale]
    limit: int
    rounds: int
    planned: int = 0

    @classmethod
    def of(cls, shop: Shop, story: Story) -> _Pool:
        sales = [sale for sale in story.business.sales if sale.shop is shop]
        pool = [sale for sale in sales if story.is_plain(sale) or sale.posted_at is None]
        story.rng.shuffle(pool)
        limit = len(pool) * (_CLEAN_SHARE - 1) // _CLEAN_SHARE
        return cls(pool, limit, max(1, min(4, round(len(sales) / _ORDERS_PER_ROUND))))


def payout_cases() -> list[type[PayoutCase]]:
    """Faults and look-alikes of payouts mixed, so that a shop with few payouts gets some of each."""
    return _mixed(SETTLED_WRONGLY, PAYOUT_CASES, BOOKED_WRONGLY, PAID_WRONGLY)


def plan_payouts(business: Business, rng: Random, sales: Collection[Sale] = ()) -> dict[Payout, PayoutCase]:
    """The cases' events have happened when this returns; dealt to the shops as those of the sales are.

    `sales`: those to which something happened already.
    """
    pools: dict[str, list[Payout]] = {shop.id: [] for shop in business.shops}
    for payout in business.payouts:
        pools[payout.shop.id].append(payout)
    for pool in pools.values():
        rng.shuffle(pool)
    planned: dict[Payout, PayoutCase] = {}
    for turn in range(len(business.shops)):
        for number, kind in enumerate(payout_cases()):
            shop = business.shops[(number + turn) % len(business.shops)]
            if kind.needs <= shop.can:
                case = kind()
                case.taken, case.busy = planned, sales
                pool = pools[shop.id]
                chosen = next((one for one in pool if one not in planned and case.fits(one, business)), None)
                if chosen is not None:
                    case.happen(chosen, business.ids)
                    planned |= {other: Companion() for other in case.others()}
                    planned[chosen] = case
    return planned
