"""Turns findings into proposed corrections, from what the run knew; nothing is read or written outside.

A finding gets a proposal when its check names an action, the correction can be written completely, and no earlier
proposal for the same difference is still alive. Where something is missing (an unmapped carrier, nothing left to
ship) there is no proposal, and the reason is given so that a person sees what to do first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from auditor.acting.action import Action, ActionState
from auditor.model import Finding
from auditor.store.connection import Connection

PROPOSER = "auditor"


@dataclass(frozen=True, slots=True)
class NotProposed:
    """Why a finding got no proposal."""

    finding_id: str
    reason: str


def propose(
    con: Connection, findings: Iterable[Finding], kinds: dict[str, str], at: datetime
) -> tuple[list[Action], list[NotProposed]]:
    """Proposals for findings whose check names an action.

    con:   a run's workspace (canonical.*, setting.*).
    kinds: check id -> kind of action.
    """
    proposals: list[Action] = []
    refused: list[NotProposed] = []
    for finding in findings:
        builder = _BUILDERS.get(kinds.get(finding.check_id, ""))
        if builder is None:
            continue
        built = builder(con, finding)
        if isinstance(built, str):
            refused.append(NotProposed(finding.finding_id, built))
            continue
        payload, before = built
        proposals.append(_action(finding, kinds[finding.check_id], payload, before, at))
    return proposals, refused


def _action(finding: Finding, kind: str, payload: dict[str, Any], before: dict[str, Any], at: datetime) -> Action:
    # The key names the effect, not the request: the same difference always gets the same key.
    key = f"{finding.channel}:{finding.check_id}:{finding.subject_id}:{finding.signature}"
    return Action(
        action_id=hashlib.sha256(f"{key}:{at.isoformat()}".encode()).hexdigest()[:12],
        kind=kind,
        finding_id=finding.finding_id,
        channel=finding.channel,
        state=ActionState.PROPOSED,
        idempotency_key=hashlib.sha256(key.encode()).hexdigest()[:32],
        payload=payload,
        before=before,
        answer=None,
        money=finding.money_at_risk,
        currency=finding.currency,
        proposed_by=PROPOSER,
        proposed_at=at,
    )


def _push_tracking(con: Connection, finding: Finding) -> tuple[dict[str, Any], dict[str, Any]] | str:
    """Ship what the delivery holds under its tracking number, on the fulfilment orders that still wait."""
    names = {"channel": finding.channel, "order_id": finding.keys["order_id"]}
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
    waiting = con.sql(
        "SELECT f.fulfilment_order_id, l.fulfilment_order_line_id, l.sku, l.remaining_quantity, f.can_ship "
        "FROM canonical.fulfilment_order AS f JOIN canonical.fulfilment_order_line AS l "
        "ON l.channel = f.channel AND l.fulfilment_order_id = f.fulfilment_order_id "
        "WHERE f.channel = $channel AND f.order_id = $order_id AND f.status NOT IN ('cancelled', 'closed') "
        "AND l.remaining_quantity > 0 ORDER BY f.fulfilment_order_id, l.fulfilment_order_line_id",
        params=names,
    ).fetchall()
    parcels = con.sql(
        "SELECT shipment_id, tracking_number FROM canonical.shipment WHERE channel = $channel AND order_id = $order_id "
        "AND status IN ('shipped', 'delivered') ORDER BY shipment_id",
        params=names,
    ).fetchall()
    before: dict[str, Any] = {
        "b1": {"doc_entry": str(doc_entry), "tracking_number": tracking_number, "is_cancelled": False},
        "channel": {
            "is_cancelled": False,
            "remaining": {line: _number(left) for _, line, _, left, _ in waiting},
            "tracking": sorted(number for _, number in parcels if number),
        },
    }
    payload: dict[str, Any] = {
        "channel": finding.channel,
        "order_id": finding.keys["order_id"],
        "order_ref": finding.keys.get("order_ref"),
        "doc_entry": str(doc_entry),
        "tracking_number": tracking_number,
        "carrier": carrier,
    }
    untracked = [shipment for shipment, number in parcels if not number]
    if untracked and not waiting:
        return payload | {"shipment_id": untracked[0]}, before
    if not waiting:
        return "Nothing is left to ship on the channel's order; look at its fulfilments."
    if not all(can_ship for *_, can_ship in waiting):
        return "The channel holds the order's fulfilment; release the hold there first."
    lines = _allocate(_delivered(con, int(doc_entry)), waiting)
    if not lines:
        return "The delivered items are not among those that still wait on the channel's order."
    return payload | {"lines": lines}, before


def _delivered(con: Connection, doc_entry: int) -> dict[str, Decimal]:
    rows = con.sql(
        "SELECT item_code, sum(quantity) FROM canonical.b1_delivery_line "
        "WHERE doc_entry = $doc_entry GROUP BY item_code ORDER BY item_code",
        params={"doc_entry": doc_entry},
    ).fetchall()
    return {str(item).upper(): Decimal(quantity) for item, quantity in rows}


def _allocate(delivered: dict[str, Decimal], waiting: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Spread delivered quantities over the waiting lines, in order; never more than waits, never more than came."""
    left = dict(delivered)
    per_order: dict[str, list[dict[str, Any]]] = {}
    for order_id, line_id, sku, remaining, _ in waiting:
        quantity = min(left.get(str(sku).upper(), Decimal(0)), Decimal(remaining))
        if quantity > 0:
            left[str(sku).upper()] -= quantity
            per_order.setdefault(order_id, []).append({"id": line_id, "quantity": _number(quantity)})
    return [{"fulfilment_order_id": order_id, "lines": lines} for order_id, lines in per_order.items()]


def _channel_carrier(con: Connection, channel: str, b1_carrier: str | None) -> str | None:
    if not b1_carrier:
        return None
    mapped = _one(
        con,
        "SELECT channel_carrier FROM setting.carrier_map WHERE channel IN ($channel, '*') "
        "AND upper(trim(b1_carrier)) = upper(trim($b1_carrier)) ORDER BY channel DESC",
        {"channel": channel, "b1_carrier": b1_carrier},
    )
    return str(mapped[0]) if mapped else b1_carrier


def _one(con: Connection, query: str, params: dict[str, Any]) -> tuple[Any, ...] | None:
    rows = con.sql(query, params=params).fetchall()
    return rows[0] if rows else None


def _number(quantity: Any) -> str:
    return format(Decimal(quantity).normalize(), "f")


_BUILDERS = {"push_tracking": _push_tracking}
