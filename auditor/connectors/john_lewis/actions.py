"""What may be written to the marketplace: the tracking of a parcel and that it was sent. No write takes a key.

Where an order is one parcel, its tracking is set (OR23) and then the order is marked as sent (OR24): two calls, and
only the second moves the order on. Where it may have several, a parcel is made with its tracking (ST01), or the
tracking of one that has none is set (ST23); a parcel that cannot be made is told in an answer that says 201.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import orjson
from msgspec import Raw, Struct

from auditor.connectors.john_lewis.client import MiraklClient
from auditor.connectors.john_lewis.fulfilment import SHIPMENTS
from auditor.connectors.john_lewis.orders import PATH, TAX_MODE
from auditor.connectors.john_lewis.paging import seek
from auditor.connectors.john_lewis.platform import Platform
from auditor.errors import OutcomeUnknown, Rejected

_CALLED_OFF = {"CANCELED", "REFUSED"}
_OPEN = "SHIPPING"


class _Line(Struct):
    order_line_id: str
    order_line_state: str
    quantity: int


class _Order(Struct):
    order_id: str
    order_state: str
    order_lines: list[_Line]
    shipping_tracking: str | None = None


class _Orders(Struct):
    orders: list[_Order]


class _Tracking(Struct):
    tracking_number: str | None = None


class _ParcelLine(Struct):
    quantity: int
    order_line_id: str | None = None


class _Parcel(Struct):
    id: str
    status: str
    shipment_lines: list[_ParcelLine] = []
    tracking: _Tracking | None = None

    @property
    def number(self) -> str | None:
        return self.tracking.tracking_number if self.tracking else None


class PushTracking:
    """Marks what waits on an order as sent under a tracking number, or adds the number to a parcel that has none.

    payload: order_id, tracking_number, carrier (code, standard code or name), and where an order may have several
             parcels either `lines` ([{lines: [{id, quantity}]}]) or `shipment_id` of a parcel without tracking.
    """

    kind = "push_tracking"

    def __init__(self, client: MiraklClient) -> None:
        self._client = client
        self._platform = Platform(client)

    def current(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """is_cancelled, quantities of the lines that still wait, tracking numbers of the parcels."""
        order = self._order(payload)
        parcels = list(self._parcels(order))
        sent: dict[str | None, int] = {}
        for line in (line for parcel in parcels for line in parcel.shipment_lines):
            sent[line.order_line_id] = sent.get(line.order_line_id, 0) + line.quantity
        remaining = {
            line.order_line_id: line.quantity - sent.get(line.order_line_id, 0)
            for line in order.order_lines
            if line.order_line_state == _OPEN
        }
        numbers = [parcel.number for parcel in parcels]
        if not self._is_multi_shipment:
            numbers.append(order.shipping_tracking)
        return {
            "is_cancelled": order.order_state in _CALLED_OFF,
            "remaining": {line: str(quantity) for line, quantity in remaining.items() if quantity > 0},
            "tracking": sorted(number for number in numbers if number),
        }

    def send(self, payload: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Where the number stands now. Raises `Rejected` with the marketplace's words, `OutcomeUnknown`."""
        tracking = {**self._carrier(payload), "tracking_number": payload["tracking_number"]}
        if not self._is_multi_shipment:
            return self._send_whole(payload, tracking)
        if payload.get("shipment_id"):
            body = {"shipments": [{"id": payload["shipment_id"], "tracking": tracking}]}
            return self._made("ST23", f"{SHIPMENTS}/tracking", body, payload)
        lines = [
            {"order_line_id": line["id"], "quantity": int(Decimal(line["quantity"]))}
            for part in payload["lines"]
            for line in part["lines"]
        ]
        parcel = {"order_id": payload["order_id"], "shipment_lines": lines, "tracking": tracking, "shipped": True}
        return self._made("ST01", SHIPMENTS, {"shipments": [parcel]}, payload)

    def probe(self, payload: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        """The parcel that carries the tracking number and was sent, or None."""
        order, number = self._order(payload), payload["tracking_number"]
        if not self._is_multi_shipment:
            is_there = order.shipping_tracking == number and order.order_state != _OPEN
            return {"shipment_id": order.order_id, "tracking": [number]} if is_there else None
        for parcel in self._parcels(order):
            if parcel.number == number:
                return {"shipment_id": parcel.id, "tracking": [number]}
        return None

    @property
    def _is_multi_shipment(self) -> bool:
        return self._platform.configuration().is_multi_shipment

    def _send_whole(self, payload: Mapping[str, Any], tracking: Mapping[str, Any]) -> dict[str, Any]:
        order = self._order(payload)
        self._client.write("OR23", "PUT", f"{PATH}/{order.order_id}/tracking", tracking)
        if order.order_state == _OPEN:
            self._client.write("OR24", "PUT", f"{PATH}/{order.order_id}/ship")
        return {"shipment_id": order.order_id, "tracking": [payload["tracking_number"]]}

    def _made(self, operation: str, path: str, body: Mapping[str, Any], payload: Mapping[str, Any]) -> dict[str, Any]:
        """What the answer says about the one parcel that was sent, whatever its status says."""
        number = payload["tracking_number"]
        try:
            answer = orjson.loads(self._client.write(operation, "POST", path, body).body)
        except orjson.JSONDecodeError:
            answer = {}
        refused = answer.get("shipment_errors") or []
        if refused:
            words = "; ".join(str(error.get("message") or "no reason given").rstrip(".") for error in refused)
            raise Rejected(f"{self._client.system} refused the tracking number {number}: {words}.")
        made = answer.get("shipment_success") or []
        if not made:
            raise OutcomeUnknown(
                f"{self._client.system} neither took nor refused the tracking number {number}; "
                "whether it was done must be looked up."
            )
        return {"shipment_id": made[0]["id"], "tracking": [number]}

    def _carrier(self, payload: Mapping[str, Any]) -> dict[str, str]:
        """The approved carrier by code, standard code or name; another one by its name, where the operator lets it."""
        wanted = str(payload.get("carrier") or "").strip()
        for carrier in self._platform.carriers():
            names = (carrier.code, carrier.standard_code or "", carrier.label)
            if wanted.casefold() in (name.casefold() for name in names if name):
                return {"carrier_code": carrier.code}
        if not wanted or self._platform.configuration().features.disable_seller_alternative_carrier:
            raise Rejected(
                f"{self._client.system}: '{wanted}' is not among the approved carriers; map it to one of them."
            )
        return {"carrier_name": wanted}

    def _order(self, payload: Mapping[str, Any]) -> _Order:
        options = [("order_ids", payload["order_id"]), ("order_tax_mode", TAX_MODE)]
        found = self._client.get("OR11", PATH, _Orders, options).orders
        if not found:
            raise Rejected(f"{self._client.system} has no order {payload['order_id']} any more.")
        return found[0]

    def _parcels(self, order: _Order) -> Iterator[_Parcel]:
        if self._is_multi_shipment:
            options = [("order_id", order.order_id)]
            for rows in seek(self._client, "ST11", SHIPMENTS, options, limit=100, check_last=False):
                yield from (parcel for parcel in map(self._parcel, rows) if parcel.status != "CANCELED")

    def _parcel(self, raw: Raw) -> _Parcel:
        return self._client.parsed(bytes(raw), _Parcel, "a parcel")
