"""Reads entity sets so that nothing can be missing unnoticed.

- Key-set paging: each page asks for keys beyond the last one, so rows that are inserted or changed meanwhile shift
  nothing. The page size is asked for with `Prefer`; `$top` would limit the result and leave the page at 20.
- What was read is held against `$count`.
- A property that was asked for and is not in the answer makes the read `Incomplete`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

import msgspec

from auditor.connectors.base import Record
from auditor.connectors.sap_b1.ahead import run_ahead
from auditor.connectors.sap_b1.client import B1Client
from auditor.connectors.sap_b1.entities import Entity
from auditor.connectors.sap_b1.pages import Pages
from auditor.errors import Incomplete, Rejected

# 40 comparisons of an integer key stay far below the length of a URL that the balancer takes; text keys are longer.
KEYS_PER_CALL, TEXT_KEYS_PER_CALL = 40, 20
PAGES_WORTH_DIVIDING = 10
Element = TypeVar("Element")


class Reader:
    def __init__(self, client: B1Client, pages: Pages) -> None:
        self.client = client
        self.pages = pages
        self.uncounted: set[str] = set()
        """Entity sets whose `$count` the server refuses: their reads have no control total."""

    # Whole sets -----------------------------------------------------------------------------------------------------

    def records(self, entity: Entity, condition: str = "", prefix: str = "") -> Iterator[list[Record]]:
        """All records that satisfy the condition, as pages; keys carry the prefix."""
        for page in self.rows(entity, condition):
            yield [Record(f"{prefix}{_key(row, entity)}", msgspec.json.encode(row)) for row in page]

    def rows(self, entity: Entity, condition: str = "") -> Iterator[list[Any]]:
        """All rows that satisfy the condition, decoded, read ahead of the consumer.

        Raises `Incomplete` when fewer came than the server counts.
        """
        expected = self.count(entity, condition)
        spans = self._spans(entity, condition, expected or 0)
        read = 0
        for rows in run_ahead([self._span(entity, span) for span in spans]):
            read += len(rows)
            yield rows
        self._prove(entity, condition, expected, read)

    def _spans(self, entity: Entity, condition: str, expected: int) -> list[str]:
        """The condition, divided by key among the sessions when there is much to read: B1 serves a session in turn."""
        sessions = self.client.settings.b1.sessions
        if not entity.is_numeric or sessions == 1 or expected < PAGES_WORTH_DIVIDING * self.pages.size(entity):
            return [condition]
        first, last = self.first_key(entity, condition), self.last_key(entity, condition)
        if first is None or last is None:
            return [condition]
        width = max(1, (int(last) - int(first)) // sessions)
        edges = [int(first) + width * number for number in range(1, sessions)]
        # The outer spans are open, so that what is posted meanwhile belongs to one of them.
        lower = [f"{entity.key} ge {edge}" for edge in edges]
        upper = [f"{entity.key} lt {edge}" for edge in edges]
        return [both(condition, both(low, high)) for low, high in zip(["", *lower], [*upper, ""], strict=True)]

    def _span(self, entity: Entity, condition: str) -> Iterator[list[Any]]:
        """Rows in the order of the key, each page beyond the last key of the one before."""
        size = self.pages.size(entity)
        last: int | str | None = None
        seen: set[int | str] = set()
        while True:
            beyond = "" if last is None else f"{entity.key} gt {entity.literal(last)}"
            rows, following = self.pages.page(entity, both(condition, beyond), order=entity.key)
            for row in rows:
                key = _key(row, entity)
                # Numbers must grow; how a server sorts text depends on its collation, but no key may come twice.
                out_of_order = isinstance(key, int) and last is not None and key <= int(last)
                if out_of_order or key in seen:
                    raise Incomplete(
                        f"B1 answered {entity.entity_set} out of the order of {entity.key}, so rows may be missing; "
                        "nothing of this read is used."
                    )
                last = key
                if not entity.is_numeric:
                    seen.add(key)
            if rows:
                yield rows
            # Some servers end with an empty page, some say nothing after a full one.
            if not rows or (following is None and len(rows) < size):
                return

    def count(self, entity: Entity, condition: str = "") -> int | None:
        """The server's own count, None where it refuses to count."""
        if entity.entity_set in self.uncounted:
            return None
        try:
            return self.client.count(f"{entity.entity_set}/$count", {"$filter": condition} if condition else {})
        except Rejected as error:
            if error.status not in {400, 404, 405, 501}:
                raise
            self.uncounted.add(entity.entity_set)
            return None

    def _prove(self, entity: Entity, condition: str, expected: int | None, read: int) -> None:
        """Rows may come and go while they are read, so only fewer than both counts is a proof of loss."""
        if expected is None or read >= expected:
            return
        now = self.count(entity, condition)
        if now is not None and read < min(expected, now):
            raise Incomplete(
                f"B1 counts {min(expected, now):,} {entity.entity_set} and answered only {read:,}; nothing of this "
                "read is used, the next one begins at the same place."
            )

    # Single records -------------------------------------------------------------------------------------------------

    def by_key(self, entity: Entity, keys: Iterable[str]) -> Iterator[list[Record]]:
        """These records as they are now; keys that do not exist are left out."""
        for rows in self.rows_by_key(entity, keys):
            yield [Record(str(_key(row, entity)), msgspec.json.encode(row)) for row in rows]

    def rows_by_key(self, entity: Entity, keys: Iterable[str]) -> Iterator[list[Any]]:
        per_call = KEYS_PER_CALL if entity.is_numeric else TEXT_KEYS_PER_CALL
        for chunk in chunks(sorted(keys), per_call):
            condition = " or ".join(f"{entity.key} eq {entity.literal(key)}" for key in chunk)
            found: list[Any] = []
            for page in self.rows_beyond(entity, condition):
                found += page
            yield found

    def rows_beyond(self, entity: Entity, condition: str) -> Iterator[list[Any]]:
        """Like `rows`, without a control total: for a handful of keys it would double the calls."""
        last: int | str | None = None
        while True:
            beyond = "" if last is None else f"{entity.key} gt {entity.literal(last)}"
            rows, following = self.pages.page(entity, both(condition, beyond), order=entity.key)
            yield rows
            if not rows or following is None:
                return
            last = _key(rows[-1], entity)

    def first_key(self, entity: Entity, condition: str) -> int | str | None:
        """The smallest key that satisfies the condition."""
        rows, _ = self.pages.page(_keys_only(entity), condition, order=entity.key, top=1)
        return _key(rows[0], entity) if rows else None

    def last_key(self, entity: Entity, condition: str) -> int | str | None:
        """The greatest key that satisfies the condition."""
        rows, _ = self.pages.page(_keys_only(entity), condition, order=f"{entity.key} desc", top=1)
        return _key(rows[0], entity) if rows else None

    def late_key(self, entity: Entity) -> int | str | None:
        """A key with about a page of newer ones behind it; None when the set is empty."""
        rows, _ = self.pages.page(_keys_only(entity), "", order=f"{entity.key} desc")
        return _key(rows[-1], entity) if rows else None


def _keys_only(entity: Entity) -> Entity:
    return replace(entity, must=(), optional=(), rows=())


def both(left: str, right: str) -> str:
    """The conjunction of two conditions, each of which may be empty."""
    if left and right:
        return f"({left}) and {right}"
    return left or right


def chunks(elements: Iterable[Element], size: int) -> Iterator[list[Element]]:
    remaining = iter(elements)
    while chunk := list(islice(remaining, size)):
        yield chunk


def _key(row: Any, entity: Entity) -> int | str:
    key: int | str = getattr(row, entity.key)
    return key
