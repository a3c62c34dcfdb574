"""Records as they are kept: one JSON text per record, the same bytes whichever road the record came along.

Keys are sorted, lists that the provider gives in any order are put in the order of their ids, and what belongs to the
transport (pages, `__typename`, `__parentId`) is left out. A record's key is its id as the API writes it (gid://…).
"""

from __future__ import annotations

from typing import Any

import msgspec

from auditor.connectors.base import Record
from auditor.connectors.shopify.lines import Row
from auditor.connectors.shopify.paging import Node, in_order

# Sorts the keys of nodes; the fields of a row are in order already.
_encode = msgspec.json.Encoder(order="deterministic").encode


def record(key: str, body: Node | Row) -> Record:
    return Record(key, _encode(body))


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


def fulfilments_record(order: Node, fulfilments: dict[str, Node | Row]) -> Record:
    """All parcels of an order."""
    known = [fulfilments[entry["id"]] for entry in order["fulfillments"] if entry["id"] in fulfilments]
    return record(order["id"], {"id": order["id"], "fulfillments": in_order(known)})


def level_record(item: Node, level: Node) -> Record:
    """One item at one location."""
    body = {**level, "item": {"id": item["id"], "sku": item["sku"], "tracked": item["tracked"]}}
    body["quantities"] = sorted(level["quantities"], key=lambda quantity: str(quantity["name"]))
    return record(f"{item['id']}@{level['location']['id']}", body)


def level_row_record(item: Row, level: Row) -> Record:
    """The same from a bulk result."""
    level.item = {"id": item.id, "sku": item.sku, "tracked": item.tracked}
    level.quantities = sorted(level.quantities, key=lambda quantity: str(quantity.name))
    return record(f"{item.id}@{level.location.id}", level)
