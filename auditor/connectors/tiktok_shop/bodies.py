"""Records as they are kept: without personal data, with every field that must be there, the same bytes each time.

TikTok cannot be asked for fewer fields, so what belongs to the buyer is taken out before a body becomes a `Record`;
of an address only the country stays. Fields that nobody knows yet stay as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from auditor.connectors.base import Record
from auditor.connectors.tiktok_shop.client import Node
from auditor.errors import Incomplete

_PERSONAL = (
    "buyer_avatar", "buyer_email", "buyer_message", "buyer_nickname", "cpf", "cpf_name", "payment_auth_code",
    "payment_card_type", "seller_note", "user_id",
)  # fmt: skip
_ADDRESSES = ("recipient_address", "sender_address", "return_warehouse_address", "address")

# What a record must have to be understood. Other fields may be absent, by the contract or because nothing happened.
ORDER = ("id", "status", "create_time", "update_time", "payment", "line_items")
ORDER_PAYMENT = (
    "currency", "original_total_product_price", "seller_discount", "platform_discount", "original_shipping_fee",
    "total_amount",
)  # fmt: skip
ORDER_LINE = ("id", "sku_id", "original_price", "sale_price", "seller_discount", "platform_discount", "display_status")
RETURN = (
    "return_id", "order_id", "return_type", "return_status", "create_time", "update_time", "return_line_items",
)  # fmt: skip
RETURN_LINE = ("return_line_item_id", "order_line_item_id", "sku_id")
CANCELLATION = (
    "cancel_id", "order_id", "cancel_type", "cancel_status", "create_time", "update_time", "cancel_line_items",
)  # fmt: skip
CANCELLATION_LINE = ("cancel_line_item_id", "order_line_item_id", "sku_id")
REFUND_AMOUNT = ("currency", "refund_total", "refund_subtotal", "refund_shipping_fee")
PRODUCT = ("id", "status", "skus")
SKU = ("id", "seller_sku", "price")
STOCK_SKU = ("id", "seller_sku", "total_available_quantity", "total_committed_quantity", "warehouse_inventory")
STOCK_LEVEL = ("warehouse_id", "available_quantity", "committed_quantity")
WAREHOUSE = ("id", "name", "type", "effect_status")
PAYMENT = ("id", "create_time", "status", "amount", "settlement_amount")
STATEMENT = ("id", "statement_time", "currency", "settlement_amount", "payment_status")
TRANSACTION = ("id", "type")
MONEY = ("value", "currency")


class Bodies:
    """Makes the records of one shop; the system's name is for the sentences."""

    def __init__(self, system: str) -> None:
        self._system = system

    def record(self, key: str, body: Mapping[str, Any]) -> Record:
        return Record(key, orjson.dumps(body, option=orjson.OPT_SORT_KEYS))

    def order(self, node: Node) -> Record:
        """An order as search and detail give it."""
        self.need(node, ORDER, "an order")
        self.need(node["payment"], ORDER_PAYMENT, "the payment of an order")
        self.need_each(node["line_items"], ORDER_LINE, "a line of an order")
        if not node["line_items"]:
            raise Incomplete(f"{self._system}: order {node['id']} came without lines; nothing of it is used.")
        return self.record(node["id"], without_person(node))

    def need(self, node: object, names: Sequence[str], what: str) -> None:
        """Raises `Incomplete` for the first of these fields that is missing."""
        if not isinstance(node, dict):
            raise Incomplete(f"{self._system}: {what} is no object; nothing of it is used.")
        for name in names:
            if node.get(name) is None:
                raise Incomplete(f"{self._system}: {what} lacks {name}; nothing of it is used.")

    def need_each(self, nodes: Iterable[object], names: Sequence[str], what: str) -> None:
        for node in nodes:
            self.need(node, names, what)


def without_person(node: Node) -> Node:
    """The same object without what belongs to a person; of each address only the country."""
    for name in _PERSONAL:
        node.pop(name, None)
    for name in _ADDRESSES:
        address = node.get(name)
        if isinstance(address, dict):
            node[name] = {key: address[key] for key in ("region_code",) if key in address}
    return node
