"""What may be written to the simulated shop: shipments and their tracking numbers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from auditor.sandbox.magento.state import Body, MagentoState

TRACK_NEEDS = ("order_id", "parent_id", "track_number", "title", "carrier_code", "weight", "qty", "description")


class Refused(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def add_track(state: MagentoState, entity: Mapping[str, Any]) -> Body:
    """A number on an existing shipment; the shipment's own time stays as it was."""
    for name in TRACK_NEEDS:
        if name not in entity:
            raise Refused(f'"{name}" is required. Enter and try again.')
    shipment = state.get("shipments", int(entity["parent_id"]))
    if shipment is None:
        raise Refused("The shipment doesn't exist. Verify and try again.", 404)
    track = {**entity, "entity_id": state.next_id(), "created_at": _now(state), "updated_at": _now(state)}
    shipment["tracks"] = [*shipment["tracks"], track]
    state.put("shipments", shipment)
    return track


def ship(state: MagentoState, order_id: int, given: Mapping[str, Any]) -> int:
    """A shipment of these items, or of everything that is left; its number. Asking twice ships twice, or is refused."""
    order = state.get("orders", order_id)
    if order is None:
        raise Refused("The order doesn't exist. Verify and try again.", 404)
    wanted = {int(one["order_item_id"]): Decimal(one["qty"]) for one in given.get("items", ())}
    sent = []
    for item in order["items"]:
        if item.get("parent_item_id") is not None or item.get("is_virtual"):
            continue
        left = item["qty_ordered"] - item["qty_shipped"] - item["qty_canceled"] - item["qty_refunded"]
        quantity = min(left, wanted.get(item["item_id"], Decimal(0))) if wanted else left
        if quantity > 0:
            item["qty_shipped"] += quantity
            sent.append(
                {"entity_id": state.next_id(), "order_item_id": item["item_id"], "sku": item["sku"], "qty": quantity}
            )
    if not sent:
        raise Refused("Shipment Document Validation Error(s):\nYou can't create a shipment without products.")
    number, now = state.next_id(), _now(state)
    shared = {"order_id": order_id, "parent_id": number, "weight": 0, "qty": 0, "description": ""}
    tracks = [{**shared, **track, "entity_id": state.next_id()} for track in given.get("tracks", ())]
    order["updated_at"] = now
    state.put("orders", order)
    state.put(
        "shipments",
        {
            "entity_id": number,
            "increment_id": f"{number:09d}",
            "order_id": order_id,
            "created_at": now,
            "updated_at": now,
            "items": sent,
            "tracks": tracks,
            "comments": [],
        },
    )
    return number


def _now(state: MagentoState) -> str:
    return state.clock.now().strftime("%Y-%m-%d %H:%M:%S")
