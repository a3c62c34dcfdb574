"""What goes wrong with the machinery between the systems: runs that see nothing, notices that are lost, queues that do
not empty, flows that slow down, clocks that run fast, keys and interfaces that end.

`befall` changes what happens in the business and what the middleware writes of it, before anything is booked;
`Machinery` says what the served systems do differently (see host.py). Each shop has all of it, except where one of them
shows a look-alike instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from auditor.money import ZERO
from auditor.sandbox import life
from auditor.sandbox.basics import next_tick
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.middleware import SOURCE
from auditor.sandbox.sale import Refund, Sale, SaleLine
from auditor.sandbox.truth import LookAlike, Planted, look_alike, planted

Fact = Planted | LookAlike
ELSEWHERE = "30"
"""A warehouse that belongs to no channel's location."""
_DUE = 5
_SILENT, _HANDFUL = 24, 8
_MISSED = 4
_LATE = timedelta(hours=30)
_QUARTER, _HOUR, _DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
_LAG = timedelta(minutes=2)
_THIRD_AUDIT = timedelta(minutes=72)
_CLOSED_AGO, _CLOSED_FOR = timedelta(minutes=65), timedelta(minutes=20)


@dataclass(slots=True)
class Machinery:
    """How the served systems differ from well-kept ones, by the shop's id."""

    clock_ahead: dict[str, timedelta] = field(default_factory=dict)
    sunset: dict[str, date] = field(default_factory=dict)
    """The day that answers name as their end."""
    expires: dict[str, date] = field(default_factory=dict)
    """The day on which the shop's credential ends, as auditor.toml names it."""
    closed: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """From when until when the shop was closed for maintenance (UTC), as auditor.toml announces it."""


def befall(business: Business, taken: Collection[Sale]) -> Iterator[Fact]:
    """What happens, and what must be found. `taken` sales have a fault of their own already."""
    rng = Random(f"health {business.seed}")
    free = {
        shop.id: [sale for sale in business.sales if sale.shop is shop and sale not in taken] for shop in business.shops
    }
    for number, shop in enumerate(business.shops):
        is_odd = number % 2 == 1
        yield from _queues(business, shop, is_odd)
        yield from _refunds_not_seen(business, shop, free[shop.id], rng)
        yield from _notices(business, shop, free[shop.id], is_odd)
        yield from _replay(business, shop, free[shop.id])
        yield from _seldom(business, shop, is_odd)
        yield from _elsewhere(business, shop, free[shop.id])
        yield from _new_word(business, shop)
        yield from _untitled(business, shop)


def machinery(business: Business) -> tuple[Machinery, list[Fact]]:
    """What the systems do differently, and what must be found of it."""
    ways, today = Machinery(), business.now.date()
    facts: list[Fact] = []
    for number, shop in enumerate(business.shops):
        if number % 2 == 0:
            ways.clock_ahead[shop.id] = timedelta(seconds=150)
            ways.sunset[shop.id] = today + timedelta(days=40)
            ways.expires[shop.id] = today + timedelta(days=7)
            facts += [
                _found("clock_skew", shop, "clock", "its clock is two and a half minutes fast", "clock_ahead"),
                _found("api_version_or_schema_change", shop, "sunset", "answers name their last day", "announced_end"),
                _found("credentials_expiring", shop, "access", "its key ends in a week", "ends_soon"),
            ]
        else:
            ways.clock_ahead[shop.id] = timedelta(seconds=30)
            ways.sunset[shop.id] = today + timedelta(days=200)
            ways.expires[shop.id] = today + timedelta(days=90)
            closed_at = business.now - _CLOSED_AGO
            ways.closed[shop.id] = (closed_at, closed_at + _CLOSED_FOR)
            facts += [
                look_alike("clock_skew", shop, "clock", "half a minute is within what is allowed"),
                look_alike("api_version_or_schema_change", shop, "sunset", "its last day is far away"),
                look_alike("credentials_expiring", shop, "access", "its key lives for months"),
            ]
    return ways, facts


def _queues(business: Business, shop: Shop, is_odd: bool) -> Iterator[Fact]:
    """Messages that were given up or wait for hours; a queue that was full an hour ago."""
    write, at = business.middleware.write, business.now - timedelta(minutes=1)
    if is_odd:
        write(at, "queue", "tracking", shop, occurred_at=at, queued=9, dead_letters=0, oldest_at=at - 5 * _HOUR)
        yield _found("queue_backlog", shop, f"{SOURCE}:tracking", "nine messages wait for hours", "waits_too_long")
        # Prices are promised within two hours in which everything is open.
        write(
            at, "queue", "prices", shop, occurred_at=at, queued=5, dead_letters=0, oldest_at=at - 2 * _HOUR - _QUARTER
        )
        yield look_alike("queue_backlog", shop, f"{SOURCE}:prices", "for twenty minutes of it the shop was closed")
    else:
        write(at, "queue", "refunds", shop, occurred_at=at, queued=0, dead_letters=2)
        yield _found("queue_backlog", shop, f"{SOURCE}:refunds", "two messages were given up", "dead_letters")
    full = at - _HOUR
    write(full, "queue", "payouts", shop, occurred_at=full, queued=7, dead_letters=1, oldest_at=full - 3 * _DAY)
    write(at, "queue", "payouts", shop, occurred_at=at, queued=0, dead_letters=0)
    yield look_alike("queue_backlog", shop, f"{SOURCE}:payouts", "it was full and is empty")


def _refunds_not_seen(business: Business, shop: Shop, free: list[Sale], rng: Random) -> Iterator[Fact]:
    """Refunds of the last hour but one, which the run after them did not see although it ended well."""
    run = business.now.replace(minute=0, second=0, microsecond=0) - _HOUR
    run -= _HOUR * (run.hour % 2 == 0)
    chosen = [sale for sale in free if _is_settled(sale, business)][:_DUE]
    if len(chosen) < _DUE:
        return
    for number, sale in enumerate(chosen):
        free.remove(sale)
        line = sale.lines[0]
        given = life.refund(sale, run - timedelta(minutes=50 - number), [(line, line.quantity)], business.ids, rng)
        given.credited_at = None
    money = sum((given.total for given in _not_seen(business, shop)), ZERO)
    yield planted(
        "silent_success", shop, "refunds", "INT", money, "a run did not see five refunds", cause="moved_nothing"
    )
    yield look_alike("silent_success", shop, "cancellations", "nothing was called off, so nothing was to move")


def _not_seen(business: Business, shop: Shop) -> Iterator[Refund]:
    """What runs of the last day left out: they take place at odd hours only (`_seldom`), and skip all or nothing."""
    given = [one for sale in business.sales if sale.shop is shop and sale.parcels for one in sale.refunds]
    ends = business.now + _THIRD_AUDIT
    last = ends.replace(minute=0, second=0, microsecond=0)
    for hours in range(25):
        run = last - hours * _HOUR
        if run.hour % 2 == 0 or run <= ends - _DAY:
            continue
        moved = sum(one.credited_at is not None and run <= one.credited_at < run + _HOUR for one in given)
        since, until = run - 2 * _HOUR - _LAG, run - _LAG
        due = [one for one in given if one.status == "SUCCESS" and not one.credited_at and since <= one.at < until]
        if moved * 10 < len(due):
            yield from (one for one in due if one.at > ends - _DAY)


def _is_settled(sale: Sale, business: Business) -> bool:
    """Shipped some weeks ago, with nothing special about it."""
    age = business.now - sale.placed_at
    return (
        timedelta(days=6) < age < timedelta(days=26)
        and sale.posted_at is not None
        and len(sale.parcels) == 1
        and not sale.refunds
        and sale.cancelled_at is None
        and sale.gateway == sale.shop.provider
        and all(line.sku in business.items and line.kind == "product" and not line.bundle for line in sale.lines)
        and all(line.gross > 1 and not line.discount and line.rate for line in sale.lines)
    )


def _notices(business: Business, shop: Shop, free: list[Sale], is_odd: bool) -> Iterator[Fact]:
    """Notices of today's orders that never came; elsewhere two of them, which is the weather."""
    begin, end = business.now - timedelta(hours=21), business.now - timedelta(minutes=40)
    today = [sale for sale in free if begin < sale.placed_at < end and sale.posted_at and not sale.is_test]
    if is_odd or len(today) < _MISSED:
        for sale in today[:2]:
            business.middleware.leave_out(sale, "webhook")
        yield look_alike(
            "webhook_gap_or_replay", shop, "orders", "two notices were lost, and the orders came by polling"
        )
        return
    for sale in today[:_MISSED]:
        business.middleware.leave_out(sale, "webhook")
    yield _found("webhook_gap_or_replay", shop, "orders", "four notices of orders never came", "missed")


def _replay(business: Business, shop: Shop, free: list[Sale]) -> Iterator[Fact]:
    """An order that came by an old notice more than a day after it was placed."""
    for sale in free:
        age = business.now - sale.placed_at
        is_late_sent = (
            sale.parcels and min(parcel.shipped_at for parcel in sale.parcels) > sale.placed_at + _LATE + _HOUR
        )
        if timedelta(days=4) < age < timedelta(days=9) and sale.posted_at and is_late_sent and not sale.refunds:
            sale.posted_at = next_tick(sale.placed_at + _LATE) + timedelta(seconds=20)
            received = sale.posted_at - timedelta(seconds=90)
            business.middleware.delay(sale, "orders", received - sale.placed_at)
            free.remove(sale)
            event = f"{SOURCE}-{shop.id}-w-o-{sale.key}"
            yield _found("webhook_gap_or_replay", shop, event, "an old notice made a sales order", "replayed")
            return


def _seldom(business: Business, shop: Shop, is_odd: bool) -> Iterator[Fact]:
    """Refunds run every two hours since three days; elsewhere always on these days of the week."""
    last = business.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=8)
    ends = business.now + _THIRD_AUDIT
    for hours in range(32 * 24):
        start = last - hours * _HOUR
        days_ago = (ends - start) // _DAY
        if start.hour % 2 == 0 and (days_ago < 3 or (is_odd and days_ago % 7 < 3)):
            business.middleware.skip_run(shop, "refunds", start)
    if is_odd:
        yield look_alike("cadence_drift", shop, "refunds:gap", "on these days of the week it is always so")
    else:
        yield _found("cadence_drift", shop, "refunds:gap", "refunds run every two hours", "runs_less_often")


def _elsewhere(business: Business, shop: Shop, free: list[Sale]) -> Iterator[Fact]:
    """An order that was booked from a warehouse which no channel counts."""
    for sale in free:
        if _is_settled(sale, business):
            sale.lines[0].warehouse = ELSEWHERE
            free.remove(sale)
            yield _found("mapping_gap", shop, f"warehouse:{ELSEWHERE}", "booked from a strange warehouse", "warehouse")
            return


def _new_word(business: Business, shop: Shop) -> Iterator[Fact]:
    business.middleware.write(business.now - 2 * _HOUR, "message", "items", shop, status="partly")
    word = "sync_event.status:partly"
    yield _found("api_version_or_schema_change", shop, word, "the middleware writes a new word", "new_word")


def _untitled(business: Business, shop: Shop) -> Iterator[Fact]:
    """A shop whose newest lines have no name any more; another where it is only a handful of them."""
    if shop.kind not in ("tiktok_shop", "bigcommerce"):
        return
    is_gone = shop.kind == "tiktok_shop"
    lately = [sale for sale in business.sales if sale.shop is shop and business.now - sale.placed_at < 27 * _DAY]
    lately.sort(key=lambda sale: sale.placed_at)
    silent: list[SaleLine] = []
    while lately and len(silent) < (_SILENT if is_gone else _HANDFUL):
        silent += lately.pop().lines
    if sum(len(sale.lines) for sale in lately) < 3 * _SILENT:
        return
    for line in silent:
        line.title = ""
    subject = "sales_order_line.title is not sent"
    if is_gone:
        note = "the newest lines have no name of the product"
        yield _found("api_version_or_schema_change", shop, subject, note, "field_gone")
    else:
        yield look_alike("api_version_or_schema_change", shop, subject, "a handful of lines has no name")


def _found(check: str, shop: Shop, subject: str, note: str, cause: str) -> Planted:
    return Planted(check, shop.id, subject, "INT", None, ZERO, note, cause=cause)
