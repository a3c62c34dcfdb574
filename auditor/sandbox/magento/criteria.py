"""searchCriteria as Magento reads it: filters, sorting, pages that begin at 1, and a last page that comes for ever."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from auditor.sandbox.magento.state import Body

_FILTER = re.compile(
    r"searchCriteria\[(?:filterGroups|filter_groups)\]\[(\d+)\]\[filters\]\[(\d+)\]"
    r"\[(field|value|conditionType|condition_type)\]"
)
_SORT = re.compile(r"searchCriteria\[(?:sortOrders|sort_orders)\]\[(\d+)\]\[(field|direction)\]")
_WHOLE = re.compile(r"searchCriteria\[(pageSize|page_size|currentPage|current_page)\]")
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, other: bool(value == other),
    "neq": lambda value, other: bool(value != other),
    "gt": lambda value, other: bool(value > other),
    "gteq": lambda value, other: bool(value >= other),
    "from": lambda value, other: bool(value >= other),
    "moreq": lambda value, other: bool(value >= other),
    "lt": lambda value, other: bool(value < other),
    "lteq": lambda value, other: bool(value <= other),
    "to": lambda value, other: bool(value <= other),
}


BOUNDS = ("gt", "gteq", "lt", "lteq")


class BadCriteria(Exception):
    """What Magento refuses with 400."""


@dataclass(frozen=True, slots=True)
class One:
    """A condition on a top-level field."""

    field: str
    condition: str
    value: str

    def holds(self, body: Body) -> bool:
        value = body.get(self.field)
        if self.condition in ("null", "notnull"):
            return (value is None) == (self.condition == "null")
        if value is None:
            return False
        if self.condition in ("in", "nin"):
            return any(_plain(value) == _like(value, one) for one in self.listed) == (self.condition == "in")
        return _TESTS[self.condition](_plain(value), _like(value, self.value))

    @property
    def listed(self) -> list[str]:
        """What `in` and `nin` compare with."""
        return self.value.split(",")


@dataclass(frozen=True, slots=True)
class Criteria:
    groups: tuple[tuple[One, ...], ...]
    sort: str | None
    descending: bool
    size: int | None
    """None: everything at once."""
    page: int

    def holds(self, body: Body) -> bool:
        return all(any(one.holds(body) for one in group) for group in self.groups)

    @property
    def among(self) -> One | None:
        """A condition that holds for few rows only, whatever else is asked: a list of values."""
        return next((group[0] for group in self.groups if len(group) == 1 and group[0].condition == "in"), None)

    def apart(self, field: str) -> tuple[Criteria, list[One]]:
        """The criteria without the conditions that bound this field alone, and those."""
        bounds = [g[0] for g in self.groups if len(g) == 1 and g[0].field == field and g[0].condition in BOUNDS]
        rest = tuple(group for group in self.groups if len(group) != 1 or group[0] not in bounds)
        return replace(self, groups=rest), bounds

    def shown(self) -> Body:
        """As the answer repeats it."""
        groups = [
            {"filters": [{"field": one.field, "value": one.value, "condition_type": one.condition} for one in group]}
            for group in self.groups
        ]
        shown: Body = {"filter_groups": groups}
        if self.sort is not None:
            shown["sort_orders"] = [{"field": self.sort, "direction": "DESC" if self.descending else "ASC"}]
        if self.size is not None:
            shown |= {"page_size": self.size, "current_page": self.page}
        return shown


def parse(options: Iterable[tuple[str, str]]) -> Criteria:
    """The criteria of a query string. Raises `BadCriteria`."""
    filters: dict[int, dict[int, dict[str, str]]] = {}
    sorts: dict[str, str] = {}
    whole: dict[str, str] = {}
    for name, value in options:
        if found := _FILTER.fullmatch(name):
            word = "condition" if found[3].startswith("condition") else found[3]
            filters.setdefault(int(found[1]), {}).setdefault(int(found[2]), {})[word] = value
        elif found := _SORT.fullmatch(name):
            sorts[found[2]] = value
        elif found := _WHOLE.fullmatch(name):
            whole[found[1].replace("_s", "S").replace("_p", "P")] = value
    groups = tuple(tuple(_one(filters[group][place]) for place in sorted(filters[group])) for group in sorted(filters))
    size = whole.get("pageSize")
    return Criteria(
        groups=groups,
        sort=sorts.get("field"),
        descending=sorts.get("direction", "DESC").upper() == "DESC",
        size=int(size) if size is not None else None,
        page=max(1, int(whole.get("currentPage", "1"))),
    )


def between(rows: list[Body], key: str, bounds: Iterable[One]) -> list[Body]:
    """Rows sorted by a number, cut down to bounds."""
    low, high = 0, len(rows)
    for one in bounds:
        number = int(one.value)
        if one.condition in ("gt", "gteq"):
            side = bisect_right if one.condition == "gt" else bisect_left
            low = max(low, side(rows, number, key=lambda body: body[key]))
        else:
            side = bisect_left if one.condition == "lt" else bisect_right
            high = min(high, side(rows, number, key=lambda body: body[key]))
    return rows[low:high]


def page_of(rows: list[Body], criteria: Criteria) -> list[Body]:
    """The asked page of sorted rows; beyond the end it is the last page again."""
    if criteria.size is None:
        return rows
    last = max(1, -(-len(rows) // criteria.size))
    begin = (min(criteria.page, last) - 1) * criteria.size
    return rows[begin : begin + criteria.size]


def ordered(rows: list[Body], criteria: Criteria) -> list[Body]:
    """Rows by the field of the criteria; without one as the database has them, by key."""
    if criteria.sort is None:
        return rows
    name = criteria.sort
    return sorted(rows, key=lambda body: _plain(body[name]), reverse=criteria.descending)


def projected(value: Any, fields: Mapping[str, Any]) -> Any:
    """What `fields` leaves of a value; a field that is not there stays away without a word."""
    if isinstance(value, list):
        return [projected(one, fields) for one in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: projected(value[name], inner) if inner else value[name] for name, inner in fields.items() if name in value
    }


def fields_of(text: str) -> Body:
    """`a,b[c,d[e]]` as nested names."""
    tree: Body = {}
    stack, name = [tree], ""
    for letter in f"{text},":
        if letter == "[":
            inner: Body = {}
            stack[-1][name] = inner
            stack.append(inner)
            name = ""
        elif letter in ",]":
            if name:
                stack[-1][name] = {}
            name = ""
            if letter == "]":
                stack.pop()
        else:
            name += letter
    return tree


def _one(parts: Mapping[str, str]) -> One:
    condition = parts.get("condition", "eq")
    if "field" not in parts:
        raise BadCriteria('"field" is required. Enter and try again.')
    if condition not in _TESTS and condition not in ("in", "nin", "null", "notnull"):
        raise BadCriteria(f"Unknown condition type {condition}")
    return One(parts["field"], condition, parts.get("value", ""))


def _plain(value: Any) -> Any:
    """A value as the database compares it: text without regard to case."""
    return value.lower() if isinstance(value, str) else value


def _like(value: Any, text: str) -> Any:
    """`text` in the type of `value`. Text that is no number counts as 0, as it does for MySQL."""
    if isinstance(value, bool):
        return text in ("1", "true")
    if isinstance(value, int | Decimal):
        try:
            return Decimal(text)
        except InvalidOperation:
            return Decimal(0)
    return text.lower()
