"""Connections page by page, and records by their ids, in portions that the provider's cost limit allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.connectors.shopify.client import ShopifyClient
from auditor.connectors.shopify.documents import Document
from auditor.connectors.shopify.problems import TooExpensive
from auditor.errors import Incomplete

Node = dict[str, Any]

# One connection cannot be paged beyond this many objects.
CEILING = 25_000
# How many are asked for first where nobody knows how many there are. What is asked for is reserved in the bucket, so a
# large page for a handful of changes would make the next calls wait.
FIRST_PAGE = 25


def pages(
    client: ShopifyClient,
    document: Document,
    variables: Mapping[str, Any],
    path: Sequence[str],
    after: str | None = None,
    *,
    expected: int = FIRST_PAGE,
) -> Iterator[list[Node]]:
    """Nodes of the connection at `path`, page by page to its end; nothing when an object on the path is null.

    `expected`: how many there are likely to be. It only decides how many are asked for first.

    Raises `Incomplete` when a page says that more follows but the way there is missing or leads in a circle, or when
    what holds the connection is gone before its end.
    """
    largest, begun = document.size, after is not None
    size = min(largest, expected + 1)
    while True:
        try:
            data = client.run(document, {**variables, "first": size, "after": after})
        except TooExpensive:
            size = largest = _halved(client, document, size)
            continue
        connection = dig(data, path)
        if connection is None:
            if begun:
                raise Incomplete(f"{client.system}: what {document.name} lists was gone before its end.")
            return
        yield connection["nodes"]
        size, begun = largest, True
        end = next_cursor(client.system, document.name, connection, after)
        if end is None:
            return
        after = end


def next_cursor(system: str, name: str, connection: Node, before: str | None) -> str | None:
    """Where the next page begins; None when this was the last."""
    page = connection["pageInfo"]
    if not page["hasNextPage"]:
        return None
    end: str | None = page["endCursor"]
    if not end or end == before:
        raise Incomplete(f"{system}: {name} says that more follows, but not where; the list cannot be read to its end.")
    return end


def by_ids(
    client: ShopifyClient, document: Document, ids: Sequence[str], variables: Mapping[str, Any] | None = None
) -> Iterator[list[Node]]:
    """The records with these ids in portions; ids that do not exist (any more) are left out."""
    size, position = document.size, 0
    while position < len(ids):
        portion = list(ids[position : position + size])
        try:
            found = client.run(document, {**(variables or {}), "ids": portion})["nodes"]
        except TooExpensive:
            size = _halved(client, document, size)
            continue
        if len(found) != len(portion):
            raise Incomplete(f"{client.system}: {document.name} answered {len(found)} of {len(portion)} records.")
        position += len(portion)
        yield [node for node in found if node]


def complete(client: ShopifyClient, node: Node, connection: str, document: Document, root: str) -> None:
    """Turns `node[connection]` into the plain list of all its nodes, in the order of their ids.

    The first page came with the node; `document` reads the others of the object `root`(id).
    """
    first = node[connection]
    nodes = list(first["nodes"])
    cursor = next_cursor(client.system, document.name, first, None)
    if cursor is not None:
        for page in pages(client, document, {"id": node["id"]}, (root, connection), cursor, expected=document.size):
            # What belongs to a record is only announced when it is there, and does not go away.
            if not page:
                raise Incomplete(f"{client.system}: {node['id']} announced more {connection}, but they did not come.")
            nodes += page
    node[connection] = in_order(nodes)


def in_order(nodes: Sequence[Any]) -> list[Any]:
    """Nodes or rows, sorted by number, each once: the same list whichever road it came along."""
    if len(nodes) < 2:
        return list(nodes)
    ids = [(node.get("id") if isinstance(node, dict) else node.id) or f"?{place}" for place, node in enumerate(nodes)]
    each = dict(zip(ids, nodes, strict=True))
    return [each[identity] for identity in sorted(each, key=_number)]


def dig(data: Mapping[str, Any], path: Sequence[str]) -> Node | None:
    """The object at `path`; None when anything on the way is null."""
    found: Any = data
    for name in path:
        if found is None:
            return None
        found = found[name]
    return found if isinstance(found, dict) else None


def number_of(gid: str) -> str:
    """`501` of `gid://shopify/Order/501`, `9` of `gid://shopify/InventoryLevel/9?inventory_item_id=1`."""
    return gid.rpartition("/")[2].partition("?")[0]


def gid_of(kind: str, key: str) -> str:
    """The gid of a number; a gid stays as it is."""
    return key if key.startswith("gid://") else f"gid://shopify/{kind}/{key}"


def _number(identity: str) -> tuple[int, str]:
    number = identity.rpartition("/")[2].partition("?")[0]  # `number_of`, without a call for each
    return (int(number), "") if number.isdigit() else (0, number)


def _halved(client: ShopifyClient, document: Document, size: int) -> int:
    if size <= 1:
        raise TooExpensive(
            f"{client.system}: {document.name} is too expensive for Shopify even for a single record.",
            code="MAX_COST_EXCEEDED",
        )
    return size // 2
