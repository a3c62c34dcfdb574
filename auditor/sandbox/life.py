"""What becomes of a sale when nothing goes wrong: paid, posted by the middleware, shipped, told to the shop, refunded.

Used for invented sales and for sales from a file alike; everything here is synthetic.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from auditor.sandbox.basics import Ids, next_tick
from auditor.sandbox.sale import Parcel, Payment, Refund, RefundLine, Sale, SaleLine

# B1 shipping type -> how B1 calls it, how the shop calls the carrier.
CARRIERS: dict[int, tuple[str, str]] = {
    1: ("DPD Next Day", "DPD"),
    2: ("Royal Mail 48", "Royal Mail"),
    3: ("EVRI Standard", "Evri"),
}
REASONS = ("unwanted", "damaged in transit", "wrong size", "late delivery", "not as described")


def tracking_number(carrier: int, ids: Ids) -> str:
    """A number in the carrier's style that no other parcel has."""
    number = ids.next("tracking", 10_204_417)
    if carrier == 1:
        return f"1550{number:010d}"
    if carrier == 2:
        return f"RM{number:09d}GB"
    return f"H01{number:013d}"


def pay(sale: Sale, ids: Ids) -> None:
    sale.payments = [
        Payment(ids.next("transaction", 9_000_001), "SALE", "SUCCESS", sale.gateway, sale.total, sale.placed_at)
    ]


def post(sale: Sale, now: datetime) -> None:
    """The middleware's next run makes the sales order, unless that run is still to come."""
    tick = next_tick(sale.placed_at) + timedelta(seconds=20)
    sale.posted_at = tick if tick <= now else None


def ship(sale: Sale, at: datetime, rng: Random, ids: Ids, *, parcels: int = 1) -> None:
    """Pack all lines that go into a parcel into one or two parcels and tell the shop at the next run."""
    lines = [line for line in sale.lines if line.kind == "product" and line.kept]
    if not lines:
        return
    cut = len(lines) if parcels == 1 or len(lines) < 2 else rng.randrange(1, len(lines))
    for number, part in enumerate((lines[:cut], lines[cut:])):
        if part:
            carrier = rng.choice((1, 1, 2, 3))
            shipped_at = at + timedelta(minutes=47 * number)
            packed = [(line, line.kept) for line in part]
            told_at = next_tick(shipped_at) + timedelta(seconds=35)
            sale.parcels.append(Parcel(shipped_at, tracking_number(carrier, ids), carrier, packed, told_at))


def refund(
    sale: Sale, at: datetime, parts: list[tuple[SaleLine, int]], ids: Ids, rng: Random, *, with_shipping: bool = False
) -> Refund:
    """Give back these units, and the shipping where the shop can say so; the middleware's hourly run credits it."""
    given = Refund(
        refund_id=ids.next("refund", 880_001),
        transaction=ids.next("transaction", 9_000_001),
        at=at,
        gateway=sale.gateway,
        lines=[RefundLine(line, quantity) for line, quantity in parts],
        reason=rng.choice(REASONS),
        credited_at=next_tick(at, 60) + timedelta(seconds=50),
    )
    if with_shipping and "refund_shipping" in sale.shop.can:
        given.shipping, given.shipping_tax = sale.shipping, sale.shipping_tax
    sale.refunds.append(given)
    return given


def cancel(sale: Sale, at: datetime, ids: Ids, rng: Random) -> Refund:
    """Called off by the customer before dispatch: everything is paid back."""
    sale.cancelled_at = at
    given = refund(sale, at, [(line, line.kept) for line in sale.lines], ids, rng)
    given.shipping, given.shipping_tax, given.adjustment = sale.shipping, sale.shipping_tax, sale.tip
    given.reason = "cancelled by the customer"
    given.credited_at = None
    for part in given.lines:
        part.restock = "CANCEL"
    return given
