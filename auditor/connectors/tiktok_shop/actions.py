"""What may be written to TikTok Shop: the tracking of a parcel.

One class for each kind of correction, all shaped like `connectors.writer.Writer`. The far end has no place for our key;
whether a write has happened is seen from the tracking number of the order's parcels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditor.connectors.tiktok_shop.client import Node, TikTokShopClient, nodes_of
from auditor.connectors.tiktok_shop.operations import (
    MARK_SHIPPED,
    ORDERS,
    PACKAGE,
    SHIPPING_PROVIDERS,
    UPDATE_SHIPPING_INFO,
)
from auditor.errors import Rejected

# The package itself comes into being with the first shipment; nothing can be sent for an order in another state.
_WAITING = {"AWAITING_SHIPMENT", "PARTIALLY_SHIPPING"}
_GONE = "CANCELLED"


class PushTracking:
    """Corrects the number of a package (`shipment_id`), or marks what waits on an order as shipped under a number.

    payload: order_id, tracking_number, carrier (id or name of a shipping provider that the order's delivery option
             takes), and either `shipment_id` (a package) or `lines` ([{lines: [{id, quantity}]}]; units alike are one
             line).
    TikTok takes a correction within 72 hours after dispatch, and marking as shipped in some markets only (UK, US, EU).
    """

    kind = "push_tracking"

    def __init__(self, client: TikTokShopClient) -> None:
        self._client = client

    def current(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """is_cancelled, how many units of each line still wait, tracking numbers of the packages."""
        order = self._order(payload)
        units = order["line_items"]
        return {
            "is_cancelled": order["status"] == _GONE or bool(order.get("is_buyer_request_cancel")),
            "remaining": {line: str(len(waiting)) for line, waiting in _waiting(units).items()},
            "tracking": sorted({unit["tracking_number"] for unit in units if unit.get("tracking_number")}),
        }

    def send(self, payload: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The package as it was taken, with TikTok's warning if it gave one. Raises `Rejected`, `OutcomeUnknown`."""
        order = self._order(payload)
        provider = self._provider(order, str(payload.get("carrier") or ""))
        body: dict[str, Any] = {"tracking_number": payload["tracking_number"], "shipping_provider_id": provider}
        if payload.get("shipment_id"):
            self._client.call(UPDATE_SHIPPING_INFO, payload["shipment_id"], body=body)
            return {"shipment_id": payload["shipment_id"], "tracking": [payload["tracking_number"]]}
        waiting = _waiting(order["line_items"])
        units: list[str] = []
        for line in (line for part in payload["lines"] for line in part["lines"]):
            wanted = int(line["quantity"])
            found = waiting.get(line["id"], [])[:wanted]
            if len(found) < wanted:
                raise Rejected(f"Only {len(found)} of {wanted} units of line {line['id']} still wait to be shipped.")
            units += found
        body["order_line_item_ids"] = units
        answer = self._client.call(MARK_SHIPPED, payload["order_id"], body=body)
        done = {"shipment_id": answer.get("package_id"), "tracking": [payload["tracking_number"]]}
        warning = (answer.get("warning") or {}).get("message")
        # Several carriers may match a number: it is taken all the same, but the mapping deserves a look.
        return {**done, "warning": warning} if warning else done

    def probe(self, payload: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        """The package that carries the tracking number, or None."""
        number = payload["tracking_number"]
        if payload.get("shipment_id"):
            package = self._client.call(PACKAGE, payload["shipment_id"])
            # The detail calls `package_status` what the search calls `status`.
            found = package.get("tracking_number") == number and package.get("package_status") != _GONE
            return {"shipment_id": payload["shipment_id"], "tracking": [number]} if found else None
        for unit in self._order(payload)["line_items"]:
            if unit.get("tracking_number") == number and unit.get("package_status") != _GONE:
                return {"shipment_id": unit.get("package_id"), "tracking": [number]}
        return None

    def _provider(self, order: Node, carrier: str) -> str:
        """The id of a carrier. What one delivery option takes another may not, so that of this order is asked."""
        option = str(order.get("delivery_option_id") or "")
        data = self._client.call(SHIPPING_PROVIDERS, option) if option else {"shipping_providers": []}
        providers = nodes_of(self._client.system, SHIPPING_PROVIDERS, data, "shipping_providers")
        for provider in providers:
            if carrier == provider["id"] or carrier.casefold() == str(provider["name"]).casefold():
                return str(provider["id"])
        names = ", ".join(sorted(str(provider["name"]) for provider in providers)) or "none"
        raise Rejected(
            f"The delivery option of order {order['id']} does not take the carrier '{carrier}'; it takes: {names}. "
            "Correct the map of carriers."
        )

    def _order(self, payload: Mapping[str, Any]) -> Node:
        data = self._client.call(ORDERS, query={"ids": payload["order_id"]})
        for order in nodes_of(self._client.system, ORDERS, data, "orders"):
            if order.get("id") == payload["order_id"]:
                return order
        raise Rejected(f"TikTok Shop has no order {payload['order_id']} any more.")


def _waiting(units: Sequence[Node]) -> dict[str, list[str]]:
    """Line -> its units that are in no package yet. Units alike are one line, which bears the lowest of their ids."""
    lines: dict[tuple[str, ...], list[Node]] = {}
    for unit in units:
        alike = tuple(str(unit.get(name)) for name in ("sku_id", "original_price", "sale_price"))
        lines.setdefault(alike, []).append(unit)
    found: dict[str, list[str]] = {}
    for members in lines.values():
        ids = sorted((unit["id"] for unit in members), key=lambda text: (len(text), text))
        waiting = {unit["id"] for unit in members if unit["display_status"] in _WAITING and not unit.get("package_id")}
        if waiting:
            found[ids[0]] = [unit for unit in ids if unit in waiting]
    return found
