"""What may be written to Shopify: the tracking of a parcel. `fulfillmentCreate` is not idempotent, so it is sent once.

One class for each kind of correction, all shaped like `connectors.writer.Writer`. The far end has no place for our
key; whether a write has happened is seen from the tracking number among the order's parcels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.connectors.shopify.client import ShopifyClient
from auditor.connectors.shopify.documents import CREATE_FULFILMENT, TRACKING_STATE, UPDATE_TRACKING
from auditor.errors import OutcomeUnknown, Rejected

_ENDED = {"CANCELLED", "CLOSED"}
_GONE = {"CANCELLED", "ERROR", "FAILURE"}


class PushTracking:
    """Ships what waits on an order under a tracking number, or adds the number to a parcel that has none.

    payload: order_id, tracking_number, carrier (or None), and either `lines`
             ([{fulfilment_order_id, lines: [{id, quantity}]}]) or `shipment_id` of a parcel without tracking.
    The customer is not notified: that is for the shop to decide, not for a correction.
    """

    kind = "push_tracking"

    def __init__(self, client: ShopifyClient) -> None:
        self._client = client

    def current(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """is_cancelled, remaining quantities of the lines that still wait, tracking numbers of the parcels."""
        order = self._order(payload)
        parcels = [parcel for parcel in order["fulfillments"] if parcel["status"] not in _GONE]
        return {
            "is_cancelled": order["cancelledAt"] is not None,
            "remaining": {
                line["id"]: str(line["remainingQuantity"])
                for work in order["fulfillmentOrders"]["nodes"]
                if work["status"] not in _ENDED
                for line in work["lineItems"]["nodes"]
                if line["remainingQuantity"] > 0
            },
            "tracking": sorted(number for parcel in parcels for number in _numbers(parcel)),
        }

    def send(self, payload: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The parcel as Shopify confirmed it. Raises `Rejected` with Shopify's words, `OutcomeUnknown`."""
        tracking = {"number": payload["tracking_number"]}
        if payload.get("carrier"):
            tracking["company"] = payload["carrier"]
        if payload.get("shipment_id"):
            variables = {"id": payload["shipment_id"], "tracking": tracking}
            answer = self._client.run(UPDATE_TRACKING, variables, is_write=True)["fulfillmentTrackingInfoUpdate"]
        else:
            work = [
                {
                    "fulfillmentOrderId": part["fulfilment_order_id"],
                    "fulfillmentOrderLineItems": [
                        {"id": line["id"], "quantity": int(line["quantity"])} for line in part["lines"]
                    ],
                }
                for part in payload["lines"]
            ]
            fulfilment = {"notifyCustomer": False, "trackingInfo": tracking, "lineItemsByFulfillmentOrder": work}
            answer = self._client.run(CREATE_FULFILMENT, {"fulfillment": fulfilment}, is_write=True)[
                "fulfillmentCreate"
            ]
        number = payload["tracking_number"]
        if answer is not None and answer["userErrors"]:
            words = "; ".join(error["message"].rstrip(".") for error in answer["userErrors"])
            raise Rejected(f"Shopify refused the tracking number {number}: {words}.")
        if answer is None or answer["fulfillment"] is None:
            raise OutcomeUnknown(
                f"Shopify neither took nor refused the tracking number {number}; whether it was done must be looked up."
            )
        return {"shipment_id": answer["fulfillment"]["id"], "tracking": _numbers(answer["fulfillment"])}

    def probe(self, payload: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        """The parcel that carries the tracking number, or None."""
        for parcel in self._order(payload)["fulfillments"]:
            if parcel["status"] not in _GONE and payload["tracking_number"] in _numbers(parcel):
                return {"shipment_id": parcel["id"], "tracking": _numbers(parcel)}
        return None

    def _order(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        order: dict[str, Any] | None = self._client.run(TRACKING_STATE, {"id": payload["order_id"]})["order"]
        if order is None:
            raise Rejected(f"Shopify has no order {payload['order_id']} any more.")
        counted = (order["fulfillmentsCount"] or {}).get("count")
        if counted is not None and counted > len(order["fulfillments"]):
            raise Rejected(
                f"Order {payload['order_id']} has {counted} parcels, more than can be checked; ship it in Shopify."
            )
        works = order["fulfillmentOrders"]
        if works["pageInfo"]["hasNextPage"] or any(w["lineItems"]["pageInfo"]["hasNextPage"] for w in works["nodes"]):
            raise Rejected(
                f"Order {payload['order_id']} has more waiting lines than can be checked; ship it in Shopify."
            )
        return order


def _numbers(parcel: Mapping[str, Any]) -> list[str]:
    return [entry["number"] for entry in parcel["trackingInfo"] if entry["number"]]
