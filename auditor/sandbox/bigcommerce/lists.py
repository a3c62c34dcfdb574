"""Pages of V2 and V3 lists, the values of their options, and what the store refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from auditor.sandbox.bigcommerce.wire import Node, instant

V2_DEFAULT, V2_MAXIMUM = 50, 250
V3_DEFAULT, V3_MAXIMUM, INVENTORY_MAXIMUM = 50, 250, 1000
Options = Mapping[str, str]


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Told:
    """A V3 list: rows of this page and its paging."""

    data: list[Node]
    pagination: Node


def v2_page(found: Iterable[Any], options: Options) -> list[Any]:
    limit, page = number_of(options, "limit", V2_DEFAULT), number_of(options, "page", 1)
    if limit > V2_MAXIMUM:
        raise Refused(413, f"The limit is {V2_MAXIMUM}.")
    return list(islice(found, (page - 1) * limit, page * limit))


def v3_page(found: list[Node], options: Options, maximum: int = V3_MAXIMUM) -> Told:
    limit, page = min(maximum, number_of(options, "limit", V3_DEFAULT)), number_of(options, "page", 1)
    data = found[(page - 1) * limit : page * limit]
    pages = max(1, -(-len(found) // limit))
    links = {"current": f"?page={page}&limit={limit}"}
    if page > 1:
        links["previous"] = f"?page={page - 1}&limit={limit}"
    if page < pages:
        links["next"] = f"?page={page + 1}&limit={limit}"
    pagination = {
        "total": len(found),
        "count": len(data),
        "per_page": limit,
        "current_page": page,
        "total_pages": pages,
        "links": links,
    }
    return Told(data, pagination)


def number_of(options: Options, name: str, default: int) -> int:
    text = options.get(name, str(default))
    if not text.isdigit() or int(text) < 1:
        raise Refused(400, f"The value '{text}' is not valid for '{name}'.")
    return int(text)


def moment_of(text: str) -> datetime:
    try:
        return instant(text)
    except ValueError:
        raise Refused(400, f"'{text}' is not a date.") from None
