"""Offers: what is on sale (the list, OF21), and how much of it (the export of what changed, OF52 to OF54).

The list names title, barcode and why an offer is inactive; only the export tells when an offer last changed, and it
brings deleted offers too. The full list every few minutes is not wanted by the operator, so stock is read by export:
all offers with the first load, which is allowed once a day, then what changed. When a first load has to be repeated on
the same day, the export that was made is fetched again, and what changed since comes on top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec import Raw, Struct

from auditor.clock import iso
from auditor.connectors.base import Page, Record
from auditor.connectors.john_lewis import exports
from auditor.connectors.john_lewis.client import MiraklClient
from auditor.connectors.john_lewis.daily import Daily
from auditor.connectors.john_lewis.orders import downloads
from auditor.connectors.john_lewis.paging import offset
from auditor.connectors.john_lewis.records import encoded, taken_apart
from auditor.errors import Incomplete, Rejected

PATH = "api/offers"
FULL = "OF52 full"
CHUNK = 10_000
_TOO_MANY = 429
# The clock of the platform and ours may differ, and an export is a picture of a moment shortly before.
MARGIN = timedelta(minutes=10)


class _Page(Struct):
    total_count: int
    offers: list[Raw]

    @property
    def rows(self) -> list[Raw]:
        return self.offers


class _Listed(Struct):
    """What every offer of the list holds."""

    offer_id: int
    shop_sku: str
    product_sku: str
    product_title: str
    quantity: int
    active: bool
    currency_iso_code: str


class _Exported(Struct):
    """What every offer of an export holds."""

    offer_id: int
    shop_sku: str
    quantity: int
    active: bool
    deleted: bool
    last_updated: str


@dataclass(frozen=True, slots=True)
class _Full:
    ordered: exports.Ordered
    at: datetime


class Offers:
    def __init__(self, client: MiraklClient) -> None:
        self._client = client
        self._full: Daily[_Full] = client.today(FULL)

    def read_listings(self) -> Iterator[Page]:
        """Every offer of the shop, active or not."""
        rows = offset(self._client, "OF21", PATH, _Page, lambda raw: self._listing(raw).key)
        for start in range(0, len(rows), 1_000):
            yield [self._listing(row) for row in rows[start : start + 1_000]]

    def look_up(self, keys: Sequence[str]) -> Iterator[Page]:
        """Offers by their ids, as the list shows them; one that is gone is left out."""
        for key in keys:
            try:
                raw = self._client.get("OF22", f"{PATH}/{key}", Raw)
            except Rejected as error:
                if error.status != 404:
                    raise
            else:
                yield [self._listing(raw)]

    def read_all_stock(self) -> Iterator[Page]:
        """Every offer there is, and what changed since an export that had been made before."""
        made = self._full.peek()
        try:
            full = self._full.get(self._order_full)
        except Rejected as error:
            if error.status != _TOO_MANY:
                raise
            # Ordered today by another process, whose export is not known here: the list has the same quantities.
            return self.read_listings()
        if made is None:
            return self._exported(full.ordered, expected=self._count())
        return self._again(full)

    def read_stock(self, since: datetime) -> Iterator[Page]:
        """Offers that changed since then, deleted ones as well."""
        body = {**_OPTIONS, "last_request_date": iso((since - MARGIN).replace(microsecond=0))}
        return self._exported(exports.order(self._client, exports.OFFERS, body), expected=None)

    def _again(self, full: _Full) -> Iterator[Page]:
        yield from self._exported(full.ordered, expected=None)
        yield from self.read_stock(full.at)

    def _order_full(self) -> _Full:
        now = self._client.clock.now()
        return _Full(exports.order(self._client, exports.OFFERS, _OPTIONS, operation=FULL), now)

    def _count(self) -> int:
        return self._client.get("OF21", PATH, _Page, [("max", "1"), ("offset", "0")]).total_count

    def _exported(self, ordered: exports.Ordered, *, expected: int | None) -> Iterator[Page]:
        seen = 0
        addresses = exports.addresses(self._client, ordered)
        for rows in downloads(self._client, addresses, self._rows_of):
            page = [self._stock(raw) for raw in rows]
            seen += len(page)
            if page:
                yield page
        if expected is not None and seen < expected:
            raise Incomplete(
                f"{self._client.system}: the shop has {expected} offers but the export holds {seen}; a part was lost."
            )

    def _rows_of(self, body: bytes) -> list[Raw]:
        return self._client.parsed(body, list[Raw], "a file of the export of offers")

    def _listing(self, raw: Raw) -> Record:
        offer = self._client.parsed(bytes(raw), _Listed, "an offer of the list")
        return Record(str(offer.offer_id), encoded(taken_apart(raw)))

    def _stock(self, raw: Raw) -> Record:
        offer = self._client.parsed(bytes(raw), _Exported, "an offer of the export")
        return Record(str(offer.offer_id), encoded(taken_apart(raw)))


_OPTIONS: dict[str, Any] = {
    "export_type": "application/json",
    "include_inactive_offers": True,
    "items_per_chunk": CHUNK,
}
