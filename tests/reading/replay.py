"""A company's sales as they were at earlier moments, so that a channel can be seen to change while it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from auditor.sandbox.basics import tracking_key
from auditor.sandbox.sale import Sale

Rows = Counter[tuple[str, ...]]
"""Rows of a canonical table by what identifies them."""


def as_of(sale: Sale, moment: datetime) -> Sale:
    """The sale without what had not happened yet; parcels the storefront hides by itself."""
    return replace(
        sale,
        refunds=[refund for refund in sale.refunds if refund.at <= moment],
        cancelled_at=sale.cancelled_at if sale.cancelled_at and sale.cancelled_at <= moment else None,
        edited_at=sale.edited_at if sale.edited_at and sale.edited_at <= moment else None,
    )


def moments(sale: Sale) -> Iterator[datetime]:
    """When the channel's picture of the sale changed."""
    yield sale.placed_at
    yield from (parcel.told_at for parcel in sale.parcels if parcel.told_at)
    yield from (refund.at for refund in sale.refunds)
    if sale.cancelled_at:
        yield sale.cancelled_at


def changed(sales: Sequence[Sale], after: datetime, until: datetime) -> list[Sale]:
    """Sales to which something happened in `after < moment <= until`, as they were at `until`, in its order."""
    touched = {}
    for sale in sales:
        within = [moment for moment in moments(sale) if after < moment <= until]
        if within and sale.placed_at <= until:
            touched[sale.key] = (max(within), sale)
    return [as_of(sale, until) for _, sale in sorted(touched.values(), key=lambda found: (found[0], found[1].number))]


def expected(sales: Sequence[Sale], moment: datetime) -> dict[str, Rows]:
    """What the canonical tables must hold of the sales at a moment, by table."""
    rows: dict[str, Rows] = {table: Counter() for table in ("sales_order", "sales_order_line", "refund", "shipment")}
    for sale in sales:
        if sale.placed_at > moment:
            continue
        rows["sales_order"][(sale.key,)] += 1
        units: Counter[str] = Counter()
        for line in sale.lines:
            units[line.sku] += line.quantity
        rows["sales_order_line"].update((sale.key, sku, str(count)) for sku, count in units.items())
        then = as_of(sale, moment)
        if then.cancelled_at is None:
            rows["refund"].update((sale.key, str(refund.refund_id)) for refund in then.refunds if refund.status)
        told = [parcel for parcel in sale.parcels if parcel.told_at and parcel.told_at <= moment]
        rows["shipment"].update((sale.key, tracking_key(parcel.tracking)) for parcel in told)
    return rows
