"""searchCriteria: which records are asked for, in which order, and how many at once.

Filters of one group are alternatives, groups are all demanded. Times are compared in UTC, written without a zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Condition = Literal["eq", "gt", "gteq", "in", "lt", "lteq", "neq"]


@dataclass(frozen=True, slots=True)
class Filter:
    field: str
    condition: Condition
    value: str


Group = Sequence[Filter]


def since(field: str, moment: datetime) -> Filter:
    """Changed (or made) at this moment or later; a fraction of a second is given away to the earlier side."""
    return Filter(field, "gteq", moment.strftime("%Y-%m-%d %H:%M:%S"))


def one_of(field: str, values: Sequence[str]) -> Filter:
    """One of these values, none of which may hold a comma."""
    return Filter(field, "in", ",".join(values))


def search(
    groups: Sequence[Group], *, size: int, sort: str | None = None, descending: bool = False, fields: str = ""
) -> dict[str, str]:
    """The options of a list call. The first page only: what follows is asked for by key, never by page number."""
    options: dict[str, str] = {}
    for number, group in enumerate(groups):
        for place, one in enumerate(group):
            name = f"searchCriteria[filterGroups][{number}][filters][{place}]"
            options[f"{name}[field]"] = one.field
            options[f"{name}[value]"] = one.value
            options[f"{name}[conditionType]"] = one.condition
    if sort is not None:
        options["searchCriteria[sortOrders][0][field]"] = sort
        options["searchCriteria[sortOrders][0][direction]"] = "DESC" if descending else "ASC"
    options["searchCriteria[pageSize]"] = str(size)
    options["searchCriteria[currentPage]"] = "1"
    if fields:
        options["fields"] = fields
    return options
