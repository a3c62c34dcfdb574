"""What it takes to tell a channel of a parcel: from what the run knew of the delivery and of the channel's order.

In: a run's workspace (canonical.*, setting.*) and a finding that names the order and the delivery. Out: the payload, as
`connectors.writer` describes it for every channel, and what it rests on; or a sentence why it cannot be written yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from auditor.model import Finding
from auditor.store.connection import Connection

# What is in a parcel that is only being made ready, or that got lost, does not wait any more.
_WAITING_LINES = """
WITH sent AS (
    SELECT l.line_id, sum(l.quantity) AS quantity FROM canonical.shipment_line AS l
    WHERE l.channel = $channel AND l.order_id = $order_id AND l.shipment_id IN (
        SELECT s.shipment_id FROM canonical.shipment AS s
        WHERE s.channel = $channel AND s.order_id = $order_id AND s.status <> 'cancelled')
    GROUP BY l.line_id
)
SELECT NULL, l.line_id, l.sku, coalesce(l.current_quantity, l.quantity) - coalesce(s.quantity, 0) AS remaining, TRUE
FROM canonical.sales_order_line AS l LEFT JOIN sent AS s ON s.line_id = l.line_id
WHERE l.channel = $channel AND l.order_id = $order_id AND l.is_shippable
  AND coalesce(l.current_quantity, l.quantity) > coalesce(s.quantity, 0)
ORDER BY l.line_id
"""
_WAITING_WORKS = """
SELECT f.fulfilment_order_id, l.fulfilment_order_line_id, l.sku, l.remaining_quantity, f.can_ship
FROM canonical.fulfilment_order AS f
JOIN canonical.fulfilment_order_line AS l
  ON l.channel = f.channel AND l.fulfilment_order_id = f.fulfilment_order_id
WHERE f.channel = $channel AND f.order_id = $order_id AND f.status NOT IN ('cancelled', 'closed')
  AND l.remaining_quantity > 0
ORDER BY f.fulfilment_order_id, l.fulfilment_order_line_id
"""
_SENT = ("shipped", "delivered")


class _Waiting(NamedTuple):
    """A line that waits to be sent; work_id: the fulfilment order it is planned in, None where there is none."""

    work_id: str | None
    line_id: str
    sku: str | None
    remaining: Decimal
    can_ship: bool


@dataclass(frozen=True, slots=True)
class _Unmapped:
    """The channel does not take the carrier, and why somebody has to look first."""

    reason: str


def push_tracking(con: Connection, finding: Finding) -> tuple[dict[str, Any], dict[str, Any]] | str:
    """Ship what the delivery holds under its tracking number, of what still waits on the channel's order.

    The payload is the contract of `connectors.writer`, the same for every channel.
    """
    order = {"channel": finding.channel, "order_id": finding.keys["order_id"]}
    delivery = _one(
        con,
        "SELECT d.doc_entry, d.tracking_number, t.name FROM canonical.b1_delivery AS d "
        "LEFT JOIN canonical.b1_shipping_type AS t ON t.shipping_type = d.shipping_type WHERE d.doc_entry = $doc_entry",
        {"doc_entry": int(finding.keys["doc_entry"])},
    )
    if delivery is None or not delivery[1]:
        return "The delivery carries no tracking number any more."
    doc_entry, tracking_number, b1_carrier = delivery
    carrier = _channel_carrier(con, finding.channel, b1_carrier)
    if isinstance(carrier, _Unmapped):
        return carrier.reason
    waiting = _waiting(con, order)
    parcels = con.sql(
        "SELECT shipment_id, tracking_number, status FROM canonical.shipment WHERE channel = $channel "
        "AND order_id = $order_id AND status NOT IN ('cancelled', 'failed') ORDER BY shipment_id",
        params=order,
    ).fetchall()
    numbers = sorted({number for _, number, _ in parcels if number})
    channel: dict[str, Any] = {"is_cancelled": False, "remaining": {}, "tracking": numbers}
    b1 = {"doc_entry": str(doc_entry), "tracking_number": tracking_number, "is_cancelled": False}
    before = {"b1": b1, "channel": channel}
    payload: dict[str, Any] = {
        "channel": finding.channel,
        "order_id": finding.keys["order_id"],
        "order_ref": finding.keys.get("order_ref"),
        "doc_entry": str(doc_entry),
        "tracking_number": tracking_number,
        "carrier": carrier,
    }
    untracked = [shipment for shipment, number, status in parcels if not number and status in _SENT]
    if untracked and not waiting:
        return payload | {"shipment_id": untracked[0]}, before
    if not waiting:
        return "Nothing is left to ship on the channel's order; look at its fulfilments."
    if not all(line.can_ship for line in waiting):
        return "The channel holds the order's fulfilment; release the hold there first."
    lines = _allocate(_delivered(con, int(doc_entry)), waiting, _items_of(con, finding.channel))
    if not lines:
        return "The delivered items are not among those that still wait on the channel's order."
    channel["remaining"] = {line["id"]: line["quantity"] for part in lines for line in part["lines"]}
    return payload | {"lines": lines}, before


def _waiting(con: Connection, order: dict[str, Any]) -> list[_Waiting]:
    """What of an order still waits: by its fulfilment orders where the channel has them, else by its lines."""
    has_works = _one(
        con,
        "SELECT 1 FROM canonical.fulfilment_order WHERE channel = $channel LIMIT 1",
        {"channel": order["channel"]},
    )
    rows = con.sql(_WAITING_WORKS if has_works else _WAITING_LINES, params=order).fetchall()
    return [_Waiting(*row) for row in rows]


def _delivered(con: Connection, doc_entry: int) -> dict[str, Decimal]:
    rows = con.sql(
        "SELECT item_code, sum(quantity) FROM canonical.b1_delivery_line "
        "WHERE doc_entry = $doc_entry GROUP BY item_code ORDER BY item_code",
        params={"doc_entry": doc_entry},
    ).fetchall()
    return {str(item).upper(): Decimal(quantity) for item, quantity in rows}


def _items_of(con: Connection, channel: str) -> dict[str, list[tuple[str, Decimal]]]:
    """SKU of the company's map -> the items that one unit of it is delivered as."""
    rows = con.sql(
        "SELECT channel_sku, item_code, quantity FROM setting.sku_map WHERE channel = $channel ORDER BY ALL",
        params={"channel": channel},
    ).fetchall()
    items: dict[str, list[tuple[str, Decimal]]] = {}
    for sku, item, quantity in rows:
        items.setdefault(str(sku).upper(), []).append((str(item).upper(), Decimal(quantity)))
    return items


def _allocate(
    delivered: dict[str, Decimal], waiting: Iterable[_Waiting], items: dict[str, list[tuple[str, Decimal]]]
) -> list[dict[str, Any]]:
    """Spread delivered quantities over the waiting lines, in order; never more than waits, never more than came."""
    left = dict(delivered)
    parts: dict[str | None, list[dict[str, Any]]] = {}
    for line in waiting:
        sku = str(line.sku).upper()
        behind = items.get(sku, [(sku, Decimal(1))])
        came = min(
            left.get(item, Decimal(0)) // each if each != 1 else left.get(item, Decimal(0)) for item, each in behind
        )
        quantity = min(came, Decimal(line.remaining))
        if quantity > 0:
            for item, each in behind:
                left[item] -= quantity * each
            parts.setdefault(line.work_id, []).append({"id": line.line_id, "quantity": _number(quantity)})
    return [
        {"lines": lines} if work_id is None else {"fulfilment_order_id": work_id, "lines": lines}
        for work_id, lines in parts.items()
    ]


def _channel_carrier(con: Connection, channel: str, b1_carrier: str | None) -> str | _Unmapped | None:
    """What the channel calls the carrier; where it has a list of those it takes, the key of one of them."""
    mapped = _one(
        con,
        "SELECT channel_carrier FROM setting.carrier_map WHERE channel IN ($channel, '*') "
        "AND upper(trim(b1_carrier)) = upper(trim($b1_carrier)) ORDER BY channel DESC",
        {"channel": channel, "b1_carrier": b1_carrier},
    )
    carrier = str(mapped[0]) if mapped else b1_carrier
    if not _one(con, "SELECT 1 FROM canonical.carrier WHERE channel = $channel LIMIT 1", {"channel": channel}):
        return carrier or None
    approved = _one(
        con,
        "SELECT carrier FROM canonical.carrier WHERE channel = $channel "
        "AND upper(trim($name)) IN (upper(carrier), upper(trim(name)), upper(standard_code)) "
        "ORDER BY upper(carrier) <> upper(trim($name)), carrier",
        {"channel": channel, "name": carrier},
    )
    if approved is None:
        named = f"'{carrier}'" if carrier else "No carrier"
        return _Unmapped(
            f"{named} is not among the carriers that {channel} takes; name one of them in the map of carriers."
        )
    return str(approved[0])


def _one(con: Connection, query: str, params: dict[str, Any]) -> tuple[Any, ...] | None:
    rows = con.sql(query, params=params).fetchall()
    return rows[0] if rows else None


def _number(quantity: Any) -> str:
    return format(Decimal(quantity).normalize(), "f")
