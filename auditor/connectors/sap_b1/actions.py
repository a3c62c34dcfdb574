"""What a correction of a channel rests on in B1, read again just before it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from auditor.connectors.base import Connector
from auditor.errors import Rejected


class DeliveryObserver:
    """The tracking number of a delivery as it is now. `payload` names it by doc_entry."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._stream = next(stream for stream in connector.streams if stream.name == "deliveries")

    def current(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """doc_entry, tracking_number, is_cancelled. Raises `Rejected` when the delivery is not there."""
        found = self._connector.look_up(self._stream, [payload["doc_entry"]])
        if not found:
            raise Rejected(f"B1 has no delivery {payload['doc_entry']}.")
        body = json.loads(found[0].body)
        return {
            "doc_entry": str(body["DocEntry"]),
            "tracking_number": body.get("TrackingNumber"),
            "is_cancelled": body.get("Cancelled") in ("tYES", "Y") or body.get("CancelStatus") in ("csYes", "Y"),
        }
