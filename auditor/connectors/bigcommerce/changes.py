"""Which orders changed, or are still open, with a proof that none was left out.

The proof is BigCommerce's own count, taken before the walk: an order never leaves `min_date_modified`, so at least as
many must be listed as were counted. Two things the documentation leaves open are dealt with when fewer come: the count
may hold archived orders that the list leaves out, and it may ignore a filter that the list obeys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.connectors.base import Stream, Window
from auditor.connectors.bigcommerce.bodies import Node, need
from auditor.connectors.bigcommerce.client import BigCommerceClient
from auditor.connectors.bigcommerce.paging import walk_orders
from auditor.errors import Incomplete

INCOMPLETE = 0
# Orders that something is still expected of: paid, verified, packed, sent, collected, disputed.
OPEN_STATUSES = (1, 3, 7, 8, 9, 11, 12, 13, 14)
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Span:
    """`since` and `until` of a window, what of the past counts at all, and whether the day has just begun."""

    since: datetime
    until: datetime
    begins: datetime
    is_first_of_day: bool


def span_of(stream: Stream, window: Window, history: timedelta) -> Span:
    begins = window.cut_off - history
    since = window.since or begins
    # What was read last ended one lookback after this window begins.
    is_first = (since + stream.lookback).date() < window.cut_off.date()
    return Span(since, window.cut_off, begins, is_first)


def stamp(moment: datetime) -> str:
    """ISO 8601 with an offset, whole seconds, as the V2 and V3 filters take it."""
    return moment.replace(microsecond=0).isoformat() + "+00:00"


class Changes:
    """Lists orders; `include` are the query options that say what comes with each."""

    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client

    def orders(self, span: Span, include: Mapping[str, str]) -> Iterator[list[Node]]:
        """Orders that changed in the span; on the first read of a day also those that are open. Each comes once."""
        seen: set[int] = set()
        yield from self._proved({"min_date_modified": stamp(span.since)}, include, seen)
        if not span.is_first_of_day:
            return
        for status in OPEN_STATUSES:
            filters = {"min_date_created": stamp(span.begins), "status_id": str(status)}
            yield from self._proved(filters, include, seen)

    def count(self, filters: Mapping[str, str]) -> int:
        """How many orders BigCommerce counts."""
        body = self._client.get("v2/orders/count", filters)
        if not isinstance(body, dict):
            raise Incomplete(f"{self._client.system}: v2/orders/count is answered with something that is no count.")
        need(self._client.system, "the count of orders", body, ("count",))
        return int(body["count"])

    def counts_by_filter(self) -> bool:
        """Whether the count obeys its filters: no order can have changed tomorrow."""
        tomorrow = self._client.clock.now() + timedelta(days=2)
        return self.count({"min_date_modified": stamp(tomorrow)}) == 0

    def _proved(
        self, filters: Mapping[str, str], include: Mapping[str, str], yielded: set[int]
    ) -> Iterator[list[Node]]:
        """Orders that fit the filters and were not yielded yet. Status 0 is counted and left out."""
        listed: set[int] = set()
        counted = self.count(filters)
        for _ in range(ATTEMPTS):
            for page in walk_orders(self._client, {**filters, **include}):
                listed.update(row["id"] for row in page)
                yield from self._fresh(page, yielded)
            if len(listed) >= counted:
                return
            # An order that was archived, or got another status, left the list; then the count has fallen as well.
            counted = min(counted, self.count(filters))
            if len(listed) >= counted:
                return
        if self._is_explained(filters, listed, counted):
            return
        raise Incomplete(
            f"{self._client.system}: BigCommerce counts {counted} orders but lists {len(listed)}; a page was lost."
        )

    def _is_explained(self, filters: Mapping[str, str], listed: set[int], counted: int) -> bool:
        archived = {row["id"] for page in walk_orders(self._client, {**filters, "is_deleted": "true"}) for row in page}
        if len(listed | archived) >= counted and archived - listed:
            return True
        if self.counts_by_filter():
            return False
        # The count says nothing, so the list is walked from its other end and must show the same orders.
        walked = walk_orders(self._client, filters, descending=True)
        return {row["id"] for page in walked for row in page} <= listed

    def _fresh(self, page: list[Node], yielded: set[int]) -> Iterator[list[Node]]:
        fresh = []
        for row in page:
            need(self._client.system, "order", row, ("id", "status_id"))
            if row["status_id"] != INCOMPLETE and row["id"] not in yielded:
                yielded.add(row["id"])
                fresh.append(row)
        if fresh:
            yield fresh
