"""Do revenue and VAT of a channel tie out with the books? `fact.tieout`, one line per channel, month and measure.

In: `fact.tieout_figure` and `fact.tieout_difference` (facts/sql/tieout.sql), the bridge, and the findings as they are.
Out: what of the difference is a matter of timing, what findings explain, what is tolerated, and what nothing explains.
Always: channel's figure + timing + explained + tolerated + unexplained = B1's figure, to the penny.

What the bridge leaves unexplained of an order, with tax, is parted into net and tax as the order's whole difference is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from auditor.checking import bridge
from auditor.checking.bridge import TOLERANCE, Item
from auditor.checking.facts.frames import insert_rows
from auditor.model import Finding, State
from auditor.money import ZERO, format_money, minor_unit, round_half_up
from auditor.store.connection import Connection

Share = Literal["timing", "explained", "tolerated", "unexplained"]
Subject = tuple[str, str, str]
"""Channel, currency, and an order's id or `invoice:4711`."""
_SALES_STEPS = frozenset(
    {
        "not_in_b1", "booked_differs", "booked_not_sold", "booked_of_no_order", "not_credited", "credited_differs",
        "credits_of_no_refund", "invoiced_differs",
    }
)  # fmt: skip
"""The open steps of the bridge between what was sold and the revenue."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What both sides show in a month, without tax and the tax. period: 202603 for March 2026."""

    channel: str
    period: int
    currency: str
    ended_at: datetime
    channel_net: Decimal
    channel_tax: Decimal
    b1_net: Decimal
    b1_tax: Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """B1 less channel of one order or document over all months; of neither: what only stands in another month.

    kept: tax that the channel keeps, by which the bridge's amount of its side is higher.
    is_waiting: on its way into the books, or not invoiced yet. is_uninvoiced: B1 has the order and no invoice yet.
    is_reasoned: a document that needs no order or refund. is_tax_judged: the checks of tax have seen its tax.
    """

    channel: str
    period: int
    currency: str
    order_id: str | None
    order_ref: str | None
    b1_object: str | None
    doc_entry: int | None
    net: Decimal
    tax: Decimal
    kept: Decimal
    is_waiting: bool
    is_uninvoiced: bool
    is_reasoned: bool
    is_tax_judged: bool

    @property
    def subject(self) -> Subject:
        return self.channel, self.currency, self.order_id or f"{self.b1_object}:{self.doc_entry}"

    @property
    def words(self) -> str:
        """`order #1001`, `invoice 4711`."""
        if self.order_id is None:
            return f"{(self.b1_object or 'document').replace('_', ' ')} {self.doc_entry}"
        return f"order {self.order_ref or self.order_id}"


@dataclass(slots=True)
class _Sums:
    """The parts of a month's difference, and the documents that nothing explains."""

    parts: dict[Share, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    open: list[tuple[Decimal, Difference]] = field(default_factory=list)


def fill(con: Connection, findings: Iterable[Finding], zone: ZoneInfo) -> None:
    """Fill `fact.tieout` anew. findings: all that are not resolved; zone: the company's."""
    # What still waits for its second reading explains already: an alarm would be gone with the next audit.
    known = [replace(one, state=State.OPEN) if one.state is State.PENDING else one for one in findings]
    figures = [Figure(*row) for row in con.sql(_FIGURES).fetchall()]
    differences = [Difference(*row) for row in con.sql(_DIFFERENCES).fetchall()]
    left = bridge.unexplained(bridge.read(con, _SALES_STEPS), known, zone)
    orders = {
        (one.channel, one.keys["order_id"])
        for one in known
        if "order_id" in one.keys and one.area in ("orders", "refunds", "tax", "payouts")
    }
    rows = tied(figures, differences, left, orders)
    con.execute("DELETE FROM fact.tieout")
    if rows:
        insert_rows(con, "fact.tieout", rows)


def tied(
    figures: Sequence[Figure],
    differences: Iterable[Difference],
    left: Iterable[tuple[Item, Decimal]],
    told_orders: set[tuple[str, str]],
) -> list[tuple[object, ...]]:
    """The rows of `fact.tieout`, in the order of its columns.

    left:        items of the bridge with what findings leave of them.
    told_orders: channel and id of orders about whose amounts a finding stands.
    """
    rest = _rest(left)
    sums: dict[tuple[str, int, str, str], _Sums] = defaultdict(_Sums)
    for one in differences:
        share, parts = _parts(one, rest, told_orders)
        for measure, whole, unexplained in parts:
            month = sums[one.channel, one.period, one.currency, measure]
            month.parts[share] += whole - unexplained
            month.parts["unexplained"] += unexplained
            if unexplained:
                month.open.append((unexplained, one))
    rows: list[tuple[object, ...]] = []
    for figure in figures:
        for measure, channel, b1 in (
            ("revenue", figure.channel_net, figure.b1_net),
            ("vat", figure.channel_tax, figure.b1_tax),
        ):
            found = sums[figure.channel, figure.period, figure.currency, measure]
            rows.append(
                (
                    figure.channel, f"{figure.period // 100:04}-{figure.period % 100:02}", figure.currency,
                    figure.ended_at, measure, channel, b1, *(found.parts[share] for share in _SHARES),
                    len(found.open), _largest(found.open, figure.currency),
                )
            )  # fmt: skip
    return rows


def _rest(left: Iterable[tuple[Item, Decimal]]) -> Mapping[Subject, Decimal]:
    """What findings leave between sales and revenue, with tax, per order or document."""
    rest: dict[Subject, Decimal] = defaultdict(lambda: ZERO)
    for item, amount in left:
        if item.step in _SALES_STEPS:
            rest[item.channel, item.currency, item.order_id or f"{item.b1_object}:{item.doc_entry}"] += amount
    return rest


def _parts(
    one: Difference, rest: Mapping[Subject, Decimal], told_orders: set[tuple[str, str]]
) -> tuple[Share, list[tuple[str, Decimal, Decimal]]]:
    """How the explained part of a difference is called; (measure, whole, what of it nothing explains)."""
    unexplained_net = unexplained_tax = ZERO
    open_amount = ZERO if one.is_uninvoiced else rest.get(one.subject, ZERO)
    share: Share = "timing" if one.is_waiting else "explained"
    gross = one.net + one.tax
    if open_amount and gross:
        # Findings may leave all of it, or a part.
        unexplained_tax = round_half_up(one.tax * open_amount / gross, minor_unit(one.currency))
        unexplained_net = open_amount - unexplained_tax
    elif gross == one.kept and not (
        one.is_waiting or one.is_reasoned or (one.channel, one.order_id or "") in told_orders
    ):
        # The same amount with tax, and another tax: nobody but the checks of tax would have said so.
        if one.is_tax_judged or abs(one.tax) <= TOLERANCE:
            share = "tolerated"
        else:
            unexplained_net, unexplained_tax = one.net, one.tax
    return share, [("revenue", one.net, unexplained_net), ("vat", one.tax, unexplained_tax)]


def _largest(found: Sequence[tuple[Decimal, Difference]], currency: str) -> str | None:
    """`order #1001 (£120.00), invoice 4711 (-£60.00)`: the three largest."""
    largest = sorted(found, key=lambda each: -abs(each[0]))[:3]
    return ", ".join(f"{one.words} ({format_money(amount, currency)})" for amount, one in largest) or None


_SHARES: tuple[Share, ...] = ("timing", "explained", "tolerated", "unexplained")
_FIGURES = """
SELECT channel, period, currency, ended_at, channel_net, channel_tax, b1_net, b1_tax
FROM fact.tieout_figure WHERE NOT is_first ORDER BY channel, period, currency
"""
_DIFFERENCES = """
SELECT channel, period, currency, order_id, order_ref, b1_object, doc_entry, net, tax, kept, is_waiting,
       is_uninvoiced, is_reasoned, is_tax_judged
FROM fact.tieout_difference ORDER BY channel, period, currency, order_id, b1_object, doc_entry
"""
