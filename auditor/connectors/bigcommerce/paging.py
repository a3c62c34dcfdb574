"""Lists, page by page, each with what proves that it is whole.

V2 gives plain lists without a total and ends with a short page, or with 204 and no body. V3 tells a total on each page.
Page numbers over a list that changes skip rows, so long lists are walked by id, where the API allows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from auditor.connectors.bigcommerce.bodies import Node, need
from auditor.connectors.bigcommerce.client import BigCommerceClient
from auditor.errors import Incomplete

V2_LIMIT = 250
V3_LIMIT = 250
# How often a list that grew or shrank while its pages were read is read again.
ATTEMPTS = 3


def rows(client: BigCommerceClient, path: str, params: Mapping[str, str]) -> list[Node]:
    """One page of a V2 list; nothing where the list ends."""
    body = client.get(path, params)
    if body is None:
        return []
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise Incomplete(f"{client.system}: {path} is answered with something that is no list.")
    return body


def all_rows(client: BigCommerceClient, path: str, params: Mapping[str, str] | None = None) -> list[Node]:
    """A V2 list that belongs to one record, from its first page to a short one; 50 rows are only its default."""
    found: dict[Any, Node] = {}
    page = 1
    while True:
        got = rows(client, path, {**(params or {}), "limit": str(V2_LIMIT), "page": str(page)})
        for row in got:
            need(client.system, path, row, ("id",))
            found[row["id"]] = row
        if len(got) < V2_LIMIT:
            return list(found.values())
        page += 1


def walk_orders(
    client: BigCommerceClient, filters: Mapping[str, str], *, descending: bool = False
) -> Iterator[list[Node]]:
    """Orders by id: each page begins at the last id that was reached, which comes again or not, and is counted once."""
    bound, direction = ("max_id", "desc") if descending else ("min_id", "asc")
    params = {**filters, "sort": f"id:{direction}", "limit": str(V2_LIMIT)}
    seen: set[int] = set()
    while True:
        got = rows(client, "v2/orders", params)
        fresh = []
        for row in got:
            need(client.system, "order", row, ("id",))
            if row["id"] not in seen:
                seen.add(row["id"])
                fresh.append(row)
        if fresh:
            yield fresh
        if len(got) < V2_LIMIT or not fresh:
            return
        params[bound] = str((min if descending else max)(row["id"] for row in fresh))


def whole_list(
    client: BigCommerceClient,
    path: str,
    params: Mapping[str, str],
    fields: Sequence[str] = ("id",),
    *,
    key: Callable[[Node], Any] = lambda row: row["id"],
    limit: int = V3_LIMIT,
) -> list[Node]:
    """A V3 list: as many different rows as its total, which is the same on each page; each row holds these fields.

    Raises `Incomplete` when that is not so three times.
    """
    for _ in range(ATTEMPTS):
        found: dict[Any, Node] = {}
        totals: set[int] = set()
        page = pages = 1
        while page <= pages:
            data, told = _page(client, path, {**params, "limit": str(limit), "page": str(page)})
            totals.add(told["total"])
            pages = told["total_pages"]
            for row in data:
                need(client.system, path, row, fields)
                found[key(row)] = row
            page += 1
        if totals == {len(found)}:
            return list(found.values())
    raise Incomplete(
        f"{client.system}: {path} tells a total of {' or '.join(map(str, sorted(totals)))} but gives {len(found)}; "
        "a page was lost, or the list does not stand still."
    )


def walk_products(client: BigCommerceClient, params: Mapping[str, str]) -> Iterator[list[Node]]:
    """Products by ascending id; the total of what is left is told with each page."""
    last = 0
    while True:
        for _ in range(ATTEMPTS):
            asked = {**params, "sort": "id", "direction": "asc", "id:greater": str(last), "limit": str(V3_LIMIT)}
            data, told = _page(client, "v3/catalog/products", asked)
            if len(data) == min(told["total"], told["per_page"]) and len({row.get("id") for row in data}) == len(data):
                break
        else:
            raise Incomplete(
                f"{client.system}: {told['total']} products are left after {last}, but {len(data)} came; "
                "a page was lost."
            )
        if data:
            yield data
        if told["total"] <= len(data):
            return
        last = max(row["id"] for row in data)


def portions(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _page(client: BigCommerceClient, path: str, params: Mapping[str, str]) -> tuple[list[Node], Node]:
    """Rows and what the answer says about paging."""
    body = client.get(path, params)
    if body is None:
        return [], {"total": 0, "total_pages": 1, "per_page": 0}
    data = body.get("data") if isinstance(body, dict) else None
    told = ((body.get("meta") or {}).get("pagination") or {}) if isinstance(body, dict) else {}
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise Incomplete(f"{client.system}: the answer to {path} holds no list under 'data'.")
    need(client.system, f"the paging of {path}", told, ("total", "total_pages", "per_page"))
    return data, told
