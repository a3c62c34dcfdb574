"""What a seller may change: an order's tracking and dispatch, and its parcels. What is written can be read back."""

from __future__ import annotations

from typing import Any

from auditor.sandbox.john_lewis.lists import BadRequest
from auditor.sandbox.john_lewis.state import MiraklState
from auditor.sandbox.john_lewis.wire import Node, instant


class NotFound(Exception):
    """Answered with 404."""


def set_tracking(state: MiraklState, order_id: str, given: Node) -> None:
    """OR23. Does not mark the order as shipped."""
    _only(state, several=False)
    carrier = _carrier(state, given)
    if order_id not in state.tables.orders:
        raise NotFound
    state.change_order(
        order_id,
        state.clock.now(),
        shipping_carrier_code=carrier["code"],
        shipping_carrier_standard_code=carrier["standard_code"],
        shipping_company=carrier["label"],
        shipping_tracking=given.get("tracking_number"),
    )


def ship(state: MiraklState, order_id: str) -> None:
    """OR24: from SHIPPING only."""
    _only(state, several=False)
    if order_id not in state.tables.orders:
        raise NotFound
    body = state.tables.orders[order_id].read()
    if body["order_state"] != "SHIPPING":
        raise BadRequest("")
    now = state.clock.now()
    lines = [
        {**line, "order_line_state": "SHIPPED", "shipped_date": instant(now)}
        if line["order_line_state"] == "SHIPPING"
        else line
        for line in body["order_lines"]
    ]
    state.change_order(order_id, now, order_state="SHIPPED", order_lines=lines)


def create_shipments(state: MiraklState, given: Node) -> Node:
    """ST01: what cannot be made is told beside what was, with the same status."""
    _only(state, several=True)
    success, errors = [], []
    for wanted in given["shipments"]:
        try:
            success.append(_created(state, wanted))
        except BadRequest as refused:
            errors.append({"order_id": wanted["order_id"], "message": str(refused)})
    return {"shipment_success": success, "shipment_errors": errors}


def change_trackings(state: MiraklState, given: Node) -> Node:
    """ST23."""
    _only(state, several=True)
    success, errors = [], []
    for wanted in given["shipments"]:
        row = state.tables.shipments.get(wanted["id"])
        try:
            if row is None:
                raise BadRequest("Shipment not found")
            tracking = _tracking(state, wanted["tracking"])
        except BadRequest as refused:
            errors.append({"id": wanted["id"], "message": str(refused)})
            continue
        state.put_shipment({**row.read(), "tracking": tracking, "last_updated_date": instant(state.clock.now())})
        success.append({"id": wanted["id"]})
    return {"shipment_success": success, "shipment_errors": errors}


def _created(state: MiraklState, wanted: Node) -> Node:
    row = state.tables.orders.get(wanted["order_id"])
    if row is None:
        raise BadRequest("Order not found")
    order = row.read()
    if order["order_state"] != "SHIPPING":
        raise BadRequest("Order is not in state SHIPPING")
    left = {line["order_line_id"]: line["quantity"] for line in order["order_lines"]}
    for held in state.tables.shipments.values():
        if held.order_id == row.id:
            for line in held.read()["shipment_lines"]:
                left[line["order_line_id"]] -= line["quantity"]
    for line in wanted["shipment_lines"]:
        if left.get(line["order_line_id"], 0) < line["quantity"]:
            raise BadRequest(f"Quantity of {line['order_line_id']} is not left to ship")
        left[line["order_line_id"]] -= line["quantity"]
    now = state.clock.now()
    is_shipped = bool(wanted.get("shipped"))
    body: Node = {
        "created_date": instant(now),
        "id": f"{row.id}-S{state.next_id()}",
        "last_updated_date": instant(now),
        "order_id": row.id,
        "shipment_lines": wanted["shipment_lines"],
        "status": "SHIPPED" if is_shipped else "SHIPPING",
        "status_customer_debit": "NO_DEBIT",
        "tracking": _tracking(state, wanted.get("tracking") or {}),
    }
    if is_shipped:
        body["shipped_date"] = instant(now)
    state.put_shipment(body)
    if is_shipped and not any(left.values()):
        lines = [{**line, "order_line_state": "SHIPPED", "shipped_date": instant(now)} for line in order["order_lines"]]
        state.change_order(row.id, now, order_state="SHIPPED", order_lines=lines)
    return body


def _tracking(state: MiraklState, given: Node) -> Node:
    carrier = _carrier(state, given)
    return {
        "carrier_code": carrier["code"],
        "carrier_name": carrier["label"],
        "carrier_standard_code": carrier["standard_code"],
        "tracking_number": given.get("tracking_number"),
        "validity_status": "UNVERIFIED" if given.get("tracking_number") else "MISSING_TRACKING",
    }


def _carrier(state: MiraklState, given: Node) -> dict[str, Any]:
    """A registered carrier, or the name given where the operator admits others."""
    for carrier in state.carriers:
        if carrier["code"] == given.get("carrier_code") or carrier["standard_code"] == given.get(
            "carrier_standard_code"
        ):
            return carrier
    if given.get("carrier_code") or state.configuration["features"]["disable_seller_alternative_carrier"]:
        raise BadRequest("Carrier is not registered")
    if not given.get("carrier_name"):
        raise BadRequest("carrier_name is mandatory for an unregistered carrier")
    return {"code": None, "label": given["carrier_name"], "standard_code": None}


def _only(state: MiraklState, *, several: bool) -> None:
    if state.habits.multi_shipment is not several:
        raise BadRequest("Not available with the platform's shipment settings")
