"""A Shopify shop behind httpx: it keeps state, runs the connector's own queries on it, and can be told to misbehave.

The state is plain dictionaries in the API's words; lists become connections where a query asks for them as such. It
answers what a query selects and nothing else, so a field that the state lacks is an error, as at the real shop.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx
from graphql import (
    FieldNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    parse,
    value_from_ast_untyped,
)

Node = dict[str, Any]
FILES = "https://files.example.com/bulk/"
ALL_SCOPES = (
    "read_orders", "read_all_orders", "read_returns", "read_products", "read_inventory", "read_locations",
    "read_merchant_managed_fulfillment_orders", "read_shopify_payments_accounts", "read_shopify_payments_payouts",
    "read_shopify_payments_disputes",
)  # fmt: skip
_TIMES = {
    "updated_at": "updatedAt",
    "issued_at": "issuedAt",
    "processed_at": "transactionDate",
    "initiated_at": "initiatedAt",
}
_TERM = re.compile(r"(\w+):(>=|<)('?)([^'\s]+)'?")
# Fields of the root that read one object by its id.
_BY_ID = {"order", "refund", "fulfillment", "fulfillmentOrder", "productVariant"}


class Refused(Exception):
    """An error of the GraphQL answer."""

    def __init__(self, message: str, code: str | None = None, path: list[str] | None = None, **more: Any) -> None:
        super().__init__(message)
        self.error = {"message": message, "path": path, "extensions": {"code": code, **more}}


@dataclass
class FakeShopify:
    """State first, then the ways to misbehave; counters say what was asked."""

    orders: list[Node] = field(default_factory=list)
    fulfillmentOrders: list[Node] = field(default_factory=list)
    productVariants: list[Node] = field(default_factory=list)
    inventoryItems: list[Node] = field(default_factory=list)
    locations: list[Node] = field(default_factory=list)
    account: Node | None = field(default_factory=lambda: {"id": "gid://shopify/ShopifyPaymentsAccount/1"})
    scopes: tuple[str, ...] = ALL_SCOPES
    version: str = "2026-10"
    supported: tuple[str, ...] = ("2026-04", "2026-07", "2026-10")

    tokens: set[str] = field(default_factory=lambda: {"shpat_1"})
    issued: int = 0
    answers: list[Callable[[httpx.Request], httpx.Response | None]] = field(default_factory=list)
    """Each is asked once before the next GraphQL call; a response replaces the real one."""
    available: float = 2000.0
    rate: float = 100.0
    cost: Callable[[str, Node], float] = lambda name, variables: 10.0
    lose: set[tuple[str, int]] = field(default_factory=set)
    """(operation, page number from 0): this page comes back empty, and the next is as if nothing were wrong."""
    lose_reversed: bool = False
    forgotten: set[str] = field(default_factory=set)
    """Ids that cannot be read, although others name them."""
    gone: frozenset[str] = frozenset()
    """Fields that are missing from answers and result files, although they were asked for."""
    counts_open_locations_only: bool = False
    ignores_search: bool = False
    """Searches are not understood, so they find everything."""
    places: int = 5
    refuses_bulk: bool = False
    bulk_status: list[str] = field(default_factory=list)
    bulk_change: Callable[[Node], None] = lambda operation: None
    file_change: Callable[[list[str]], list[str]] = lambda lines: lines
    file_cuts: int = 0

    operations: list[str] = field(default_factory=list)
    variables: list[Node] = field(default_factory=list)
    token_of: list[str | None] = field(default_factory=list)
    bulks: dict[str, Node] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        if str(request.url).startswith(FILES):
            return self._file(request)
        if request.url.path.endswith("/oauth/access_token"):
            return self._token(request)
        return self._graphql(request)

    def count(self, operation: str) -> int:
        return self.operations.count(operation)

    # HTTP -------------------------------------------------------------------------------------------------------------

    def _graphql(self, request: httpx.Request) -> httpx.Response:
        if self.answers and (planned := self.answers.pop(0)(request)) is not None:
            return planned
        if request.headers.get("x-shopify-access-token") not in self.tokens:
            return httpx.Response(401, json={"errors": "[API] Invalid API key or access token"})
        body = json.loads(request.content)
        self.operations.append(body["operationName"])
        self.variables.append(body["variables"])
        headers = {"X-Shopify-API-Version": self.version}
        price = self.cost(body["operationName"], body["variables"])
        throttle = {"maximumAvailable": 2000.0, "currentlyAvailable": self.available, "restoreRate": self.rate}
        cost = {"requestedQueryCost": price, "actualQueryCost": price, "throttleStatus": throttle}
        try:
            if price > 1000:
                raise Refused("Query cost exceeds the single query max cost limit", "MAX_COST_EXCEEDED")
            answer: Node = {"data": without(Run(self, body["query"], body["variables"]).data(), self.gone)}
        except Refused as refused:
            answer = {"errors": [refused.error]}
        return httpx.Response(200, headers=headers, json={**answer, "extensions": {"cost": cost}})

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        if form["client_secret"] != ["s3cret"]:
            return httpx.Response(400, json={"error": "invalid_client"})
        self.issued += 1
        self.tokens = {f"shpca_{self.issued}"}
        return httpx.Response(200, json={"access_token": f"shpca_{self.issued}", "scope": "", "expires_in": 86399})

    def _file(self, request: httpx.Request) -> httpx.Response:
        self.token_of.append(request.headers.get("x-shopify-access-token"))
        text = "\n".join(self.file_change(list(self.files[str(request.url)])))
        if self.file_cuts > 0:
            self.file_cuts -= 1
            text = text[: len(text) // 2]
        return httpx.Response(200, content=text.encode())

    # Bulk operations --------------------------------------------------------------------------------------------------

    def start(self, query: str) -> Node:
        if self.places <= 0:
            self.places += 1  # one becomes free with time
            error = {"code": "LIMIT_REACHED", "field": None, "message": "Limit of bulk operations reached"}
            return {"bulkOperation": None, "userErrors": [error]}
        if self.refuses_bulk:
            refusal: Node = {"code": "INVALID", "field": ["query"], "message": "Bulk queries cannot do this"}
            return {"bulkOperation": None, "userErrors": [refusal]}
        identity = f"gid://shopify/BulkOperation/{len(self.bulks) + 1}"
        lines = list(Run(self, query, {}).lines())
        url = f"{FILES}{len(self.bulks) + 1}"
        self.files[url] = [json.dumps(without(line, self.gone)) for line in lines]
        operation = {
            "id": identity,
            "status": "COMPLETED",
            "errorCode": None,
            "objectCount": str(len(lines)),
            "rootObjectCount": str(sum("__parentId" not in line for line in lines)),
            "url": url if lines else None,
        }
        self.bulk_change(operation)
        self.bulks[identity] = operation
        return {"bulkOperation": {"id": identity, "status": "CREATED"}, "userErrors": []}

    def poll(self, identity: str) -> Node:
        operation = self.bulks[identity]
        if self.bulk_status:
            return {**operation, "status": self.bulk_status.pop(0), "url": None}
        return operation

    def counted_locations(self) -> int:
        return sum(node["isActive"] or not self.counts_open_locations_only for node in self.locations)

    # Parcels ----------------------------------------------------------------------------------------------------------

    def ship(self, wanted: Node) -> Node:
        """A parcel of what is wanted of the waiting lines; nothing when less is waiting."""
        parts = wanted["lineItemsByFulfillmentOrder"]
        works = {work["id"]: work for work in self.fulfillmentOrders}
        taken = [
            (next(line for line in works[part["fulfillmentOrderId"]]["lineItems"] if line["id"] == entry["id"]), entry)
            for part in parts
            for entry in part["fulfillmentOrderLineItems"]
        ]
        if any(line["remainingQuantity"] < entry["quantity"] for line, entry in taken):
            return _refused("Fulfillment order line item quantity is higher than what remains.")
        for line, entry in taken:
            line["remainingQuantity"] -= entry["quantity"]
        order = next(o for o in self.orders if o["id"] == works[parts[0]["fulfillmentOrderId"]]["orderId"])
        parcel = {
            "id": f"gid://shopify/Fulfillment/{900 + len(order['fulfillments'])}",
            "status": "SUCCESS",
            "trackingInfo": [_tracking(wanted["trackingInfo"])],
        }
        order["fulfillments"].append(parcel)
        return {"fulfillment": parcel, "userErrors": []}

    def track(self, identity: str, tracking: Node) -> Node:
        """Replaces the tracking of a parcel."""
        for parcel in (parcel for order in self.orders for parcel in order["fulfillments"]):
            if parcel["id"] == identity:
                parcel["trackingInfo"] = [_tracking(tracking)]
                return {"fulfillment": parcel, "userErrors": []}
        return _refused("Fulfillment does not exist.")

    # State ------------------------------------------------------------------------------------------------------------

    def index(self) -> dict[str, Node]:
        """Every object by its id, where it stands in full."""
        found: dict[str, Node] = {}
        for node in self._every():
            identity = node.get("id")
            if identity and identity not in self.forgotten and len(node) > len(found.get(identity, ())):
                found[identity] = node
        return found

    def _every(self) -> Iterator[Node]:
        waiting: list[Any] = [
            self.orders, self.fulfillmentOrders, self.productVariants, self.inventoryItems, self.account, self.locations
        ]  # fmt: skip
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting.extend(entry for entry in value if "id" in entry)
            elif isinstance(value, dict):
                yield value
                waiting.extend(
                    inner
                    for inner in value.values()
                    if (isinstance(inner, list) and inner and isinstance(inner[0], dict))
                    or (isinstance(inner, dict) and "id" in inner)
                )


class Run:
    """One execution of a query against the state."""

    def __init__(self, shop: FakeShopify, text: str, variables: Node) -> None:
        self._shop = shop
        operation = parse(text).definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        self._operation = operation
        self._name = operation.name.value if operation.name else ""
        defaults = {
            each.variable.name.value: value_from_ast_untyped(each.default_value)
            for each in operation.variable_definitions or ()
            if each.default_value is not None
        }
        self._variables = {**defaults, **variables}
        self._index: dict[str, Node] | None = None

    def data(self) -> Node:
        return {
            field.name.value: self._root(field)
            for field in self._operation.selection_set.selections
            if isinstance(field, FieldNode)
        }

    def lines(self) -> Iterator[Node]:
        """As a bulk operation writes them: every node of a connection on a line of its own, children first."""
        (root,) = self._operation.selection_set.selections
        assert isinstance(root, FieldNode)
        if root.name.value == "shopifyPaymentsAccount":
            assert root.selection_set is not None
            if self._shop.account is not None:
                yield from self._lines(self._shop.account, root.selection_set, None)
            return
        for node in self._searched(getattr(self._shop, root.name.value), self._arguments(root).get("query")):
            yield from self._lines(node, _edge_selection(root), None)

    def _lines(self, node: Node, selections: SelectionSetNode, parent: str | None) -> Iterator[Node]:
        own: Node = {}
        for selected in selections.selections:
            assert isinstance(selected, FieldNode)
            name = selected.name.value
            if selected.selection_set is not None and _asks(selected, "edges"):
                for child in self._list(node, selected):
                    yield from self._lines(child, _edge_selection(selected), node["id"])
            else:
                own[name] = self._value(node, selected)
        yield own if parent is None else {**own, "__parentId": parent}

    # Fields -----------------------------------------------------------------------------------------------------------

    def _root(self, selected: FieldNode) -> Any:
        name, arguments, shop = selected.name.value, self._arguments(selected), self._shop
        if name == "nodes":
            return [self._by_id(identity, selected) for identity in arguments["ids"]]
        if name in _BY_ID:
            return self._by_id(arguments["id"], selected)
        if name == "ordersCount":
            return {"count": len(self._searched(shop.orders, arguments["query"])), "precision": "EXACT"}
        if name == "locationsCount":
            return {"count": shop.counted_locations(), "precision": "EXACT"}
        if name == "fulfillmentCreate":
            return self._object(shop.ship(arguments["fulfillment"]), selected)
        if name == "fulfillmentTrackingInfoUpdate":
            return self._object(shop.track(arguments["fulfillmentId"], arguments["trackingInfoInput"]), selected)
        if name == "bulkOperationRunQuery":
            return shop.start(arguments["query"])
        if name == "bulkOperation":
            return shop.poll(arguments["id"])
        if name == "bulkOperationCancel":
            return {"bulkOperation": {"id": arguments["id"], "status": "CANCELING"}, "userErrors": []}
        if name == "shopifyPaymentsAccount":
            return None if shop.account is None else self._object(shop.account, selected)
        if name == "shop":
            return self._object(SHOP, selected)
        if name == "currentAppInstallation":
            return {"accessScopes": [{"handle": scope} for scope in shop.scopes]}
        if name == "publicApiVersions":
            return [{"handle": version, "supported": True} for version in shop.supported]
        return self._connection(getattr(shop, name), selected)

    def _by_id(self, identity: str, selected: FieldNode) -> Node | None:
        if self._index is None:
            self._index = self._shop.index()
        node = self._index.get(identity)
        return None if node is None else self._object(node, selected)

    def _object(self, node: Node, selected: FieldNode | InlineFragmentNode) -> Node:
        assert selected.selection_set is not None
        answer: Node = {}
        for child in selected.selection_set.selections:
            if isinstance(child, InlineFragmentNode):
                answer |= self._object(node, child)
            elif isinstance(child, FieldNode) and self._included(child):
                answer[child.name.value] = self._value(node, child)
        return answer

    def _value(self, node: Node, selected: FieldNode) -> Any:
        name = selected.name.value
        if name == "__typename":
            return node["id"].split("/")[3] if node.get("id") else node["__typename"]
        if name == "fulfillmentOrders" and name not in node:
            found = [work for work in self._shop.fulfillmentOrders if work["orderId"] == node["id"]]
            return self._connection(found, selected)
        if name == "inventoryLevel":
            wanted = self._arguments(selected)["locationId"]
            found = [level for level in node["inventoryLevels"] if level["location"]["id"] == wanted]
            return self._object(found[0], selected) if found else None
        if name in {"transactionsCount", "fulfillmentsCount"} and name not in node:
            return {"count": len(node[name.removesuffix("Count")])}
        if name not in node:
            raise Refused(f"Field '{name}' doesn't exist on type '{node.get('id')}'", "undefinedField", [name])
        value = node[name]
        if selected.selection_set is None or value is None:
            return value
        if _asks(selected, "nodes"):
            return self._connection(value, selected)
        if isinstance(value, list):
            size = self._arguments(selected).get("first")
            return [self._object(entry, selected) for entry in value[:size]]
        return self._object(value, selected)

    def _list(self, node: Node, selected: FieldNode) -> list[Node]:
        return self._searched(node[selected.name.value], self._arguments(selected).get("query"))

    def _connection(self, nodes: list[Node], selected: FieldNode) -> Node:
        arguments, shop = self._arguments(selected), self._shop
        found = self._searched(nodes, arguments.get("query"))
        if arguments.get("reverse"):
            found = found[::-1]
        size, after = arguments["first"], arguments.get("after")
        start = 0
        if after is not None:
            query, _, offset = after.rpartition("|")
            if query != f"{selected.name.value}{arguments.get('query')}":
                raise Refused("Invalid cursor for current pagination sort")
            start = int(offset)
        page = found[start : start + size]
        more = start + size < len(found)
        is_lost = (self._name, start // size) in shop.lose and (shop.lose_reversed or not arguments.get("reverse"))
        answer: Node = {"nodes": [] if is_lost else [self._object(node, _named(selected, "nodes")) for node in page]}
        if _asks(selected, "pageInfo"):
            cursor = f"{selected.name.value}{arguments.get('query')}|{start + size}"
            answer["pageInfo"] = {"hasNextPage": more, "endCursor": cursor if page else None}
        return answer

    def _searched(self, nodes: list[Node], query: str | None) -> list[Node]:
        """What a search finds, in the order of its time. An unquoted time is compared by the day, as Shopify does."""
        if self._shop.ignores_search:
            return nodes
        found, key = nodes, None
        for name, sign, quote, text in _TERM.findall(query or ""):
            key = _TIMES[name]
            limit = text if quote else text[:10]
            kept = []
            for node in found:
                value = node[key] if quote else node[key][:10]
                if value >= limit if sign == ">=" else value < limit:
                    kept.append(node)
            found = kept
        return sorted(found, key=lambda node: node[key]) if key else found

    def _included(self, selected: FieldNode) -> bool:
        for directive in selected.directives or ():
            (argument,) = directive.arguments or ()
            assert isinstance(argument.value, VariableNode)
            if not self._variables[argument.value.name.value]:
                return False
        return True

    def _arguments(self, selected: FieldNode) -> Node:
        given: Node = {}
        for argument in selected.arguments or ():
            value = argument.value
            if isinstance(value, VariableNode):
                given[argument.name.value] = self._variables.get(value.name.value)
            elif isinstance(value, IntValueNode):
                given[argument.name.value] = int(value.value)
            else:
                given[argument.name.value] = value_from_ast_untyped(value)
        return given


SHOP: Node = {
    "id": "gid://shopify/Shop/1",
    "name": "Harbour",
    "myshopifyDomain": "harbour.myshopify.com",
    "currencyCode": "GBP",
    "ianaTimezone": "Europe/London",
    "taxesIncluded": True,
    "taxShipping": True,
    "enabledPresentmentCurrencies": ["GBP"],
}


def _tracking(given: Node) -> Node:
    return {"company": given.get("company"), "number": given["number"], "url": None}


def _refused(message: str) -> Node:
    return {"fulfillment": None, "userErrors": [{"field": ["fulfillment"], "message": message}]}


def without(value: Any, names: frozenset[str]) -> Any:
    """The same answer without these fields, however deep they stand."""
    if isinstance(value, dict):
        return {key: without(inner, names) for key, inner in value.items() if key not in names}
    return [without(inner, names) for inner in value] if isinstance(value, list) else value


def _asks(selected: FieldNode, name: str) -> bool:
    return any(
        isinstance(child, FieldNode) and child.name.value == name
        for child in (selected.selection_set.selections if selected.selection_set else ())
    )


def _named(selected: FieldNode, name: str) -> FieldNode:
    assert selected.selection_set is not None
    for child in selected.selection_set.selections:
        if isinstance(child, FieldNode) and child.name.value == name:
            return child
    raise AssertionError(f"{selected.name.value} does not ask for {name}")


def _edge_selection(selected: FieldNode) -> SelectionSetNode:
    node = _named(_named(selected, "edges"), "node")
    assert node.selection_set is not None
    return node.selection_set
