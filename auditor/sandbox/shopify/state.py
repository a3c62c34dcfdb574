"""What the simulated store knows, and how it is found: orders as compact bytes, everything else as nodes.

A node uses GraphQL field names and full gids. Money bags are a Decimal in shop currency or `(shop, presentment)`,
single amounts a Decimal or `(amount, currency)`, connections plain lists, references `{"id": gid}` or the gid.
Whoever changes the state holds `lock`; so does whoever answers from it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from auditor.clock import Clock
from auditor.sandbox.shopify.idempotency import Idempotency
from auditor.sandbox.shopify.schema import SCHEMA
from auditor.sandbox.shopify.scopes import ALL_SCOPES
from auditor.sandbox.shopify.shapes import Shapes
from auditor.sandbox.shopify.wire import Node, gid, instant, moment, normal, number_of, pack, reference, unpack

API_VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
OLD_ORDERS = timedelta(days=60)


@dataclass(slots=True)
class OrderEntry:
    """One order: what searching and sorting need, and the packed node."""

    id: str
    number: int
    name: str
    created: str
    processed: str
    updated: str
    closed: bool
    cancelled: bool
    test: bool
    financial: str | None
    fulfillment: str
    returns: str
    packed: bytes
    put_at: datetime
    before: OrderEntry | None
    """What the search index still shows while it lags."""


@dataclass(slots=True)
class WorkEntry:
    """One fulfilment order, found without unpacking its order."""

    id: str
    number: int
    order_id: str
    status: str
    updated: str
    location_id: str | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    token: str
    expires_at: datetime


class ShopifyState:
    """The store. `put` fills it; the executor reads it; mutations change it."""

    def __init__(
        self,
        clock: Clock,
        shop: Mapping[str, Any],
        access_token: str = "sandbox-token",
        client_id: str = "sandbox-client",
        client_secret: str = "sandbox-secret",
        *,
        scopes: Iterable[str] = ALL_SCOPES,
        bucket_size: float = 2000.0,
        restore_rate: float = 100.0,
        search_lag: timedelta = timedelta(0),
        versions: tuple[str, ...] = API_VERSIONS,
        payments: Mapping[str, Any] | None = None,
        has_payments: bool = True,
    ) -> None:
        """`shop` holds fields of Shop, `payments` of ShopifyPaymentsAccount; `has_payments` False: no such account."""
        self.clock = clock
        self.lock = threading.RLock()
        self.shop: Node = normal({**_SHOP, **shop})
        self.access_token = access_token
        self.client_id = client_id
        self.client_secret = client_secret
        self.scopes = frozenset(scopes)
        self.bucket_size = bucket_size
        self.restore_rate = restore_rate
        self.search_lag = search_lag
        self.versions = versions
        currency = self.shop["currencyCode"]
        account = {
            "id": gid("ShopifyPaymentsAccount", 1), "country": "GB", "defaultCurrency": currency,
            "balance": [Decimal(0)], **(payments or {}),
        }  # fmt: skip
        self.payments: Node | None = normal(account) if has_payments else None
        self.generation = 0
        self.orders: dict[str, OrderEntry] = {}
        self.work: dict[str, WorkEntry] = {}
        self.tables: dict[str, dict[str, Node]] = {name: {} for name in _TABLES}
        self.issued: list[IssuedToken] = []
        self.idempotent = Idempotency()
        self._order_of: dict[str, str] = {}
        self._levels_by_item: dict[str, list[str]] = {}
        self._rows_by_payout: dict[str, list[str]] = {}
        self._variant_of_item: dict[str, str] = {}
        self._shapes = Shapes(SCHEMA)
        self._last_number = 10_000_000_000

    # -- filling ------------------------------------------------------------------------------------------------------
    def put(self, type_name: str, node: Node) -> None:
        """Add or replace a node. Raises ValueError when the schema does not know it so."""
        self._shapes.check(type_name, node, is_whole=True)
        with self.lock:
            self.generation += 1
            if type_name == "Order":
                self._put_order(node)
            elif type_name in self.tables:
                self._put_node(type_name, normal(node))
            else:
                raise ValueError(f"a {type_name} cannot be put; known are Order, {', '.join(self.tables)}")

    def _put_order(self, node: Node) -> None:
        known = self.orders.get(node["id"])
        updated = instant(node["updatedAt"])
        created = instant(node["createdAt"])
        processed = node.get("processedAt")
        self.orders[node["id"]] = OrderEntry(
            id=node["id"],
            number=number_of(node["id"]),
            name=node["name"],
            created=created,
            processed=instant(processed) if processed else created,
            updated=updated,
            closed=node.get("closedAt") is not None,
            cancelled=node.get("cancelledAt") is not None,
            test=bool(node.get("test")),
            financial=node.get("displayFinancialStatus"),
            fulfillment=node.get("displayFulfillmentStatus") or "UNFULFILLED",
            returns=node.get("returnStatus") or "NO_RETURN",
            packed=pack(node),
            put_at=self.clock.now(),
            before=known if self.search_lag else None,
        )
        for refund in node.get("refunds") or ():
            self._order_of[refund["id"]] = node["id"]
        for parcel in node.get("fulfillments") or ():
            self._order_of[parcel["id"]] = node["id"]
        for case in node.get("returns") or ():
            self._order_of[case["id"]] = node["id"]
        for work in node.get("fulfillmentOrders") or ():
            self._order_of[work["id"]] = node["id"]
            place = (work.get("assignedLocation") or {}).get("location")
            changed = work.get("updatedAt") or work.get("createdAt") or created
            self.work[work["id"]] = WorkEntry(
                work["id"], number_of(work["id"]), node["id"], work["status"], instant(changed), reference(place)
            )

    def _put_node(self, type_name: str, node: Node) -> None:
        if type_name == "InventoryLevel":
            item, place = reference(node["item"]), reference(node["location"])
            ids = self._levels_by_item.setdefault(item or "", [])
            if node["id"] not in ids:
                ids.append(node["id"])
            if place is None or item is None:
                raise ValueError("an InventoryLevel needs the ids of its item and its location")
        if type_name == "ProductVariant":
            item_node = node.get("inventoryItem") or {}
            if "id" not in item_node:
                raise ValueError("a ProductVariant needs an inventoryItem with an id")
            self._variant_of_item[item_node["id"]] = node["id"]
            item_node.setdefault("sku", node.get("sku"))
            item_node.setdefault("updatedAt", node["updatedAt"])
            self.tables["InventoryItem"][item_node["id"]] = item_node
            product = node.get("product") or {}
            if len(product) > 1:
                self.tables["Product"][product["id"]] = product
        if type_name == "ShopifyPaymentsBalanceTransaction":
            self._index_row(node)
        self.tables[type_name][node["id"]] = node

    def _index_row(self, node: Node) -> None:
        """Rows by payout: a shop asks for one payout's rows at a time. A row may get its payout later."""
        before = self.tables["ShopifyPaymentsBalanceTransaction"].get(node["id"])
        old, new = payout_of(before or {}), payout_of(node)
        if before is not None and old == new:
            return
        if old is not None:
            self._rows_by_payout[old].remove(node["id"])
        if new is not None:
            self._rows_by_payout.setdefault(new, []).append(node["id"])

    # -- finding ------------------------------------------------------------------------------------------------------
    def order(self, order_id: str) -> Node | None:
        """The order as this app may see it; a fresh copy that the caller may change and `put` again."""
        entry = self.orders.get(order_id)
        return unpack(entry.packed) if entry and self.is_visible(entry) else None

    def is_visible(self, entry: OrderEntry) -> bool:
        """Without `read_all_orders`, orders older than 60 days are absent, without any error."""
        return "read_all_orders" in self.scopes or moment(entry.created) >= self.clock.now() - OLD_ORDERS

    def indexed(self, entry: OrderEntry) -> OrderEntry | None:
        """The entry as the search index shows it now; None when the index does not know the order yet."""
        now = self.clock.now()
        seen: OrderEntry | None = entry
        while seen is not None and self.search_lag and now - seen.put_at < self.search_lag:
            seen = seen.before
        return seen

    def order_holding(self, part_id: str) -> Node | None:
        """The order that a refund, fulfilment, return or fulfilment order belongs to."""
        order_id = self._order_of.get(part_id)
        return self.order(order_id) if order_id else None

    def find(self, kind: str, node_id: str) -> Node | None:
        if kind == "Order":
            return self.order(node_id)
        return self.tables.get(kind, {}).get(node_id)

    def item_of_variant(self, variant_id: str) -> Node | None:
        variant = self.tables["ProductVariant"].get(variant_id)
        return variant["inventoryItem"] if variant else None

    def variant_of_item(self, item_id: str) -> Node | None:
        return self.tables["ProductVariant"].get(self._variant_of_item.get(item_id, ""))

    def levels_of_item(self, item_id: str) -> list[Node]:
        return [self.tables["InventoryLevel"][level] for level in self._levels_by_item.get(item_id, ())]

    def level(self, item_id: str, location_id: str) -> Node | None:
        return next((x for x in self.levels_of_item(item_id) if reference(x["location"]) == location_id), None)

    def rows_of_payout(self, payout_id: str) -> Iterator[Node]:
        rows = self.tables["ShopifyPaymentsBalanceTransaction"]
        return (rows[row] for row in self._rows_by_payout.get(payout_id, ()))

    # -- changing -----------------------------------------------------------------------------------------------------
    def now(self) -> str:
        return instant(self.clock.now())

    def new_id(self, kind: str) -> str:
        self._last_number += 1
        return gid(kind, self._last_number)

    def edit_order(self, order_id: str, change: Callable[[Node], None]) -> None:
        """Change an order in place, as somebody at the store would; `change` decides whether updatedAt moves."""
        with self.lock:
            order = unpack(self.orders[order_id].packed)
            change(order)
            self.put("Order", order)

    # -- tokens -------------------------------------------------------------------------------------------------------
    def issue_token(self) -> IssuedToken:
        """A token of the client credentials grant: it lives for 24 hours."""
        with self.lock:
            token = IssuedToken(f"shpca_sandbox{len(self.issued) + 1:06d}", self.clock.now() + timedelta(seconds=86399))
            self.issued.append(token)
            return token

    def is_token_valid(self, token: str | None) -> bool:
        now = self.clock.now()
        return token is not None and (
            token == self.access_token or any(t.token == token and now < t.expires_at for t in self.issued)
        )

    def forget_tokens(self) -> None:
        """All issued tokens end now."""
        with self.lock:
            self.issued.clear()


def payout_of(row: Node) -> str | None:
    return reference(row.get("associatedPayout"))


_TABLES = (
    "Location", "Product", "ProductVariant", "InventoryItem", "InventoryLevel", "ShopifyPaymentsPayout",
    "ShopifyPaymentsBalanceTransaction", "ShopifyPaymentsDispute",
)  # fmt: skip

_SHOP: Node = {
    "id": gid("Shop", 1), "name": "Sandbox Store", "myshopifyDomain": "sandbox.myshopify.com",
    "url": "https://sandbox.myshopify.com", "createdAt": "2020-01-01T00:00:00Z", "currencyCode": "GBP",
    "enabledPresentmentCurrencies": ["GBP"], "ianaTimezone": "Europe/London", "timezoneOffset": "+0000",
    "timezoneOffsetMinutes": 0, "taxShipping": True, "taxesIncluded": True, "orderNumberFormatPrefix": "#",
    "orderNumberFormatSuffix": "",
}  # fmt: skip
