"""What may be written to a system: one small class for each kind of correction, all of the same shape.

`push_tracking` says the same to every channel. Its payload: order_id, order_ref, tracking_number, `carrier` as the
channel calls it (the key of its list of carriers where it has one) or None, and either
    shipment_id  a parcel that the channel knows and that has no number yet, or
    lines        [{lines: [{id, quantity}]}]: what goes into the parcel, by the canonical line_id; a channel that plans
                 its dispatch by fulfilment orders has a part for each, with `fulfilment_order_id` and its own line ids.
Its `current`: is_cancelled, `remaining` (those ids -> what still waits of each, as text; what the parcel needs must
still be there) and `tracking` (the numbers that the order's parcels have, sorted).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Writer(Protocol):
    """Carries out one kind of correction on one system. Values are JSON-able."""

    kind: str

    def current(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """What the correction depends on, read now; as `before` of the proposal has it when nothing changed."""

    def send(self, payload: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Write once. Raises `Rejected` when refused, `OutcomeUnknown` when no answer came. Never repeats by itself."""

    def probe(self, payload: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        """Whether the write has happened: what is there now, or None."""
