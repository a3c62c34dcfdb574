"""Orders, and what belongs to them: invoices, credit memos and shipments, each by its own time of the last change.

An invoice, credit memo or shipment names items of its order, but not which of them are one sale together (a
configurable product and the variant that was chosen, a bundle and its parts), nor how the order was paid. So each is
kept together with the frame of its order: `{"order": {...}, "document": {...}}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from auditor.connectors.base import Page, Record
from auditor.connectors.magento.criteria import Filter, Group, one_of, since
from auditor.connectors.magento.documents import CREDIT_MEMOS, FRAMES, INVOICES, ORDERS, SHIPMENTS, Listing
from auditor.connectors.magento.fields import plain
from auditor.connectors.magento.reader import ATTEMPTS, Reader, Rows
from auditor.errors import Incomplete

# A tracking number that is added to a shipment need not change the shipment's own time. Numbers come within hours of
# the parcel; so what was shipped in these days is read again each time.
TRACKS_SETTLE = timedelta(days=3)
# Some forty numbers keep the address of a call short.
ORDERS_PER_CALL = 40
LISTINGS = {"orders": ORDERS, "invoices": INVOICES, "refunds": CREDIT_MEMOS, "shipments": SHIPMENTS}


class Orders:
    """Streams `orders`, `invoices`, `refunds` and `shipments`."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read(self, name: str, begins: datetime, cut_off: datetime) -> Iterator[Page]:
        """What changed since `begins`. What changes while it is read may come as well: it is in the next window too."""
        changed: list[Filter] = [since("updated_at", begins)]
        if name == "shipments":
            changed.append(since("created_at", min(begins, cut_off - TRACKS_SETTLE)))
        groups: Sequence[Group] = [changed]
        return self._reader.pages(LISTINGS[name], groups, lambda rows: self._records(name, rows))

    def look_up(self, name: str, keys: Sequence[str]) -> Iterator[Page]:
        for rows in self._reader.by_keys(LISTINGS[name], keys):
            yield self._records(name, rows)

    def of_orders(self, name: str, order_ids: Sequence[str]) -> Iterator[tuple[str, Record]]:
        """(order, record) of what belongs to these orders."""
        for start in range(0, len(order_ids), ORDERS_PER_CALL):
            groups: Sequence[Group] = [[one_of("order_id", order_ids[start : start + ORDERS_PER_CALL])]]
            for page in self._reader.pages(LISTINGS[name], groups, lambda rows: self._with_orders(name, rows)):
                yield from page

    def _with_orders(self, name: str, rows: Rows) -> list[tuple[str, Record]]:
        orders = [str(plain(row.order_id)) for row in rows]
        return list(zip(orders, self._records(name, rows), strict=True))

    def _records(self, name: str, rows: Rows) -> Page:
        if name == "orders":
            return [_record(ORDERS, row, row) for row in rows]
        frames = self._frames(LISTINGS[name], sorted({int(plain(row.order_id)) for row in rows}))
        return [
            _record(LISTINGS[name], row, {"order": frames[int(plain(row.order_id))], "document": row}) for row in rows
        ]

    def _frames(self, listing: Listing, ids: Sequence[int]) -> dict[int, Any]:
        """order id -> its frame. A document does not outlive its order, so each must be there."""
        frames: dict[int, Any] = {}
        for _ in range(ATTEMPTS):
            missing = [str(key) for key in ids if key not in frames]
            for rows in self._reader.by_keys(FRAMES, missing):
                frames.update({int(plain(row.entity_id)): row for row in rows})
        lost = [key for key in ids if key not in frames]
        if lost:
            raise Incomplete(
                f"{self._reader.client.system}: Magento does not give order {lost[0]}, to which some {listing.what} "
                "belong; nothing of this read is used."
            )
        return frames


def _record(listing: Listing, row: Any, body: Any) -> Record:
    return Record(str(plain(getattr(row, listing.key))), msgspec.json.encode(body))
