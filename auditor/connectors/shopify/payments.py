"""Shopify Payments: payouts, the rows they consist of, and disputes.

None of them has a time of its last change: a payout is paid or fails later, a row learns its payout later, a dispute is
decided later. So a rolling window is read again each time, by the time at which they came to be. None can be counted
either: the ids are listed a second time, backwards, and must agree with what was read.

Rows are as many as payments, and each read goes back two months, so they are read in bulk, which costs no points. That
a bulk query may begin at an object that is no list is not documented; where it is refused, the pages prove the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from auditor.connectors.base import Page
from auditor.connectors.shopify import documents
from auditor.connectors.shopify.bulk import ask, result
from auditor.connectors.shopify.changes import ATTEMPTS, Span
from auditor.connectors.shopify.documents import Document
from auditor.connectors.shopify.paging import CEILING, by_ids, gid_of, pages
from auditor.connectors.shopify.records import record
from auditor.connectors.shopify.source import PAYMENTS_ACCOUNT, Source
from auditor.connectors.shopify.spool import Spool
from auditor.errors import Incomplete, Rejected

log = structlog.get_logger(__name__)

ACCOUNT = "shopifyPaymentsAccount"
# A payout consists of rows that are older than itself: by the payout's schedule up to a month, held reserves longer.
OLDER_THAN_THEIR_PAYOUT = timedelta(days=45)
# Long windows are read in slices, each far below what one list can hold.
ROWS_SLICE = timedelta(days=15)
SLICE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the payments account. `margin`: how much earlier than the window it begins; `slice`: read at once."""

    name: str
    kind: str
    full: Document
    ids: Document
    by_id: Document
    connection: str
    filter: str
    slice: timedelta = SLICE
    margin: timedelta = timedelta(0)
    bulk: Document | None = None


PAYOUTS = Listing(
    "payouts",
    "ShopifyPaymentsPayout",
    documents.PAYOUTS,
    documents.PAYOUT_IDS,
    documents.PAYOUTS_BY_ID,
    "payouts",
    "issued_at",
)
BALANCE_TRANSACTIONS = Listing(
    "balance transactions",
    "ShopifyPaymentsBalanceTransaction",
    documents.BALANCE_TRANSACTIONS,
    documents.BALANCE_TRANSACTION_IDS,
    documents.BALANCE_TRANSACTIONS_BY_ID,
    "balanceTransactions",
    "processed_at",
    ROWS_SLICE,
    OLDER_THAN_THEIR_PAYOUT,
    documents.BULK_BALANCE_TRANSACTIONS,
)
DISPUTES = Listing(
    "disputes",
    "ShopifyPaymentsDispute",
    documents.DISPUTES,
    documents.DISPUTE_IDS,
    documents.DISPUTES_BY_ID,
    "disputes",
    "initiated_at",
)


class Payments:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._client = source.client

    def read(self, listing: Listing, since: datetime) -> Iterator[Page]:
        """Everything since then. A shop without Shopify Payments has none of it.

        There is no upper end: a scheduled payout is dated in the future.
        """
        account = self._account(listing.name)
        if account is None:
            return
        since -= listing.margin
        with ExitStack() as stack:
            spool = self._in_bulk(listing, since, stack)
            if spool is not None:
                for rows in spool.below(account):
                    yield [record(row.id, row) for row in rows]
                return
        for query in _slices(listing, since, self._client.clock.now()):
            yield from self._slice(listing, query)

    def _in_bulk(self, listing: Listing, since: datetime, stack: ExitStack) -> Spool | None:
        """The complete result of a bulk operation; None when there is none and the pages have to do."""
        if listing.bulk is None:
            return None
        query = Span(since, self._client.clock.now()).since_only(listing.filter)
        try:
            return stack.enter_context(result(self._client, ask(self._client, listing.bulk, query)))
        except (Rejected, Incomplete) as error:
            log.warning("shopify_bulk_refused", system=self._client.system, stream=listing.name, reason=str(error))
            return None

    def look_up(self, listing: Listing, keys: Sequence[str]) -> Iterator[Page]:
        for found in by_ids(self._client, listing.by_id, [gid_of(listing.kind, key) for key in keys]):
            yield [record(node["id"], node) for node in found]

    def _account(self, subject: str) -> str | None:
        """Its id. It is null for a shop without Shopify Payments, and as well for an app that may not see it."""
        account = self._client.run(documents.PAYMENTS)[ACCOUNT]
        if account is None:
            self._source.need(subject, PAYMENTS_ACCOUNT)
            return None
        return str(account["id"])

    def _slice(self, listing: Listing, query: str) -> Iterator[Page]:
        path, missing = (ACCOUNT, listing.connection), 0
        for _ in range(ATTEMPTS):
            seen: set[str] = set()
            for page in pages(self._client, listing.full, {"query": query}, path):
                seen.update(node["id"] for node in page)
                if len(seen) >= CEILING:
                    raise Incomplete(f"{self._client.system}: more {listing.name} in {query} than Shopify lists.")
                yield [record(node["id"], node) for node in page]
            again = pages(self._client, listing.ids, {"query": query, "reverse": True}, path, expected=len(seen))
            missing = len({node["id"] for page in again for node in page} - seen)
            if not missing:
                return
        raise Incomplete(
            f"{self._client.system}: the {listing.name} read backwards show {missing} more; a page was lost."
        )


def _slices(listing: Listing, since: datetime, now: datetime) -> Iterator[str]:
    """Searches for adjoining stretches of time; the last one is open."""
    while since + listing.slice < now:
        yield Span(since, since + listing.slice).search(listing.filter)
        since += listing.slice
    yield Span(since, now).since_only(listing.filter)
