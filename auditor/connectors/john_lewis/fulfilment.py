"""Parcels (where an order may have several) and returns, both by the time of their last change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Raw, Struct

from auditor.clock import iso
from auditor.connectors.base import Page, Record
from auditor.connectors.john_lewis.client import MiraklClient
from auditor.connectors.john_lewis.paging import seek
from auditor.connectors.john_lewis.platform import Platform
from auditor.connectors.john_lewis.records import without
from auditor.errors import UsageError

PAGE = 100
SHIPMENTS, RETURNS = "api/shipments", "api/returns"


class _Parcel(Struct):
    id: str
    order_id: str
    status: str
    created_date: str
    last_updated_date: str


class _ReturnLine(Struct):
    order_line_id: str
    quantity: Raw


class _Return(Struct):
    id: str
    order_id: str
    state: str
    date_created: str
    last_updated: str
    return_lines: list[_ReturnLine]


class Fulfilment:
    def __init__(self, client: MiraklClient, platform: Platform) -> None:
        self._client = client
        self._platform = platform

    def read_shipments(self, since: datetime) -> Iterator[Page]:
        """Parcels that changed since then. Where an order is one parcel, the order itself tells of it: then none."""
        if self._platform.configuration().is_multi_shipment:
            yield from self._shipments([("last_updated_from", iso(since.replace(microsecond=0)))])

    def shipments_of(self, order_id: str) -> list[Record]:
        """The parcels of one order, as they are now."""
        return [record for page in self._shipments([("order_id", order_id)]) for record in page]

    def look_up_shipments(self, keys: Sequence[str]) -> Iterator[Page]:
        raise UsageError(
            f"{self._client.system}: Mirakl finds parcels by their orders, not by their ids ({len(keys)} were asked)."
        )

    def read_returns(self, since: datetime) -> Iterator[Page]:
        """Returns that changed since then; none where the operator has not switched returns on."""
        if self._platform.configuration().has_returns:
            yield from self._returns([("return_last_updated_from", iso(since.replace(microsecond=0)))])

    def look_up_returns(self, keys: Sequence[str]) -> Iterator[Page]:
        for start in range(0, len(keys), PAGE):
            yield from self._returns([("return_id", key) for key in keys[start : start + PAGE]])

    def _shipments(self, options: list[tuple[str, str]]) -> Iterator[Page]:
        for rows in seek(self._client, "ST11", SHIPMENTS, options, limit=PAGE, check_last=True):
            yield [self._parcel(raw) for raw in rows]

    def _returns(self, options: list[tuple[str, str]]) -> Iterator[Page]:
        # Called once in five minutes, so the last page is not read twice; the next window reads a week again.
        for rows in seek(self._client, "RT11", RETURNS, options, limit=PAGE, check_last=False):
            yield [self._return(raw) for raw in rows]

    def _parcel(self, raw: Raw) -> Record:
        parcel = self._client.parsed(bytes(raw), _Parcel, "a parcel")
        return Record(parcel.id, without(raw))

    def _return(self, raw: Raw) -> Record:
        found = self._client.parsed(bytes(raw), _Return, "a return")
        # The customer's own words, and an address.
        return Record(found.id, without(raw, "description", "return_address", "label_url"))
