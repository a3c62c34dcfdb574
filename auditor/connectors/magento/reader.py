"""Reads lists so that nothing can be missing unnoticed, whatever changes meanwhile.

- Each page asks for keys beyond the last one, so rows that are inserted or changed shift nothing. Page numbers are
  never used: past its end Magento answers with its last page again.
- Every answer counts what is left beyond that key. A page that holds less than it should is read once more, and then
  the read is incomplete. What was read in all is held against the count at the beginning.
- Long lists are divided by key and read by several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from auditor.connectors.magento.client import MagentoClient
from auditor.connectors.magento.criteria import Filter, Group, one_of, search
from auditor.connectors.magento.documents import Listing
from auditor.connectors.magento.fields import plain
from auditor.connectors.magento.problems import page_limit
from auditor.connectors.sap_b1.ahead import run_ahead
from auditor.errors import Incomplete, Rejected

PAGE = 100  # the documented way to stay below every limit that a shop may have switched on
ATTEMPTS = 2
SPANS = 4
PAGES_WORTH_DIVIDING = 8
Rows = list[Any]


class Reader:
    """Pages of typed rows (`Listing.fields`)."""

    def __init__(self, client: MagentoClient, view: str) -> None:
        self.client = client
        self.page_size = PAGE
        self._view = view
        self._kinds: dict[str, Any] = {}

    def pages(
        self, listing: Listing, groups: Sequence[Group] = (), finish: Callable[[Rows], Any] = lambda rows: rows
    ) -> Iterator[Any]:
        """All rows that satisfy the groups, page by page as `finish` makes them, read ahead of the consumer.

        `finish` runs in the thread that read the page. Raises `Incomplete` when rows were lost.
        """
        first, counted = self._page(listing, groups)
        if not first:
            return
        last = self._grown(listing, first, frozenset())
        yield finish(first)
        if counted <= len(first):
            return
        read = len(first)

        def sized(rows: Rows) -> tuple[int, Any]:
            return len(rows), finish(rows)

        spans = self._spans(listing, groups, last, counted)
        for size, made in run_ahead([self._span(listing, span, sized) for span in spans]):
            read += size
            yield made
        if read < counted:
            _, now = self._page(listing, groups, size=1)
            if read < min(counted, now):
                raise self._lost(listing, min(counted, now), read)

    def by_keys(self, listing: Listing, keys: Sequence[str], field: str | None = None) -> Iterator[Rows]:
        """Rows with these keys in portions; keys that do not exist are left out."""
        for start in range(0, len(keys), self.page_size):
            rows, _ = self._page(listing, [[one_of(field or listing.sought, keys[start : start + self.page_size])]])
            if rows:
                yield rows

    def newest(self, listing: Listing, count: int) -> Rows:
        """The newest rows, at most a page of them."""
        return self._page(listing, (), size=min(count, self.page_size), descending=True)[0]

    def page(self, listing: Listing, groups: Sequence[Group], size: int) -> Rows:
        """The rows that satisfy the groups, which are at most so many; nothing is demanded of their number."""
        rows: Rows = self._asked(listing, groups, size, descending=False).items or []
        return rows

    def _span(self, listing: Listing, groups: Sequence[Group], finish: Callable[[Rows], Any]) -> Iterator[Any]:
        """Rows in the order of the key, each page beyond the last key of the one before."""
        beyond: list[Group] = []
        before: frozenset[int | str] = frozenset()
        while True:
            rows, counted = self._page(listing, [*groups, *beyond])
            if not rows:
                return
            last = self._grown(listing, rows, before)
            yield finish(rows)
            if counted <= len(rows):
                return
            before = frozenset(plain_key(listing, row) for row in rows)
            beyond = [[Filter(listing.sought, "gt", str(last))]]

    def _spans(self, listing: Listing, groups: Sequence[Group], last: int | str, counted: int) -> list[list[Group]]:
        """What is left beyond the first page: one span, or several of equal width when there is much."""
        beyond: Group = [Filter(listing.sought, "gt", str(last))]
        if not listing.is_numeric or counted < PAGES_WORTH_DIVIDING * self.page_size:
            return [[*groups, beyond]]
        ends, _ = self._page(listing, groups, size=1, descending=True)
        end = int(plain_key(listing, ends[0])) if ends else int(last)
        width = max(1, (end - int(last)) // SPANS)
        edges = [int(last) + width * number for number in range(SPANS)]
        # The last span is open, so that what is made meanwhile belongs to it.
        upper = [[Filter(listing.sought, "lteq", str(edge))] for edge in edges[1:]]
        spans: list[list[Group]] = [
            [*groups, [Filter(listing.sought, "gt", str(low))], *([high] if high else [])]
            for low, high in zip(edges, [*upper, []], strict=True)
        ]
        return spans

    def _grown(self, listing: Listing, rows: Rows, before: frozenset[int | str]) -> int | str:
        """The last key of a page that follows the one with the keys `before`.

        Raises `Incomplete` when numbers do not grow. How text is sorted is the database's affair, but it must not come
        twice.
        """
        keys = [plain_key(listing, row) for row in rows]
        if listing.is_numeric:
            numbers = [int(key) for key in keys]
            is_right = all(low < high for low, high in pairwise([*sorted(map(int, before))[-1:], *numbers]))
        else:
            is_right = len(set(keys)) == len(keys) and before.isdisjoint(keys)
        if not is_right:
            raise Incomplete(
                f"{self.client.system}: Magento gave {listing.what} out of the order of {listing.sought}, so some may "
                "be missing; nothing of this read is used."
            )
        return keys[-1]

    def _page(
        self, listing: Listing, groups: Sequence[Group], *, size: int | None = None, descending: bool = False
    ) -> tuple[Rows, int]:
        """Rows of a page, and how many there are from its first one on. A page that lacks rows is read once more."""
        rows: Rows = []
        due = 0
        for _ in range(ATTEMPTS):
            asked = min(size or self.page_size, self.page_size)
            answer = self._asked(listing, groups, asked, descending=descending)
            # The shop's limit may just have been learnt.
            rows, due = answer.items or [], min(asked, self.page_size, answer.total_count)
            if len(rows) >= due:
                return rows, answer.total_count
        raise self._lost(listing, due, len(rows))

    def _asked(self, listing: Listing, groups: Sequence[Group], size: int, *, descending: bool) -> Any:
        fields = f"items[{listing.fields.text}],total_count"
        view = self._view if listing.of_view else ""
        while True:
            params = search(groups, size=size, sort=listing.sought, descending=descending, fields=fields)
            try:
                return self.client.get(listing.path, self._kind(listing), params, what=listing.what, view=view)
            except Rejected as error:
                limit = page_limit(error)
                if limit is None or not 0 < limit < size:
                    raise
                size = self.page_size = limit

    def _kind(self, listing: Listing) -> Any:
        """Answers of a listing as a type: made once."""
        kind = self._kinds.get(listing.fields.name)
        if kind is None:
            row: Any = listing.fields.type
            fields: list[Any] = [("items", list[row] | None), ("total_count", int)]
            kind = self._kinds[listing.fields.name] = msgspec.defstruct("Answer", fields)
        return kind

    def _lost(self, listing: Listing, counted: int, read: int) -> Incomplete:
        return Incomplete(
            f"{self.client.system}: Magento counts {counted:,} {listing.what} and gave {read:,}; nothing of this read "
            "is used, the next one begins at the same place."
        )


def plain_key(listing: Listing, row: Any) -> int | str:
    """The key of a row: a number or text."""
    key: int | str = plain(getattr(row, listing.key))
    return key
