"""SAP Business One as a connector: reads everything the checks need through the Service Layer and writes nothing.

(The one exception: a few fixed SQL queries are stored in B1, see `sql.py`.) Configure it under [b1]; the user needs
read access to the entity sets that doctor names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from auditor.clock import Clock
from auditor.connectors.base import Call, Diagnosis, Page, Record, Stream, Window
from auditor.connectors.sap_b1 import services, windows
from auditor.connectors.sap_b1.client import B1Client
from auditor.connectors.sap_b1.diagnose import Doctor
from auditor.connectors.sap_b1.entities import STOCK, Entity, entities
from auditor.connectors.sap_b1.pages import Pages
from auditor.connectors.sap_b1.reader import Reader
from auditor.connectors.sap_b1.search import B1Search
from auditor.connectors.sap_b1.sql import BATCH_STOCK, ITEM_WAREHOUSE, SERIAL_STOCK, SqlReader
from auditor.connectors.sap_b1.streams import Feed, feeds
from auditor.connectors.search import Hit
from auditor.errors import Rejected
from auditor.settings import Settings

UNAUTHORIZED = 401
NOT_IN_USE = "not in use"
"""Name of a field that is in no record."""


class B1Connector:
    system = "b1"

    def __init__(self, settings: Settings, clock: Clock, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._zone = settings.company.zone
        self._client = B1Client(settings, clock, transport)
        self._reader = Reader(self._client, Pages(self._client))
        self._sql = SqlReader(self._client)
        self._entities = entities(settings)
        self._feeds = {feed.stream.name: feed for feed in feeds(settings)}
        self._doctor = Doctor(settings, clock, self._client, self._reader, self._entities)
        self._search = B1Search(settings, self._reader, self._entities, self._feeds)

    @property
    def channel_id(self) -> str | None:
        return None

    @property
    def cannot_tell(self) -> Mapping[str, str]:
        return {}

    @property
    def streams(self) -> Sequence[Stream]:
        return [feed.stream for feed in self._feeds.values()]

    @property
    def numbered(self) -> Mapping[str, str]:
        return {feed.stream.name: feed.stream.tables[0] for feed in self._feeds.values() if feed.how == "documents"}

    @property
    def shape_file(self) -> Path:
        return Path(__file__).with_name("shape.sql")

    def shape_parameters(self) -> dict[str, object]:
        own = self._settings.b1.fields
        # Which field carries an order's reference depends on the business partner the channel books its orders on.
        references = {channel.card_code: channel.reference.field for channel in self._settings.channel}
        reference = self._settings.channel[0].reference.field
        kept = ("refund_id", "payment_id", "return_reason", "package_id", "idempotency_key")
        names = {f"{name}_field": getattr(own, name) or NOT_IN_USE for name in kept}
        return {
            "timezone": self._settings.company.timezone,
            "currency": self._settings.company.currency,
            **names,
            "own_fields": json.dumps(dict.fromkeys([*names.values(), reference], "VARCHAR")),
            "reference_fields": json.dumps(references),
            "reference_field": reference,
            "idempotency_key_path": _path(own.idempotency_key),
            "payout_id_path": _path(own.payout_id),
            "stock_buffer_path": _path(own.stock_buffer),
            "hs_code_path": _path(own.hs_code),
            "web_item_path": _path(own.web_item),
            "web_from_path": _path(own.web_from),
            "item_tracking_path": _path(own.item_tracking),
        }

    def read(self, stream: Stream, window: Window) -> Iterator[Page]:
        feed = self._feeds[stream.name]
        match feed.how:
            case "documents":
                return self._documents(self._entity(feed), window)
            case "open_documents":
                return self._reader.records(self._entity(feed), windows.OPEN)
            case "changed":
                return self._changed(self._entity(feed), window)
            case "rolling":
                return self._rolling(self._entity(feed), window)
            case "all":
                return self._all(feed)
            case _:
                return self._special(feed)

    def look_up(self, stream: Stream, keys: Sequence[str]) -> Page:
        feed = self._feeds[stream.name]
        if len(feed.entity_sets) == 1:
            return [record for page in self._reader.by_key(self._entity(feed), keys) for record in page]
        wanted = frozenset(keys)
        if feed.how == "stock":
            pages = self._stock_of(key.partition("|")[0] for key in wanted)
        else:
            pages = self._all(feed) if feed.how == "all" else self._special(feed)
        return [record for page in pages for record in page if record.key in wanted]

    def can_search(self, table: str, by: str) -> bool:
        return self._search.can_search(table, by)

    def search(
        self, table: str, by: str, values: Sequence[str], *, channel: str, since: datetime | None
    ) -> Iterator[tuple[Stream, Sequence[Hit]]]:
        return self._search.search(table, by, values, channel=channel, since=since)

    def diagnose(self) -> Iterator[Diagnosis]:
        yield from self._doctor.diagnose()

    def calls(self) -> Sequence[Call]:
        return self._client.calls()

    def close(self) -> None:
        self._client.close()

    # How each kind of feed is read ----------------------------------------------------------------------------------

    def _entity(self, feed: Feed) -> Entity:
        return self._entities[feed.entity_sets[0]]

    def _documents(self, entity: Entity, window: Window) -> Iterator[Page]:
        """What was stamped in the window, and all that is open: status and quantities move through other documents.

        Whether B1 stamps a document when a payment or a delivery changes it is not certain. So what is open now is
        read, and what was open before and did not show up is looked up by its key.
        """
        missing = set(window.open_keys)
        for page in self._reader.records(entity, windows.documents(window, self._zone)):
            missing.difference_update(record.key for record in page)
            yield page
        yield from self._reader.by_key(entity, missing)

    def _changed(self, entity: Entity, window: Window) -> Iterator[Page]:
        """Master data: all of it on a long window, because what matters does not depend on when it was changed."""
        is_long = window.since is None or window.cut_off - window.since > windows.LONG
        condition = (
            "" if is_long or window.since is None else windows.changed_since(window.since, self._zone, created=True)
        )
        missing = set(window.open_keys)
        for page in self._reader.records(entity, condition):
            missing.difference_update(record.key for record in page)
            yield page
        yield from self._reader.by_key(entity, missing)

    def _rolling(self, entity: Entity, window: Window) -> Iterator[Page]:
        """Payments and journals carry no stamp of change: everything from the first entry dated in the window on.

        Keys grow with time, so this also takes in what is posted now and dated back further than the window.
        """
        day = windows.first_day(window, self._zone)
        if day is None:
            yield from self._reader.records(entity)
            return
        dated = "ReferenceDate" if entity.type_name == "JournalEntry" else "DocDate"
        first = self._reader.first_key(entity, f"{dated} ge '{day:%Y-%m-%d}'")
        if first is None:
            # Nothing is dated in the window; what was posted last may still have been posted in it.
            first = self._reader.late_key(entity)
        if first is not None:
            yield from self._reader.records(entity, f"{entity.key} ge {entity.literal(first)}")

    def _all(self, feed: Feed) -> Iterator[Page]:
        """Whole entity sets; with several, which of them exist depends on the localisation."""
        if len(feed.entity_sets) == 1:
            yield from self._reader.records(self._entity(feed))
            return
        refusals: list[Rejected] = []
        for entity_set in feed.entity_sets:
            try:
                yield from self._reader.records(self._entities[entity_set], prefix=f"{entity_set}:")
            except Rejected as error:
                if error.status == UNAUTHORIZED:
                    raise
                refusals.append(error)
        if len(refusals) == len(feed.entity_sets):
            raise refusals[0]

    def _special(self, feed: Feed) -> Iterator[Page]:
        match feed.how:
            case "stock":
                yield from self._stock()
            case "batches":
                yield from self._sql.records(BATCH_STOCK)
            case "serials":
                yield from self._sql.records(SERIAL_STOCK)
            case "periods":
                yield from services.periods(self._client)
            case _:
                yield services.company(self._client)

    def _stock(self) -> Iterator[Page]:
        """Stock of every item in every warehouse, one record each, so that a warehouse that stops answering vanishes.

        A stored query is the cheap way: six columns instead of the 65 that an item carries for each warehouse, and
        rows rather than items fill the pages. It needs an authorisation; without it the items tell the same.
        """
        pages = self._sql.records(ITEM_WAREHOUSE)
        try:
            first = next(pages, [])
        except Rejected as error:
            if error.status == UNAUTHORIZED:
                raise
            yield from self._stock_of(None)
            return
        yield first
        yield from pages

    def _stock_of(self, item_codes: Iterator[str] | None) -> Iterator[Page]:
        """The same records from the items themselves; None: of all items."""
        pages = self._reader.rows(STOCK) if item_codes is None else self._reader.rows_by_key(STOCK, set(item_codes))
        for items in pages:
            yield [
                _stock_record(item.ItemCode, row) for item in items for row in item.ItemWarehouseInfoCollection or ()
            ]


def _path(field: str | None) -> str:
    """Where a field's value is in a record; a company that does not use the field gets one that is never there."""
    return f'$."{field or NOT_IN_USE}"'


def _stock_record(item_code: str, row: Any) -> Record:
    """A row of ItemWarehouseInfoCollection under the names that the query uses."""
    body = {
        "ItemCode": item_code,
        "WhsCode": row.WarehouseCode,
        "OnHand": row.InStock,
        "IsCommited": row.Committed,
        "OnOrder": row.Ordered,
        "Locked": row.Locked,
    }
    return Record(f"{item_code}|{msgspec.json.decode(row.WarehouseCode)}", msgspec.json.encode(body))
