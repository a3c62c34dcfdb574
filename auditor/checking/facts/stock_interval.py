"""`fact.stock_*`: what stock a channel may show, why it differs, since when, and what B1 cannot hold as it says.

The interval is computed in SQL, and so are its reasons (sql/stock_*.sql). Here: money, because it needs quotients, and
the search for the warehouses that a wrong figure was summed over. Only rows that are out of their interval, or offered
without stock, are looked at one by one.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

from auditor.checking.facts.frames import insert_rows
from auditor.checking.facts.statements import run
from auditor.checking.facts.subset_search import MOST_WAREHOUSES, Level, explain
from auditor.money import ZERO, round_half_up
from auditor.store.connection import Connection

PENNY = Decimal("0.01")
MINUTES_OF_28_DAYS = 40320
MOST_DAYS_OUT = 14
"""After two weeks without an offer nobody knows any more what would have been sold."""
_DAY = timedelta(days=1)

_WRONG = """
SELECT channel, location, sku, available, drift, on_hand, demand, units, per, units_28d, price, stock_minutes,
       CASE WHEN available = 0 THEN e_least ELSE 0 END AS hidden, channel_stock_at - level_updated_at AS out_for
FROM judged_stock
WHERE drift <> 0 OR (available > 0 AND (e_hi <= 0 OR demand > on_hand))
"""
_SUSPECTED_LEVELS = """
SELECT j.channel, j.location, j.share, j.buffer, j.sku, j.available, i.warehouse, i.base
FROM judged_stock AS j
JOIN item_place AS i ON i.channel = j.channel AND i.location = j.location AND i.item_code = j.item_code
WHERE j.is_plain AND j.is_source_complete AND j.is_tracked AND j.is_active AND NOT j.oversell_allowed
  AND abs(j.drift) > 1 AND abs(j.drift) * 50 > j.e_hi
ORDER BY j.channel, j.location, j.buffer, j.sku, i.warehouse
"""
_TABLES = """
CREATE OR REPLACE TEMP TABLE movement (
    channel VARCHAR, location VARCHAR, item_code VARCHAR, minus DECIMAL(19,6), plus DECIMAL(19,6)
);
CREATE OR REPLACE TEMP TABLE stock_money (
    channel VARCHAR, location VARCHAR, sku VARCHAR, drift_money DECIMAL(19,6), exposure_money DECIMAL(19,6),
    missed_money DECIMAL(19,6)
);
CREATE OR REPLACE TABLE fact.stock_subset (
    channel VARCHAR, location VARCHAR, sku VARCHAR, available DECIMAL(19,6),
    warehouses VARCHAR, all_warehouses VARCHAR, skus BIGINT
);
"""
_INTERVAL = """
CREATE OR REPLACE TABLE fact.stock_interval AS
SELECT j.channel, j.location, j.sku, j.item_code, j.currency, j.base, j.on_hand, j.ordered, j.demand, j.in_flight,
       j.movement_minus, j.movement_plus, j.e_lo, j.e_hi, j.available, CAST(j.drift AS DECIMAL(19,6)) AS drift,
       j.share, j.buffer, j.stock_policy, j.stock_minutes, j.level_updated_at,
       j.is_tracked, j.is_active, j.is_bundle, j.oversell_allowed, j.is_source_complete,
       j.is_offered_without_stock, j.is_sold_without_stock, j.e_least, j.whole_share, j.own_buffer, j.buffer_changed_at,
       j.units_28d, j.price, coalesce(m.drift_money, 0) AS drift_money, coalesce(m.exposure_money, 0) AS exposure_money,
       coalesce(m.missed_money, 0) AS missed_money
FROM judged_stock AS j
LEFT JOIN stock_money AS m ON m.channel = j.channel AND m.location = j.location AND m.sku = j.sku
"""


def measure_stock(con: Connection) -> None:
    """Needs `fact.as_of` and `fact.sku_sales`."""
    run(con, "stock_places")
    con.execute(_TABLES)
    if con.sql("SELECT 1 FROM fact.as_of WHERE channel_stock_at <> b1_stock_at").fetchall():
        run(con, "stock_movement")
    for step in ("stock_source", "stock_interval"):
        run(con, step)
    insert_rows(con, "stock_money", [_money(row) for row in con.sql(_WRONG).fetchall()])
    con.execute(_INTERVAL)
    for step in ("stock_behind", "stock_other_policy", "stock_negative", "stock_numbered"):
        run(con, step)
    _explain_by_subset(con)


def _money(row: tuple[Any, ...]) -> tuple[str, str, str, Decimal, Decimal, Decimal]:
    """A row of `stock_money` from one of `_WRONG`."""
    channel, location, sku, available, drift, on_hand, demand, units, per, sold, price, minutes, hidden, out_for = row
    rate = sold * minutes / MINUTES_OF_28_DAYS
    short = shortage(on_hand, demand, units, per)
    return (
        channel,
        location,
        sku,
        drift_money(drift, price, rate),
        exposure_money(available, short, price, rate),
        missed_money(hidden, price, sold, out_for),
    )


def drift_money(drift: Decimal, price: Decimal, sold_per_cadence: Decimal) -> Decimal:
    """Too high: what may be sold that is not there. Too low: what is likely to be missed until the next update."""
    likelihood = Decimal(1) if drift > 0 else min(Decimal(1), sold_per_cadence)
    return round_half_up(abs(drift) * price * likelihood, PENNY)


def exposure_money(available: Decimal, short: Decimal, price: Decimal, sold_per_cadence: Decimal) -> Decimal:
    """Orders that cannot be filled, and what one cadence will sell on top."""
    return round_half_up(short * price + max(ZERO, min(available, sold_per_cadence)) * price, PENNY)


def missed_money(hidden: Decimal, price: Decimal, sold_in_28_days: Decimal, out_for: timedelta | None) -> Decimal:
    """What would have sold on each day begun without an offer, but never more than what is hidden."""
    days = 1 if out_for is None else min(MOST_DAYS_OUT, max(1, -(-out_for // _DAY)))
    return round_half_up(min(hidden, sold_in_28_days * days / 28) * price, PENNY)


def shortage(on_hand: Decimal | None, demand: Decimal | None, units: int, per: int) -> Decimal:
    """Units of the channel that are ordered and not there; a unit that lacks a part is lacking."""
    if on_hand is None or demand is None:
        return ZERO
    lacking = max(ZERO, demand - on_hand)
    return lacking if units == per else (lacking * per / units).to_integral_value(rounding=ROUND_CEILING)


def _explain_by_subset(con: Connection) -> None:
    places: dict[tuple[str, str, Decimal, Decimal], dict[str, tuple[Decimal, dict[str, Decimal]]]] = defaultdict(dict)
    for channel, location, share, buffer, sku, available, warehouse, base in con.sql(_SUSPECTED_LEVELS).fetchall():
        places[channel, location, share, buffer].setdefault(sku, (available, {}))[1][warehouse] = base
    rows: list[tuple[object, ...]] = []
    for (channel, location, share, buffer), skus in places.items():
        warehouses = sorted({name for _, bases in skus.values() for name in bases})
        if not 2 <= len(warehouses) <= MOST_WAREHOUSES:
            continue
        levels = [
            Level(sku, available, tuple(bases.get(name, ZERO) for name in warehouses))
            for sku, (available, bases) in skus.items()
        ]
        found = explain(levels, warehouses, share, buffer)
        if found is None:
            continue
        chosen, everything = " + ".join(found.warehouses), " + ".join(warehouses)
        rows.extend(
            (channel, location, sku, available, chosen, everything, len(found.skus))
            for sku, available in found.skus.items()
        )
    insert_rows(con, "fact.stock_subset", rows)
