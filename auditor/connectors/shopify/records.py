"""Records as they are kept: one JSON text per record, the same bytes whichever road the record came along.

Keys are sorted, lists that the provider gives in any order are put in the order of their ids, and what belongs to the
transport (pages, `__typename`, `__parentId`) is left out. A record's key is its id as the API writes it (gid://…).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from auditor.connectors.base import Record
from auditor.connectors.shopify.paging import Node, in_order

_TRANSPORT = ("__typename", "__parentId")


def record(key: str, body: Node) -> Record:
    return Record(key, orjson.dumps(body, option=orjson.OPT_SORT_KEYS))


def plain(node: Node) -> Node:
    """A line of a bulk result without what belongs to the transport."""
    for name in _TRANSPORT:
        node.pop(name, None)
    return node


def of_type(children: Iterable[Node], kind: str) -> list[Node]:
    """The children of one type in order, without what belongs to the transport."""
    return in_order([plain(child) for child in children if child.get("__typename") == kind])


def order_record(node: Node) -> Record:
    node["transactions"] = in_order(node["transactions"])
    return record(node["id"], node)


def refunds_record(order: Node, refunds: dict[str, Node], returns: list[Node] | None) -> Record:
    """All refunds and returns of an order. Its own time is left out: it would make versions without a change."""
    body: dict[str, Any] = {
        "id": order["id"],
        "taxesIncluded": order["taxesIncluded"],
        "currencyCode": order["currencyCode"],
        "refunds": in_order([refunds[entry["id"]] for entry in order["refunds"] if entry["id"] in refunds]),
        "returns": returns,
    }
    return record(order["id"], body)


def fulfilments_record(order: Node, fulfilments: dict[str, Node]) -> Record:
    """All parcels of an order."""
    known = [fulfilments[entry["id"]] for entry in order["fulfillments"] if entry["id"] in fulfilments]
    return record(order["id"], {"id": order["id"], "fulfillments": in_order(known)})


def level_record(item: Node, level: Node) -> Record:
    """One item at one location."""
    body = {**level, "item": {"id": item["id"], "sku": item["sku"], "tracked": item["tracked"]}}
    body["quantities"] = sorted(level["quantities"], key=lambda quantity: str(quantity["name"]))
    return record(f"{item['id']}@{level['location']['id']}", body)
