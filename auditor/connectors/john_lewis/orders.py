"""Orders that changed in a window: up to a hundred in one list, more in an export.

The list (OR11) may be asked for once a minute, so it is never paged through: its first page tells how many there are,
and beyond a hundred the export (OR13) brings them. Either way as many must come as the list counts. An order that
changes in between leaves an export's window: then the list counts again, and the order is in the next window.

The tax mode is pinned, because else the platform's own decides what `price` means; each order says its mode as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Raw, Struct

from auditor.clock import iso
from auditor.connectors.base import Page, Record
from auditor.connectors.john_lewis import exports
from auditor.connectors.john_lewis.client import MiraklClient, Options
from auditor.connectors.john_lewis.platform import Platform
from auditor.connectors.john_lewis.records import order_record
from auditor.connectors.sap_b1.ahead import run_ahead
from auditor.errors import Incomplete

TAX_MODE = "TAX_INCLUDED"
PAGE = 100
ATTEMPTS = 2
CHUNK = 10_000
PATH = "api/orders"


class _Page(Struct):
    orders: list[Raw]
    total_count: int


class _File(Struct):
    orders: list[Raw]


class Orders:
    """`number_field`: the additional field that holds the consumer's order number."""

    def __init__(self, client: MiraklClient, platform: Platform, number_field: str | None) -> None:
        self._client = client
        self._platform = platform
        self._number_field = number_field

    def read(self, since: datetime) -> Iterator[Page]:
        """Orders that changed since then. Raises `Incomplete` when fewer came than are counted."""
        since = since.replace(microsecond=0)
        listed = self._changed(since)
        if listed.total_count > PAGE:
            return self._exported(self._order(since), since, listed.total_count)
        return self._listed(since, listed)

    def _listed(self, since: datetime, listed: _Page) -> Iterator[Page]:
        for _ in range(ATTEMPTS):
            found = {record.key: record for record in map(self._record, listed.orders)}
            if len(found) >= listed.total_count:
                if found:
                    yield list(found.values())
                return
            listed = self._changed(since)
            if listed.total_count > PAGE:
                yield from self._exported(self._order(since), since, listed.total_count)
                return
        raise Incomplete(
            f"{self._client.system}: the list counts {listed.total_count} changed orders but shows {len(found)}; "
            "a page was lost."
        )

    def look_up(self, keys: Sequence[str]) -> Iterator[Page]:
        """These orders as they are now; at most a hundred may be named in a call."""
        for start in range(0, len(keys), PAGE):
            listed = self._list([("order_ids", ",".join(keys[start : start + PAGE]))])
            found = [self._record(raw) for raw in listed.orders]
            if len(found) < listed.total_count:
                raise Incomplete(f"{self._client.system}: of {listed.total_count} orders only {len(found)} were shown.")
            yield found

    def _changed(self, since: datetime) -> _Page:
        return self._list([("start_update_date", iso(since))])

    def _list(self, options: Options) -> _Page:
        fixed = [("order_tax_mode", TAX_MODE), ("max", str(PAGE)), ("sort", "dateCreated"), ("order", "asc")]
        return self._client.get("OR11", PATH, _Page, [*options, *fixed])

    def _order(self, since: datetime) -> exports.Ordered:
        # The end must be given; it lies ahead, so that an order that changes meanwhile does not leave the window.
        until = self._client.clock.now().replace(microsecond=0) + timedelta(days=1)
        body = {
            "start_update_date": iso(since),
            "end_update_date": iso(until),
            "order_tax_mode": TAX_MODE,
            "items_per_chunk": CHUNK,
        }
        return exports.order(self._client, exports.ORDERS, body)

    def _exported(self, ordered: exports.Ordered, since: datetime, counted: int) -> Iterator[Page]:
        seen: set[str] = set()
        addresses = exports.addresses(self._client, ordered)
        for orders in downloads(self._client, addresses, self._orders_of):
            for start in range(0, len(orders), PAGE * 10):
                page = [self._record(raw) for raw in orders[start : start + PAGE * 10]]
                seen.update(record.key for record in page)
                yield page
        if len(seen) >= counted:
            return
        recounted = self._changed(since).total_count
        if len(seen) < recounted:
            raise Incomplete(
                f"{self._client.system}: the list counts {recounted} changed orders but the export holds {len(seen)}; "
                "a part of it was lost."
            )

    def _orders_of(self, body: bytes) -> list[Raw]:
        return self._client.parsed(body, _File, "a file of the export of orders").orders

    def _record(self, raw: Raw) -> Record:
        is_multi_shipment = self._platform.configuration().is_multi_shipment
        return order_record(self._client, raw, self._number_field, is_multi_shipment=is_multi_shipment)


def downloads(
    client: MiraklClient, addresses: Sequence[str], parse: Callable[[bytes], list[Raw]]
) -> Iterator[list[Raw]]:
    """The rows of an export file by file, as they come; two are fetched at once while the last is being worked on."""
    halves = [addresses[0::2], addresses[1::2]] if len(addresses) > 1 else [addresses]
    files = [(client.download(address, parse) for address in half) for half in halves]
    yield from run_ahead(files) if len(files) > 1 else files[0]
