"""The company's integration platform, and what it writes about its own work: sync events, as JSON lines.

What goes well is written by itself from what happened in the business. A planted fault says only what is different:

    middleware = business.middleware
    middleware.write(at, "message", "stock", shop, status="error", sku="HP-0007", location=key,
                     error_class="value", error_code="-5002", error="Quantity falls into negative inventory")
    middleware.leave_out(sale, "status_read")      # the order was released without looking at the channel first
    middleware.leave_out(sale, "webhook")          # the channel's notice of the order never arrived
    middleware.delay(sale, "cancellations", timedelta(minutes=70))     # ... of the cancellation arrived late

Keys are those of `canonical.sync_event` (auditor/connectors/middleware/event.py); instants are naive UTC. What is
written `at` a moment lies in the drop folder from then on, so events may also be planted for later audits.

| by itself | flow | how often | how far back |
|---|---|---|---|
| run | orders, stock, tracking, cancellations | every 15 minutes | two days |
| run | refunds | every hour | 33 days |
| queue | orders, stock | every 15 minutes | six hours |
| webhook | orders, cancellations | once for each, seconds after it happened | ten days |
| status_read | orders | five minutes before the first parcel leaves | ten days |
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from auditor.clock import iso
from auditor.money import plain
from auditor.sandbox.basics import CURRENCY

if TYPE_CHECKING:  # the business holds its middleware
    from auditor.sandbox.business import Business
    from auditor.sandbox.catalogue import Shop
    from auditor.sandbox.sale import Sale

SOURCE = "harbourflow"
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
RUNS_KEPT, HOURLY_RUNS_KEPT, QUEUES_KEPT = timedelta(days=2), timedelta(days=33), timedelta(hours=6)
DOCUMENTS_KEPT = timedelta(days=10)
"""How far back webhooks and status reads go."""
BEFORE_RELEASE = timedelta(minutes=5)
RUN_TAKES = timedelta(seconds=50)
QUARTERLY = ("orders", "stock", "tracking", "cancellations")
HOURLY = ("refunds",)
QUEUES = ("orders", "stock")

Kind = Literal["run", "message", "status_read", "webhook", "queue"]
Event = dict[str, Any]


@dataclass(slots=True)
class Middleware:
    """What was planted about the middleware; `lines` adds what goes well."""

    planted: list[tuple[datetime, Event]] = field(default_factory=list)
    left_out: set[tuple[int, Kind]] = field(default_factory=set)
    """By the sale's identity and the kind of event."""
    delays: dict[tuple[int, str], timedelta] = field(default_factory=dict)
    """By the sale's identity and the flow of its webhook."""
    silent_runs: set[tuple[str | None, str, datetime]] = field(default_factory=set)
    """Runs that say nothing, by shop's id, flow and start: something else is planted in their place, or nothing."""
    _numbers: Counter[str] = field(default_factory=Counter)

    def write(self, at: datetime, kind: Kind, flow: str, shop: Shop | None = None, **more: Any) -> str:
        """An event as the middleware would write it at a moment; gives its id. Unnamed keys are left out."""
        self._numbers["planted"] += 1
        event = event_of(f"p{self._numbers['planted']:06d}", kind, flow, shop, at, **more)
        self.planted.append((at, event))
        return str(event["event_id"])

    def leave_out(self, sale: Sale, kind: Kind) -> None:
        """The event that would have been written about this sale was not."""
        self.left_out.add((id(sale), kind))

    def delay(self, sale: Sale, flow: Literal["orders", "cancellations"], by: timedelta) -> None:
        """The channel's notice arrived only so much later."""
        self.delays[id(sale), flow] = by

    def skip_run(self, shop: Shop | None, flow: str, started_at: datetime) -> None:
        """The run that begins at this quarter or hour did not take place, or is written otherwise."""
        self.silent_runs.add((None if shop is None else shop.id, flow, started_at))

    def lines(self, business: Business, after: datetime | None, until: datetime) -> list[str]:
        """What was written after one moment and until another, as JSON lines in order of time."""
        told = [(at, event) for at, event in self.planted if _is_between(at, after, until)]
        told += [(at, event) for at, event in self._ordinary(business, after, until) if _is_between(at, after, until)]
        told.sort(key=lambda each: (each[0], each[1]["event_id"]))
        return [json.dumps(event) for _, event in told]

    def _ordinary(
        self, business: Business, after: datetime | None, until: datetime
    ) -> Iterator[tuple[datetime, Event]]:
        moved = _moved(business)
        begins = after or business.now - HOURLY_RUNS_KEPT
        for shop in business.shops:
            for flow in (*QUARTERLY, *HOURLY):
                step, kept = (HOUR, HOURLY_RUNS_KEPT) if flow in HOURLY else (QUARTER, RUNS_KEPT)
                for start in _ticks(max(begins - HOUR, business.now - kept), until, step):
                    if (shop.id, flow, start) not in self.silent_runs:
                        yield start + RUN_TAKES, _run(shop, flow, start, moved[shop.id, flow, start])
            for flow in QUEUES:
                for at in _ticks(max(begins - HOUR, business.now - QUEUES_KEPT), until, QUARTER):
                    if (shop.id, f"queue {flow}", at) not in self.silent_runs:
                        yield at + RUN_TAKES, _queue(shop, flow, at + RUN_TAKES)
        if after is None or self.delays:
            for sale in business.sales:
                yield from self._about(sale, business.now - DOCUMENTS_KEPT)

    def _about(self, sale: Sale, oldest: datetime) -> Iterator[tuple[datetime, Event]]:
        about = {"order_ref": sale.ref}
        for flow, happened_at in (("orders", sale.placed_at), ("cancellations", sale.cancelled_at)):
            if happened_at is not None and happened_at >= oldest and (id(sale), "webhook") not in self.left_out:
                at = happened_at + self.delays.get((id(sale), flow), timedelta(seconds=3 + sale.number % 4))
                times = {"occurred_at": happened_at, "received_at": at}
                yield at, event_of(f"w-{flow[:1]}-{sale.key}", "webhook", flow, sale.shop, at, **times, **about)
        if sale.parcels and (id(sale), "status_read") not in self.left_out:
            at = min(parcel.shipped_at for parcel in sale.parcels) - BEFORE_RELEASE
            if at >= oldest:
                yield at, event_of(f"s-{sale.key}", "status_read", "orders", sale.shop, at, finished_at=at, **about)


def event_of(name: str, kind: Kind, flow: str, shop: Shop | None, at: datetime, **more: Any) -> Event:
    """An event with its amounts and instants as text. What says nothing of time happened `at` the moment."""
    times = ("occurred_at", "started_at", "finished_at", "received_at")
    if not any(name in more for name in times):
        more["finished_at"] = at
    event: Event = {
        "event_id": f"{SOURCE}-{shop.id if shop else 'company'}-{name}",
        "source": SOURCE,
        "flow": flow,
        "kind": kind,
        "status": more.pop("status", "ok"),
    }
    if shop is not None:
        event["channel"] = shop.id
    return event | {key: _text(value) for key, value in more.items() if value is not None}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    return plain(value) if isinstance(value, Decimal) else value


def _run(shop: Shop, flow: str, start: datetime, moved: int) -> Event:
    return event_of(
        f"{flow}-{start:%Y%m%dT%H%M}",
        "run",
        flow,
        shop,
        start,
        started_at=start,
        finished_at=start + RUN_TAKES,
        records_due=moved,
        records_moved=moved,
        records_failed=0,
    )


def _queue(shop: Shop, flow: str, at: datetime) -> Event:
    """A few messages that have waited for a minute or two, as always."""
    waiting = (at.minute // 15 + len(shop.id)) % 3
    more: Event = {"queued": waiting, "dead_letters": 0, "occurred_at": at, "currency": CURRENCY}
    if waiting:
        more |= {"oldest_at": at - timedelta(minutes=2)}
    return event_of(f"q-{flow}-{at:%Y%m%dT%H%M}", "queue", flow, shop, at, **more)


def _moved(business: Business) -> Counter[tuple[str, str, datetime]]:
    """How many records each run moved, by shop, flow and start."""
    moved: Counter[tuple[str, str, datetime]] = Counter()
    for sale in business.sales:
        shop = sale.shop.id
        if sale.posted_at is not None:
            moved[shop, "orders", _floor(sale.posted_at, QUARTER)] += 1
        for parcel in sale.parcels:
            if parcel.told_at is not None:
                moved[shop, "tracking", _floor(parcel.told_at, QUARTER)] += 1
        for refund in sale.refunds:
            if refund.credited_at is not None:
                moved[shop, "refunds", _floor(refund.credited_at, HOUR)] += 1
        if sale.cancelled_at is not None:
            moved[shop, "cancellations", _floor(sale.cancelled_at, QUARTER) + QUARTER] += 1
    return moved


def _ticks(begin: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    at = _floor(begin, step) + step
    while at <= end:
        yield at
        at += step


def _floor(moment: datetime, step: timedelta) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // step * step


def _is_between(at: datetime, after: datetime | None, until: datetime) -> bool:
    return (after is None or at > after) and at <= until
