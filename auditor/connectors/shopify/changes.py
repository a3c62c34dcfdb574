"""Which records changed in a window: a search, walked page by page, with a proof that no page was lost.

The search index lags, so windows overlap (the stream's lookback), and the first read of a day begins 48 hours earlier.
Times stand in quotes, because unquoted ones are compared by the day; and because a search that Shopify misreads is
ignored, every hit is held against the window again. One list ends at 25,000 objects: then the search begins anew at the
last time that was reached. Cursors are never kept from one run to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from auditor.clock import iso, to_utc
from auditor.connectors.shopify.client import ShopifyClient
from auditor.connectors.shopify.documents import ORDERS_COUNT, Document
from auditor.connectors.shopify.paging import CEILING, FIRST_PAGE, Node, pages
from auditor.errors import Incomplete

DAILY_REREAD = timedelta(hours=48)
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Span:
    """`since <= time < until`, both naive UTC."""

    since: datetime
    until: datetime

    def search(self, name: str) -> str:
        """The search text; whole seconds that contain the span."""
        until = self.until if self.until.microsecond == 0 else self.until + timedelta(seconds=1)
        return f"{self.since_only(name)} {name}:<'{iso(until.replace(microsecond=0))}'"

    def since_only(self, name: str) -> str:
        """The search text without the end."""
        return f"{name}:>='{iso(self.since.replace(microsecond=0))}'"

    def holds(self, text: str) -> bool:
        return self.since <= instant(text) < self.until

    def from_here(self, since: datetime) -> Span:
        return Span(since, self.until)


@dataclass(slots=True)
class _Walk:
    """Hits of a walk by id; the later one counts."""

    hits: dict[str, Node] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)


def instant(text: str) -> datetime:
    """Naive UTC from a DateTime of the API."""
    return to_utc(datetime.fromisoformat(text))


def span_of(since: datetime, cut_off: datetime, lookback: timedelta) -> Span:
    """The window; on the first read of a (UTC) day it begins 48 hours earlier, for what the index brought late."""
    if (since + lookback).date() < cut_off.date():
        since -= DAILY_REREAD
    return Span(since, cut_off)


def orders_in(client: ShopifyClient, span: Span) -> int | None:
    """How many orders changed in the span; None when Shopify does not count them exactly."""
    count = client.run(ORDERS_COUNT, {"query": span.search("updated_at")})["ordersCount"]
    if count is None or count["precision"] != "EXACT" or count["count"] > CEILING:
        return None
    return int(count["count"])


def changed_orders(
    client: ShopifyClient,
    document: Document,
    span: Span,
    variables: Mapping[str, Any] | None = None,
    *,
    counted: int | None = None,
) -> list[Node]:
    """Orders that changed in the span, held against Shopify's own count of them.

    `counted`: the count, where it was just asked for. Raises `Incomplete` when fewer were listed than were counted,
    twice.
    """
    for _ in range(ATTEMPTS):
        if counted is None:
            counted = orders_in(client, span)
        expected = document.size if counted is None else counted
        walk = _walk(client, document, ("orders",), span, variables or {}, CEILING, expected)
        if counted is None or len(walk.listed) >= counted:
            return list(walk.hits.values())
        # An order that changes while it is looked for leaves the window: then the count falls as well.
        counted = orders_in(client, span)
        if counted is not None and len(walk.listed) >= counted:
            return list(walk.hits.values())
    raise Incomplete(
        f"{client.system}: Shopify counts {counted} changed orders but lists {len(walk.listed)}; a page was lost."
    )


def changed_twice_listed(
    client: ShopifyClient, document: Document, path: Sequence[str], span: Span, *, ceiling: int = CEILING
) -> list[Node]:
    """Records of a list that has no count: listed once in each direction, and both must agree.

    Raises `Incomplete` when the second direction shows records that the first did not, twice.
    """
    missing: set[str] = set()
    for _ in range(ATTEMPTS):
        forward = _walk(client, document, path, span, {}, ceiling, FIRST_PAGE)
        backward = _walk(client, document, path, span, {"reverse": True}, ceiling, len(forward.listed))
        missing = backward.hits.keys() - forward.hits.keys()
        if not missing:
            return list(forward.hits.values())
    raise Incomplete(
        f"{client.system}: {document.name} read backwards shows {len(missing)} records more; a page was lost."
    )


def _walk(
    client: ShopifyClient,
    document: Document,
    path: Sequence[str],
    span: Span,
    variables: Mapping[str, Any],
    ceiling: int,
    expected: int,
) -> _Walk:
    """All pages of a search, begun anew at the last time reached whenever the list's ceiling is near."""
    walk = _Walk()
    backwards = bool(variables.get("reverse"))
    rest = span
    while True:
        listed, edge = 0, None
        search = {**variables, "query": rest.search("updated_at")}
        for page in pages(client, document, search, path, expected=expected):
            listed += len(page)
            for node in page:
                walk.listed.add(node["id"])
                if span.holds(node["updatedAt"]):
                    walk.hits[node["id"]] = node
                edge = instant(node["updatedAt"])
            if listed > ceiling - document.size:
                break
        else:
            return walk
        narrowed = _beyond(rest, edge, backwards=backwards)
        if narrowed == rest:
            raise Incomplete(
                f"{client.system}: more than {ceiling:,} records changed within one second, more than Shopify lists."
            )
        rest = narrowed


def _beyond(span: Span, edge: datetime | None, *, backwards: bool) -> Span:
    """What is left of a span when a walk has come as far as `edge`; its second is read again."""
    if edge is None:
        return span
    if backwards:
        return Span(span.since, min(span.until, edge + timedelta(seconds=1)))
    return span.from_here(max(span.since, edge))
