"""Reads entity sets so that nothing can be missing unnoticed.

- Key-set paging: each page asks for keys beyond the last one, so rows that are inserted or changed meanwhile shift
  nothing. The page size is asked for with `Prefer`; `$top` would limit the result and leave the page at 20.
- What was read is held against `$count`.
- A property that the server refuses for an entity set is left out, remembered and told by doctor, unless the record
  is worthless without it. A property that was asked for and is not in the answer makes the read `Incomplete`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import unquote

import msgspec

from auditor.connectors.base import Record
from auditor.connectors.sap_b1.ahead import run_ahead
from auditor.connectors.sap_b1.client import B1Client
from auditor.connectors.sap_b1.entities import Entity
from auditor.connectors.sap_b1.problem import refused_property
from auditor.errors import Incomplete, Rejected

# 40 comparisons of an integer key stay far below the length of a URL that the balancer takes; text keys are longer.
KEYS_PER_CALL, TEXT_KEYS_PER_CALL = 40, 20
LARGE_PAGE = 500
PAGES_WORTH_DIVIDING = 10
_NULL = msgspec.Raw(b"null")
_SKIP = re.compile(r"\$skip=(\d+)")
Element = TypeVar("Element")


class Reader:
    def __init__(self, client: B1Client) -> None:
        self.client = client
        self.refused: dict[tuple[str, str], str] = {}
        """(entity set, property) -> what the server said."""
        self.uncounted: set[str] = set()
        """Entity sets whose `$count` the server refuses: their reads have no control total."""
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, tuple[str, ...]], Any] = {}

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
        if not entity.is_numeric or sessions == 1 or expected < PAGES_WORTH_DIVIDING * self._page_size(entity):
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
        size = self._page_size(entity)
        last: int | str | None = None
        seen: set[int | str] = set()
        while True:
            beyond = "" if last is None else f"{entity.key} gt {entity.literal(last)}"
            rows, following = self.page(entity, both(condition, beyond), order=entity.key)
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
            with self._lock:
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
            rows, following = self.page(entity, both(condition, beyond), order=entity.key)
            yield rows
            if not rows or following is None:
                return
            last = _key(rows[-1], entity)

    def first_key(self, entity: Entity, condition: str) -> int | str | None:
        """The smallest key that satisfies the condition."""
        rows, _ = self.page(_keys_only(entity), condition, order=entity.key, top=1)
        return _key(rows[0], entity) if rows else None

    def last_key(self, entity: Entity, condition: str) -> int | str | None:
        """The greatest key that satisfies the condition."""
        rows, _ = self.page(_keys_only(entity), condition, order=f"{entity.key} desc", top=1)
        return _key(rows[0], entity) if rows else None

    def late_key(self, entity: Entity) -> int | str | None:
        """A key with about a page of newer ones behind it; None when the set is empty."""
        rows, _ = self.page(_keys_only(entity), "", order=f"{entity.key} desc")
        return _key(rows[-1], entity) if rows else None

    def skipping(self, entity: Entity, condition: str, *, order: str) -> Iterator[list[Any]]:
        """Pages by offset, for sets that hardly change and have no simple key."""
        skip: int | None = 0
        while skip is not None:
            rows, following = self.page(entity, condition, order=order, skip=skip)
            yield rows
            # An offset that does not grow would be read for ever.
            skip = following if following is not None and following > skip else None

    # One page -------------------------------------------------------------------------------------------------------

    def page(
        self, entity: Entity, condition: str, *, order: str, skip: int = 0, top: int = 0
    ) -> tuple[list[Any], int | None]:
        """Rows of one page, and the offset of the next one, when the server has more.

        Of a link to the next page only the offset is used: it may or may not repeat the other options.
        """
        while True:
            names = self._selected(entity)
            params = {"$select": ",".join(names), "$orderby": order}
            if condition:
                params["$filter"] = condition
            if skip:
                params["$skip"] = str(skip)
            if top:
                params["$top"] = str(top)
            headers = {"Prefer": f"odata.maxpagesize={self._page_size(entity)}"}
            kind = self._kind(entity, names)
            try:
                answer = self.client.get(entity.entity_set, kind, params=params, headers=headers)
            except Rejected as error:
                self._leave_out(entity, names, error)
                continue
            return answer.value, next_skip(answer.next_link)

    def _leave_out(self, entity: Entity, names: Sequence[str], error: Rejected) -> None:
        """Remembers a refused property; raises the error again when that is not what it says, or cannot be helped."""
        name = refused_property(error, names)
        if name is None:
            raise error
        if name not in entity.optional:
            raise Rejected(
                f"B1 refuses {name} of {entity.entity_set}, without which they cannot be compared: {error}",
                status=error.status,
                code=error.code,
            ) from None
        with self._lock:
            self.refused[entity.entity_set, name] = str(error)

    def _selected(self, entity: Entity) -> tuple[str, ...]:
        return tuple(name for name in entity.select if (entity.entity_set, name) not in self.refused)

    def _page_size(self, entity: Entity) -> int:
        size = self.client.settings.b1.page_size
        return size if entity.rows else max(size, LARGE_PAGE)

    def _kind(self, entity: Entity, names: tuple[str, ...]) -> Any:
        with self._lock:
            if (entity.entity_set, names) not in self._kinds:
                self._kinds[entity.entity_set, names] = page_of(record_type(entity, names))
            return self._kinds[entity.entity_set, names]


def _keys_only(entity: Entity) -> Entity:
    return replace(entity, must=(), optional=(), rows=())


def record_type(entity: Entity, names: Sequence[str]) -> type[msgspec.Struct]:
    """A record of which every asked property must be there; values stay the text they came as."""
    collections = {rows.name: rows for rows in entity.rows}
    fields: list[Any] = [(entity.key, int if entity.is_numeric else str)]
    for name in names:
        rows = collections.get(name)
        if name == entity.key:
            continue
        if rows is None:
            fields.append((name, msgspec.Raw))
            continue
        row_fields = [(field, msgspec.Raw) for field in rows.must] + [
            (field, msgspec.Raw, _NULL) for field in rows.keep
        ]
        row = msgspec.defstruct(name, row_fields, omit_defaults=True)
        fields.append((name, list[row] | None))  # type: ignore[valid-type]  # the type is made at run time
    return msgspec.defstruct(entity.type_name, fields)


def page_of(element: Any) -> Any:
    """An answer with `value` and perhaps a link to the next page."""
    link = msgspec.field(default=None, name="@odata.nextLink")
    return msgspec.defstruct("Page", [("value", list[element]), ("next_link", str | None, link)])


def next_skip(link: str | None) -> int | None:
    """The offset in a next link, in whichever shape: `Orders?$skip=20`, `/b1s/v2/Orders?$skip=20`, encoded or not."""
    found = _SKIP.search(unquote(link)) if link else None
    return int(found[1]) if found else None


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
