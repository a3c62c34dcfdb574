"""Money: billing cycles (one is one payout) and the lines of the transaction log.

A billing cycle has no time of its last change, and it is paid days after it was made: a rolling window is read, once a
day. A line's `last_updated` moves when it becomes payable and when it is paid, so lines are read by it, in the order of
creation, in which a line stays where it is. Long windows come as an export, once a day; the list gives 120,000 lines an
hour at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Raw, Struct

from auditor.clock import iso
from auditor.connectors.base import Page, Record
from auditor.connectors.john_lewis import exports
from auditor.connectors.john_lewis.client import MiraklClient
from auditor.connectors.john_lewis.daily import Daily
from auditor.connectors.john_lewis.orders import downloads
from auditor.connectors.john_lewis.paging import seek
from auditor.connectors.john_lewis.records import without
from auditor.errors import Rejected, UsageError

CYCLES, LINES = "api/seller-billing-cycles", "api/sellerpayment/transactions_logs"
CYCLES_PAGE, LINES_PAGE = 1_000, 2_000
LONG = timedelta(days=7)
CHUNK = 20_000
_TOO_MANY = 429


class _PayOut(Struct):
    state: str


class _Cycle(Struct):
    id: str
    date_created: str
    currency_iso_code: str
    amount_transferred_to_seller: Raw
    pay_out: _PayOut


class _Line(Struct):
    id: str
    type: str
    amount: Raw
    currency_iso_code: str
    date_created: str
    last_updated: str
    payment_state: str


class _Wrapped(Struct):
    data: list[Raw]


class Ledger:
    def __init__(self, client: MiraklClient) -> None:
        self._client = client
        self._cycles: Daily[tuple[datetime, list[Record]]] = client.today("SBC11")

    def read_cycles(self, since: datetime) -> Iterator[Page]:
        """Cycles made since then. Today's reading counts for the rest of the day; a younger cycle comes tomorrow."""
        _, records = self._cycles.get(lambda: (since, self._read_cycles(since)))
        if records:
            yield records

    def look_up_cycles(self, keys: Sequence[str]) -> Iterator[Page]:
        """From today's reading when there is one: no second may be made."""
        made = self._cycles.peek()
        if made is not None:
            yield [record for record in made[1] if record.key in set(keys)]
            return
        for rows in self._cycle_pages([("id", key) for key in keys]):
            yield [self._cycle(raw) for raw in rows]

    def read_lines(self, since: datetime, *, until: datetime) -> Iterator[Page]:
        """Lines that changed since then."""
        since = since.replace(microsecond=0)
        ordered = self._order_export(since) if until - since > LONG else None
        return self._listed(since) if ordered is None else self._exported(ordered)

    def _listed(self, since: datetime) -> Iterator[Page]:
        options = [("last_updated_from", iso(since))]
        for rows in seek(self._client, "TL02", LINES, options, limit=LINES_PAGE, check_last=True):
            yield [self._line(raw) for raw in rows]

    def look_up_lines(self, keys: Sequence[str]) -> Iterator[Page]:
        raise UsageError(
            f"{self._client.system}: Mirakl does not find transactions by their ids ({len(keys)} asked); read a window."
        )

    def _read_cycles(self, since: datetime) -> list[Record]:
        pages = self._cycle_pages([("start_date", iso(since.replace(microsecond=0)))])
        return list({record.key: record for rows in pages for record in map(self._cycle, rows)}.values())

    def _cycle_pages(self, options: list[tuple[str, str]]) -> Iterator[list[Raw]]:
        return seek(self._client, "SBC11", CYCLES, options, limit=CYCLES_PAGE, check_last=False)

    def _order_export(self, since: datetime) -> exports.Ordered | None:
        """None when today's export has been ordered, here or by another process."""
        if self._client.budget.is_spent(exports.TRANSACTIONS.order):
            return None
        body = {"last_updated_from": iso(since), "format": "JSON", "items_per_chunk": CHUNK}
        try:
            return exports.order(self._client, exports.TRANSACTIONS, body)
        except Rejected as error:
            if error.status != _TOO_MANY:
                raise
            return None

    def _exported(self, ordered: exports.Ordered) -> Iterator[Page]:
        addresses = exports.addresses(self._client, ordered)
        for lines in downloads(self._client, addresses, self._lines_of):
            page = [self._line(raw) for raw in lines]
            if page:
                yield page

    def _lines_of(self, text: bytes) -> list[Raw]:
        """The example wraps them in `data`; a bare list is taken as well."""
        if text.lstrip()[:1] == b"[":
            return self._client.parsed(text, list[Raw], "a file of the export of transactions")
        return self._client.parsed(text, _Wrapped, "a file of the export of transactions").data

    def _cycle(self, raw: Raw) -> Record:
        return Record(self._client.parsed(bytes(raw), _Cycle, "a billing cycle").id, without(raw))

    def _line(self, raw: Raw) -> Record:
        return Record(self._client.parsed(bytes(raw), _Line, "a line of the transaction log").id, without(raw))
