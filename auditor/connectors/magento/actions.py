"""What may be written to Magento: the tracking of a parcel. Shipping twice ships twice, so it is sent once.

One class for each kind of correction, all shaped like `connectors.writer.Writer`. The far end has no place for our
key; whether a write has happened is seen from the tracking number among the order's shipments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from auditor.connectors.magento.client import MagentoClient
from auditor.connectors.magento.criteria import Filter
from auditor.connectors.magento.documents import SHIPMENTS, Listing
from auditor.connectors.magento.fields import Fields, exact
from auditor.connectors.magento.reader import Reader
from auditor.errors import OutcomeUnknown, Rejected

_ITEM = Fields(
    "TrackedItem",
    must=("item_id", "product_type", "qty_ordered", "qty_shipped", "qty_canceled", "qty_refunded"),
    may=("parent_item_id", "is_virtual"),
)
TRACKED_ORDERS = Listing(
    "orders",
    "orders",
    Fields("TrackedOrder", must=("entity_id", "state"), many=(("items", _ITEM),), must_hold=("items",)),
)
# Magento shows a link only for carriers it has a module for; any other goes by its name.
CARRIER_CODE = "custom"
NO_NAME = "Carrier"


class PushTracking:
    """Ships what waits on an order under a tracking number, or adds the number to a shipment that has none.

    payload: order_id, tracking_number, carrier (or None), and either `lines` ([{lines: [{id, quantity}]}], ids of
             order items) with perhaps `source_code`, or `shipment_id` of a shipment without tracking.
    The customer is not notified: that is for the shop to decide, not for a correction.
    """

    kind = "push_tracking"

    def __init__(self, client: MagentoClient) -> None:
        self._client = client
        self._reader = Reader(client, "")

    def current(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """is_cancelled, remaining quantities of the items that still wait, tracking numbers of the shipments."""
        order = self._order(payload)
        return {
            "is_cancelled": order["state"] in ("canceled", "closed"),
            "remaining": dict(_waiting(order["items"])),
            "tracking": sorted(number for shipment in self._shipments(payload) for number in _numbers(shipment)),
        }

    def send(self, payload: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The shipment as Magento confirmed it. Raises `Rejected` with Magento's words, `OutcomeUnknown`."""
        order_id, number = int(payload["order_id"]), payload["tracking_number"]
        track = {"track_number": number, "title": payload.get("carrier") or NO_NAME, "carrier_code": CARRIER_CODE}
        if payload.get("shipment_id"):
            shipment_id = int(payload["shipment_id"])
            # Each of the eight must be there, also those that say nothing.
            entity = {**track, "order_id": order_id, "parent_id": shipment_id, "weight": 0, "qty": 0, "description": ""}
            self._client.write("shipment/track", {"entity": entity}, what="tracking numbers")
            return {"shipment_id": str(shipment_id), "tracking": [number]}
        items = [
            {"order_item_id": int(line["id"]), "qty": _quantity(line["quantity"])}
            for part in payload["lines"]
            for line in part["lines"]
        ]
        body: dict[str, Any] = {"items": items, "notify": False, "tracks": [track]}
        if payload.get("source_code"):
            body["arguments"] = {"extension_attributes": {"source_code": payload["source_code"]}}
        made = self._client.write(f"order/{order_id}/ship", body, what="shipments")
        if not isinstance(made, int | str):
            raise OutcomeUnknown(
                f"Magento took the tracking number {number} without naming a shipment; whether it was done must be "
                "looked up."
            )
        return {"shipment_id": str(made), "tracking": [number]}

    def probe(self, payload: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        """The shipment that carries the tracking number, or None."""
        for shipment in self._shipments(payload):
            if payload["tracking_number"] in _numbers(shipment):
                return {"shipment_id": str(shipment["entity_id"]), "tracking": _numbers(shipment)}
        return None

    def _order(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        for rows in self._reader.by_keys(TRACKED_ORDERS, [payload["order_id"]]):
            order: dict[str, Any] = exact(rows[0])
            return order
        raise Rejected(f"Magento has no order {payload['order_id']} any more.", status=404)

    def _shipments(self, payload: Mapping[str, Any]) -> list[dict[str, Any]]:
        of_order = [[Filter("order_id", "eq", payload["order_id"])]]
        return [exact(row) for page in self._reader.pages(SHIPMENTS, of_order) for row in page]


def _waiting(items: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    """(item, quantity) of what still has to leave. Of a configurable product the parent is shipped, of a bundle the
    parts are."""
    kinds = {item["item_id"]: item["product_type"] for item in items}
    for item in items:
        parent = kinds.get(item.get("parent_item_id"))
        if item["product_type"] == "bundle" or parent not in (None, "bundle") or item.get("is_virtual"):
            continue
        gone = [Decimal(item[name]) for name in ("qty_shipped", "qty_canceled", "qty_refunded")]
        left = Decimal(item["qty_ordered"]) - sum(gone)
        if left > 0:
            yield str(item["item_id"]), format(left.normalize(), "f")


def _quantity(text: str) -> int | float:
    """As JSON takes it; what is sold by weight may be a fraction."""
    quantity = Decimal(text)
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)


def _numbers(shipment: Mapping[str, Any]) -> list[str]:
    return [track["track_number"] for track in shipment["tracks"] if track.get("track_number")]
