"""What may be written to BigCommerce: the tracking of a parcel. A shipment is not idempotent, so it is sent once.

The far end has no place for our key; whether a write has happened is seen from the tracking number among the order's
parcels. Whether the customer gets an e-mail is a setting of the store that no call can override.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from auditor.connectors.bigcommerce.bodies import Node, amount, need
from auditor.connectors.bigcommerce.client import BigCommerceClient
from auditor.connectors.bigcommerce.paging import all_rows
from auditor.errors import OutcomeUnknown, Rejected

# What BigCommerce calls the carriers that it makes tracking links for itself.
PROVIDERS = {
    "australiapost": "auspost",
    "canadapost": "canadapost",
    "endicia": "endicia",
    "fedex": "fedex",
    "royalmail": "royalmail",
    "ups": "ups",
    "usps": "usps",
}
_CANCELLED = frozenset({5, 6})
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LINE = ("id", "quantity", "quantity_shipped", "order_address_id", "type")


class PushTracking:
    """Ships what waits on an order under a tracking number, or adds the number to a parcel that has none.

    payload: order_id, tracking_number, carrier (or None), and either `lines` ([{id, quantity}], order products, or the
             same within groups: [{lines: [{id, quantity}]}]) or `shipment_id` of a parcel without tracking.
    carrier: one of BigCommerce's providers in any spelling, or a slug of AfterShip such as 'dpd-uk'; another name is
             told as the shipping method.
    """

    kind = "push_tracking"

    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client

    def current(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """is_cancelled, remaining quantities of the lines that still wait, tracking numbers of the parcels."""
        order = self._order(payload)
        is_cancelled = order["status_id"] in _CANCELLED
        waiting = {} if is_cancelled else {str(line["id"]): _waits(line) for line in self._lines(payload)}
        return {
            "is_cancelled": is_cancelled,
            "remaining": {key: str(units) for key, units in waiting.items() if units > 0},
            "tracking": sorted(number for parcel in self._parcels(payload) if (number := _number(parcel))),
        }

    def send(self, payload: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The parcel as BigCommerce confirmed it. Raises `Rejected` with its words, `OutcomeUnknown`."""
        tracking = {"tracking_number": payload["tracking_number"], **_carrier(payload.get("carrier"))}
        path = f"v2/orders/{payload['order_id']}/shipments"
        if payload.get("shipment_id"):
            answer = self._client.write("PUT", f"{path}/{payload['shipment_id']}", tracking)
        else:
            asked = [line for part in payload["lines"] for line in part.get("lines", [part])]
            address, items = self._items(payload, asked)
            answer = self._client.write("POST", path, {**tracking, "order_address_id": address, "items": items})
        if not isinstance(answer, dict) or "id" not in answer or _number(answer) != payload["tracking_number"]:
            raise OutcomeUnknown(
                f"BigCommerce neither took nor refused the tracking number {payload['tracking_number']}; "
                "whether it was done must be looked up."
            )
        return _done(answer)

    def probe(self, payload: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        """The parcel that carries the tracking number, or None."""
        for parcel in self._parcels(payload):
            if _number(parcel) == payload["tracking_number"]:
                return _done(parcel)
        return None

    def _order(self, payload: Mapping[str, Any]) -> Node:
        order: Node | None = self._client.find(f"v2/orders/{payload['order_id']}")
        if order is None:
            raise Rejected(f"BigCommerce has no order {payload['order_id']} any more.", status=404)
        need(self._client.system, "order", order, ("id", "status_id"))
        return order

    def _lines(self, payload: Mapping[str, Any]) -> list[Node]:
        """Lines that go into parcels."""
        lines = all_rows(self._client, f"v2/orders/{payload['order_id']}/products")
        for line in lines:
            need(self._client.system, f"order {payload['order_id']}, line", line, _LINE)
        return [line for line in lines if line["type"] == "physical"]

    def _parcels(self, payload: Mapping[str, Any]) -> list[Node]:
        parcels = all_rows(self._client, f"v2/orders/{payload['order_id']}/shipments")
        for parcel in parcels:
            need(self._client.system, f"order {payload['order_id']}, shipment", parcel, ("id", "tracking_number"))
        return parcels

    def _items(self, payload: Mapping[str, Any], asked: Sequence[Mapping[str, Any]]) -> tuple[int, list[Node]]:
        """The address of these lines, and what BigCommerce wants to know of each. A parcel has one address."""
        known = {str(line["id"]): line for line in self._lines(payload)}
        lost = [str(line["id"]) for line in asked if str(line["id"]) not in known]
        if lost:
            raise Rejected(
                f"Order {payload['order_id']} has no line {lost[0]} that can be sent; ship it in BigCommerce."
            )
        addresses = {int(known[str(line["id"])]["order_address_id"]) for line in asked}
        if len(addresses) != 1:
            raise Rejected(
                f"The lines of order {payload['order_id']} go to {len(addresses)} addresses; ship it in BigCommerce."
            )
        items = [{"order_product_id": int(line["id"]), "quantity": int(line["quantity"])} for line in asked]
        return addresses.pop(), items


def _waits(line: Node) -> int:
    return int(amount(line["quantity"]) - amount(line["quantity_shipped"]))


def _number(parcel: Node) -> str:
    return str(parcel.get("tracking_number") or "").strip()


def _done(parcel: Node) -> dict[str, Any]:
    return {"shipment_id": str(parcel["id"]), "tracking": [_number(parcel)]}


def _carrier(name: str | None) -> dict[str, str]:
    if not name:
        return {}
    provider = PROVIDERS.get(re.sub(r"[^a-z]", "", name.lower()))
    if provider is not None:
        return {"shipping_provider": provider}
    if _SLUG.fullmatch(name):
        return {"tracking_carrier": name}
    return {"shipping_method": name}
