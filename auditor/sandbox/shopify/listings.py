"""The collections a query can start from: their search filters, their sort keys, and the rows that match."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from auditor.sandbox.shopify.environment import Environment
from auditor.sandbox.shopify.pages import Rows
from auditor.sandbox.shopify.search import Field, Predicate, compile_search
from auditor.sandbox.shopify.state import OrderEntry, ShopifyState, WorkEntry, payout_of
from auditor.sandbox.shopify.wire import Node, number_of, reference, unpack

_REMEMBERED = 16


def _nothing(row: Any) -> str:
    """Sorting by id alone."""
    return ""


def _of(name: str) -> Callable[[Node], Any]:
    return lambda node: node.get(name)


def _number(node: Node) -> int:
    return number_of(node["id"])


def _reference_number(name: str) -> Callable[[Node], Any]:
    def number(node: Node) -> int | None:
        found = reference(node.get(name))
        return number_of(found) if found else None

    return number


def _amount(name: str) -> Callable[[Node], Any]:
    def amount(node: Node) -> Decimal:
        value = node.get(name) or "0"
        return Decimal(value[0] if isinstance(value, list) else value)

    return amount


def _skus(entry: OrderEntry) -> list[str]:
    return [line.get("sku") or "" for line in unpack(entry.packed).get("lineItems") or ()]


def _order_statuses(entry: OrderEntry) -> tuple[str, ...]:
    if entry.cancelled:
        return ("cancelled", "any", "closed" if entry.closed else "not_closed")
    return ("closed", "any") if entry.closed else ("open", "not_closed", "any")


_FULFILMENT_WORDS = {
    "FULFILLED": ("fulfilled", "shipped"),
    "UNFULFILLED": ("unfulfilled", "unshipped"),
    "PARTIALLY_FULFILLED": ("partially_fulfilled", "partial", "unfulfilled"),
}

_TIMES = {"updated_at": Field("time", _of("updatedAt")), "created_at": Field("time", _of("createdAt"))}
_ID = {"id": Field("id", _number)}

SEARCH: Mapping[str, Mapping[str, Field]] = {
    "Order": {
        "id": Field("id", lambda entry: entry.number),
        "name": Field("words", lambda entry: (entry.name, entry.name.lstrip("#"))),
        "default": Field("words", lambda entry: (entry.name, entry.name.lstrip("#"))),
        "updated_at": Field("time", lambda entry: entry.updated),
        "created_at": Field("time", lambda entry: entry.created),
        "processed_at": Field("time", lambda entry: entry.processed),
        "test": Field("flag", lambda entry: entry.test),
        "status": Field("words", _order_statuses),
        "financial_status": Field("text", lambda entry: entry.financial),
        "fulfillment_status": Field(
            "words", lambda entry: _FULFILMENT_WORDS.get(entry.fulfillment, (entry.fulfillment,))
        ),
        "return_status": Field("text", lambda entry: entry.returns),
        "sku": Field("words", _skus),
    },
    "FulfillmentOrder": {
        "id": Field("id", lambda entry: entry.number),
        "status": Field("text", lambda entry: entry.status),
        "updated_at": Field("time", lambda entry: entry.updated),
        "assigned_location_id": Field("id", lambda entry: number_of(entry.location_id) if entry.location_id else None),
    },
    "ProductVariant": {
        **_ID,
        **_TIMES,
        "sku": Field("text", _of("sku")),
        "barcode": Field("text", _of("barcode")),
        "title": Field("text", _of("title")),
        "product_id": Field("id", _reference_number("product")),
        "product_status": Field("text", lambda node: (node.get("product") or {}).get("status", "ACTIVE")),
    },
    "InventoryItem": {**_ID, **_TIMES, "sku": Field("text", _of("sku"))},
    "InventoryLevel": {**_ID, **_TIMES, "inventory_item_id": Field("id", _reference_number("item"))},
    "Location": {**_ID, "name": Field("text", _of("name")), "active": Field("flag", _of("isActive"))},
    "ShopifyPaymentsPayout": {
        **_ID,
        "issued_at": Field("time", _of("issuedAt")),
        "status": Field("text", _of("status")),
        "amount": Field("amount", _amount("net")),
    },
    "ShopifyPaymentsBalanceTransaction": {
        **_ID,
        "processed_at": Field("time", _of("transactionDate")),
        "payments_transfer_id": Field("id", _reference_number("associatedPayout")),
        "payout_date": Field("time", _of("_payoutDate")),
        "payout_status": Field("text", lambda node: (node.get("associatedPayout") or {}).get("status", "PENDING")),
        "transaction_type": Field("text", _of("type")),
    },
    "ShopifyPaymentsDispute": {
        **_ID, "initiated_at": Field("time", _of("initiatedAt")), "status": Field("text", _of("status")),
    },
}  # fmt: skip

# How a row gives the value it is sorted by.
SORTS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    "Order": {
        "CREATED_AT": lambda entry: entry.created,
        "PROCESSED_AT": lambda entry: entry.processed,
        "UPDATED_AT": lambda entry: entry.updated,
        "ORDER_NUMBER": lambda entry: entry.number,
    },
    "FulfillmentOrder": {"UPDATED_AT": lambda entry: entry.updated},
    "ProductVariant": {"SKU": lambda node: node.get("sku") or "", "TITLE": lambda node: node.get("title") or ""},
    "Location": {"NAME": lambda node: node["name"]},
    "ShopifyPaymentsPayout": {
        "ISSUED_AT": _of("issuedAt"),
        "STATUS": _of("status"),
        "AMOUNT": lambda node: float(_amount("net")(node)),
    },
    "ShopifyPaymentsBalanceTransaction": {
        "PROCESSED_AT": _of("transactionDate"),
        "TRANSACTION_TYPE": _of("type"),
        "PAYOUT_DATE": lambda node: node.get("_payoutDate") or "",
        "PAYOUT_STATUS": lambda node: (node.get("associatedPayout") or {}).get("status") or "",
        "AMOUNT": lambda node: float(_amount("amount")(node)),
        "FEE": lambda node: float(_amount("fee")(node)),
        "NET": lambda node: float(_amount("net")(node)),
    },
}


@dataclass(slots=True)
class Listings:
    """Finds rows; remembers the last few results until the state changes, because pages ask for the same ones."""

    state: ShopifyState
    _known: OrderedDict[tuple[Any, ...], tuple[int, Rows]] = field(default_factory=OrderedDict)

    def rows(self, env: Environment, kind: str, args: Mapping[str, Any]) -> Rows:
        """The matching rows of a type. `args`: query, sortKey and the switches of the field (includeClosed ...)."""
        switches = tuple((name, args.get(name)) for name in _SWITCHES)
        key = (kind, args.get("query"), args.get("sortKey"), switches)
        known = self._known.get(key)
        if known and known[0] == self.state.generation and self._is_timeless():
            self._known.move_to_end(key)
            found = known[1]
        else:
            found = self._search(kind, args)
            self._known[key] = (self.state.generation, found)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return Rows(found.keys, found.handles, lambda handle: _load(env, handle), found.sort)

    def _is_timeless(self) -> bool:
        """Whether the same search gives the same rows later, if nothing is changed."""
        return not self.state.search_lag and "read_all_orders" in self.state.scopes

    def _search(self, kind: str, args: Mapping[str, Any]) -> Rows:
        predicate = compile_search(args.get("query"), SEARCH[kind])
        sort = args.get("sortKey") or "ID"
        value_of: Callable[[Any], Any] = SORTS.get(kind, {}).get(sort, _nothing)
        matching = (
            ((value_of(row), row.number if isinstance(row, OrderEntry | WorkEntry) else _number(row)), row)
            for row in self._candidates(kind, args)
            if predicate is None or predicate(row)
        )
        pairs = sorted(matching, key=lambda pair: pair[0])
        # A copy from the lagging index only decided whether the order matches; what is served is the order itself.
        handles = [row.id if isinstance(row, OrderEntry | WorkEntry) else row["id"] for _, row in pairs]
        return Rows([key for key, _ in pairs], [(kind, handle) for handle in handles], lambda handle: None, sort)

    def _candidates(self, kind: str, args: Mapping[str, Any]) -> Iterable[Any]:
        state = self.state
        if kind == "Order":
            seen = (state.indexed(entry) for entry in list(state.orders.values()) if state.is_visible(entry))
            return [entry for entry in seen if entry is not None]
        if kind == "FulfillmentOrder":
            return [entry for entry in list(state.work.values()) if self._is_work_visible(entry, args)]
        if kind == "ShopifyPaymentsBalanceTransaction":
            return self._balance_rows(args)
        if kind == "InventoryLevel":
            return self._levels(args)
        nodes = list(state.tables[kind].values())
        if kind == "Location":
            return [node for node in nodes if node.get("isActive", True) or args.get("includeInactive")]
        if kind == "ShopifyPaymentsPayout" and args.get("transactionType"):
            wanted = args["transactionType"] == "WITHDRAWAL"
            return [node for node in nodes if (_amount("net")(node) < 0) is wanted]
        return nodes

    def _is_work_visible(self, entry: WorkEntry, args: Mapping[str, Any]) -> bool:
        if entry.status in ("CLOSED", "CANCELLED") and not args.get("includeClosed"):
            return False
        return self.state.is_visible(self.state.orders[entry.order_id]) and may_see_work(self.state, entry.location_id)

    def _levels(self, args: Mapping[str, Any]) -> list[Node]:
        place, item = args.get("locationId"), args.get("inventoryItemId")
        levels = self.state.levels_of_item(item) if item else list(self.state.tables["InventoryLevel"].values())
        return [
            level
            for level in levels
            if (place is None or reference(level["location"]) == place)
            and (level.get("isActive", True) or args.get("includeInactive"))
        ]

    def _balance_rows(self, args: Mapping[str, Any]) -> list[Node]:
        state, payouts = self.state, self.state.tables["ShopifyPaymentsPayout"]
        query = args.get("query") or ""
        rows: Iterable[Node] = state.tables["ShopifyPaymentsBalanceTransaction"].values()
        name, _, number = query.partition(":")
        if name == "payments_transfer_id" and number.strip("'\"").isdigit():
            rows = state.rows_of_payout(f"gid://shopify/ShopifyPaymentsPayout/{number.strip(chr(39) + chr(34))}")
        dated = []
        for row in rows:
            if args.get("hideTransfers") and row.get("type") == "TRANSFER":
                continue
            payout = payouts.get(payout_of(row) or "")
            dated.append({**row, "_payoutDate": payout["issuedAt"] if payout else None})
        return dated

    def count(self, kind: str, args: Mapping[str, Any]) -> Node:
        """The `Count` of a search: exact up to `limit`, or without any bound where that is null."""
        predicate: Predicate | None = compile_search(args.get("query"), SEARCH[kind])
        found = sum(
            1 for row in self._candidates(kind, {"includeInactive": True}) if predicate is None or predicate(row)
        )
        limit = args.get("limit", 10_000)
        if limit is not None and found > limit:
            return {"count": limit, "precision": "AT_LEAST"}
        return {"count": found, "precision": "EXACT"}


_SWITCHES = ("includeClosed", "includeInactive", "hideTransfers", "transactionType", "locationId", "inventoryItemId")


def may_see_work(state: ShopifyState, location_id: str | None) -> bool:
    """A fulfilment order is only shown to an app that may see orders of that kind of location."""
    place = state.tables["Location"].get(location_id or "")
    owner = "third_party" if place and place.get("isFulfillmentService") else "merchant_managed"
    return bool({f"read_{owner}_fulfillment_orders", f"write_{owner}_fulfillment_orders"} & state.scopes)


def _load(env: Environment, handle: tuple[str, str]) -> Node | None:
    kind, node_id = handle
    if kind == "FulfillmentOrder":
        order = env.state.order_holding(node_id)
        env.enter(order)
        return env.part(node_id)
    return env.state.find(kind, node_id)
