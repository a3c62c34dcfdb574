"""What the simulated shop holds. Thread-safe; what was put can be read back by key or through a search.

Bodies are as the API shows them (numbers are `Decimal` or int); a field that is not set is absent.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from auditor.clock import Clock

Body = dict[str, Any]
Kind = Literal[
    "orders",
    "invoices",
    "creditmemos",
    "shipments",
    "products",
    "sources",
    "stocks",
    "links",
    "source_items",
    "salable",
]
KEYS: dict[Kind, tuple[str, ...]] = {
    "orders": ("entity_id",),
    "invoices": ("entity_id",),
    "creditmemos": ("entity_id",),
    "shipments": ("entity_id",),
    "products": ("id",),
    "sources": ("source_code",),
    "stocks": ("stock_id",),
    "links": ("stock_id", "source_code"),
    "source_items": ("source_code", "sku"),
    "salable": ("stock_id", "sku"),
}
STORE_CONFIG = {
    "id": 1,
    "code": "default",
    "website_id": 1,
    "locale": "en_GB",
    "base_currency_code": "GBP",
    "default_display_currency_code": "GBP",
    "timezone": "Europe/London",
    "weight_unit": "kgs",
    **{
        f"{scheme}base_{part}url": f"https://magento.example.com/{part.rstrip('_')}"
        for scheme in ("", "secure_")
        for part in ("", "link_", "static_", "media_")
    },
}


@dataclass(frozen=True, slots=True)
class Access:
    """How one may log in. A token of the integration alone is refused, as in a shop that was not told otherwise."""

    consumer_key: str = "sandbox-consumer-key"
    consumer_secret: str = "sandbox-consumer-secret"
    access_token: str = "sandbox-access-token"
    access_token_secret: str = "sandbox-token-secret"
    token_may_stand_alone: bool = False
    username: str = "sandbox-admin"
    password: str = "sandbox-password"
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-client-secret"
    org_id: str = "0123456789@AdobeOrg"


@dataclass(slots=True)
class MagentoState:
    """`page_limit`: the largest page, where the shop has limits switched on. `missing_rights`: refused resources.

    `obeys_fields`, `obeys_keys`: False for a shop that sends more fields, or rows below the key, than was asked for.
    """

    clock: Clock
    access: Access = field(default_factory=Access)
    page_limit: int | None = None
    missing_rights: set[str] = field(default_factory=set)
    obeys_fields: bool = True
    obeys_keys: bool = True
    store_configs: list[Body] = field(default_factory=lambda: [dict(STORE_CONFIG)])
    lock: threading.RLock = field(default_factory=threading.RLock)
    written: list[tuple[str, Body]] = field(default_factory=list)
    """Path and body of every write that arrived."""
    after_each: Callable[[], None] | None = None
    """Called after each answer to a search: a test may change rows between two pages."""
    _rows: dict[Kind, dict[tuple[Any, ...], Body]] = field(default_factory=dict)
    _version: int = 0
    _found: dict[Any, tuple[int, list[Body]]] = field(default_factory=dict)
    _by_field: dict[tuple[Kind, str], tuple[int, dict[str, list[Body]]]] = field(default_factory=dict)
    _reserved: tuple[int, dict[tuple[str, str], Decimal]] = field(default_factory=lambda: (-1, {}))
    _next: int = 900_000_000

    def put(self, kind: Kind, body: Mapping[str, Any]) -> None:
        """Adds a record, or replaces the one with its key."""
        with self.lock:
            self._rows.setdefault(kind, {})[self._key(kind, body)] = copy.deepcopy(dict(body))
            self._version += 1

    def remove(self, kind: Kind, *key: Any) -> None:
        with self.lock:
            self._rows.get(kind, {}).pop(key, None)
            self._version += 1

    def get(self, kind: Kind, *key: Any) -> Body | None:
        """A copy of the record."""
        with self.lock:
            found = self._rows.get(kind, {}).get(key)
            return copy.deepcopy(found) if found is not None else None

    def records(self, kind: Kind) -> list[Body]:
        """Copies of all records of a kind, in the order of their keys."""
        with self.lock:
            return copy.deepcopy(self._sorted(kind))

    def count(self, kind: Kind) -> int:
        with self.lock:
            return len(self._rows.get(kind, {}))

    def select(self, kind: Kind, conditions: Any, keep: Callable[[Body], bool]) -> list[Body]:
        """Records that `keep` wants, in the order of their keys; `conditions` name the selection, which is remembered.

        The bodies are the state's own and must not be changed.
        """
        with self.lock:
            known = self._found.get((kind, conditions))
            if known is None or known[0] != self._version:
                known = (self._version, [body for body in self._sorted(kind) if keep(body)])
                if len(self._found) > 50:
                    self._found.clear()
                self._found[kind, conditions] = known
            return known[1]

    def having(self, kind: Kind, name: str, texts: Iterable[str], keep: Callable[[Body], bool]) -> list[Body]:
        """Records that `keep` wants among those whose field is one of some texts, in the order of their keys.

        So that a search by a hundred ids need not look at all records. Ids have one spelling; `012` is not found as 12.
        The bodies must not be changed.
        """
        with self.lock:
            known = self._by_field.get((kind, name))
            if known is None or known[0] != self._version:
                rows: dict[str, list[Body]] = {}
                for body in self._sorted(kind):
                    rows.setdefault(str(body.get(name)).lower(), []).append(body)
                known = self._by_field[kind, name] = (self._version, rows)
            found = [body for text in {text.lower() for text in texts} for body in known[1].get(text, ()) if keep(body)]
            return sorted(found, key=lambda body: self._key(kind, body))

    def next_id(self) -> int:
        """A number that nothing has yet."""
        with self.lock:
            self._next += 1
            return self._next

    def reserved(self) -> dict[tuple[str, str], Decimal]:
        """(stock id, sku) -> units that open orders have reserved."""
        with self.lock:
            if self._reserved[0] != self._version:
                sums: dict[tuple[str, str], Decimal] = {}
                for order in self._rows.get("orders", {}).values():
                    for (stock_id, sku), quantity in open_units(order):
                        # What a stock does not sell was sold from the shop's first one.
                        is_sold_there = (int(stock_id), sku) in self._rows.get("salable", {})
                        place = (stock_id if is_sold_there else "1", sku)
                        sums[place] = sums.get(place, Decimal(0)) + quantity
                self._reserved = (self._version, sums)
            return self._reserved[1]

    def _sorted(self, kind: Kind) -> list[Body]:
        rows = self._rows.get(kind, {})
        return [rows[key] for key in sorted(rows)]

    @staticmethod
    def _key(kind: Kind, body: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(body[name] for name in KEYS[kind])


def open_units(order: Mapping[str, Any]) -> Iterable[tuple[tuple[str, str], Decimal]]:
    """What an order still reserves, per stock and SKU; the goods are what has no parts of its own."""
    if order["state"] in ("canceled", "closed", "complete"):
        return
    assignment = order["extension_attributes"]["shipping_assignments"][0]
    parents = {item.get("parent_item_id") for item in order["items"]}
    for item in order["items"]:
        if item["item_id"] in parents or item.get("is_virtual"):
            continue
        left = item["qty_ordered"] - item["qty_shipped"] - item["qty_canceled"] - item["qty_refunded"]
        if left > 0:
            yield (str(assignment.get("stock_id", 1)), item["sku"]), Decimal(left)
