"""What the simulated marketplace holds of one shop: bodies as JSON text, found by id, order and time.

Whoever changes the state holds `lock`; so does whoever answers from it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from auditor.clock import Clock
from auditor.sandbox.john_lewis import platform
from auditor.sandbox.john_lewis.limits import Limits
from auditor.sandbox.john_lewis.orders import Habits
from auditor.sandbox.john_lewis.wire import Node, dumps, instant, moment

_DECODER = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Row:
    """A body, and what lists find and sort it by."""

    id: str
    created: datetime
    updated: datetime
    body: bytes
    order_id: str = ""
    is_deleted: bool = False

    def read(self) -> Node:
        """The body with exact numbers."""
        node: Node = _DECODER.decode(self.body)
        return node


@dataclass(slots=True)
class Export:
    """What was ordered: files by number, ready at a moment of the clock."""

    kind: str
    files: list[list[bytes]]
    ready_at: float
    status: str


@dataclass(slots=True)
class Tables:
    orders: dict[str, Row] = field(default_factory=dict)
    offers: dict[str, Row] = field(default_factory=dict)
    shipments: dict[str, Row] = field(default_factory=dict)
    returns: dict[str, Row] = field(default_factory=dict)
    cycles: dict[str, Row] = field(default_factory=dict)
    lines: dict[str, Row] = field(default_factory=dict)


class MiraklState:
    """`safety`: how much further back the list of orders reaches than it is asked to. `largest_file` counts rows."""

    def __init__(
        self,
        clock: Clock,
        api_key: str = "sandbox-key",
        *,
        shop_id: str = "2000",
        habits: Habits | None = None,
        has_returns: bool = True,
        order_tax_mode: str = "TAX_INCLUDED",
        closed_carriers: bool = True,
        safety: timedelta = timedelta(minutes=5),
        export_seconds: float = 15.0,
        largest_file: int = 1_000_000,
    ) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.api_key = api_key
        self.shop_id = shop_id
        self.habits = habits or Habits()
        self.safety = safety
        self.export_seconds = export_seconds
        self.largest_file = largest_file
        self.limits = Limits(clock)
        self.configuration = platform.configuration(
            self.habits, has_returns=has_returns, order_tax_mode=order_tax_mode, closed_carriers=closed_carriers
        )
        self.order_taxes = platform.order_taxes()
        self.additional_fields = platform.additional_fields(self.habits)
        self.carriers = platform.carriers()
        self.tables = Tables()
        self.exports: dict[str, Export] = {}
        self.ordered = 0
        self.on_page: Callable[[str, int], None] | None = None
        """Called after each page that was served, for tests in which something changes meanwhile."""
        self.exports_end_as = "COMPLETED"
        self._numbers = itertools.count(1)

    # -- filling ------------------------------------------------------------------------------------------------------
    def put_order(self, body: Node) -> None:
        self._put(self.tables.orders, body, "order_id", "created_date", "last_updated_date")

    def put_shipment(self, body: Node) -> None:
        self._put(self.tables.shipments, body, "id", "created_date", "last_updated_date")

    def put_return(self, body: Node) -> None:
        self._put(self.tables.returns, body, "id", "date_created", "last_updated")

    def put_cycle(self, body: Node) -> None:
        self._put(self.tables.cycles, body, "id", "date_created", "date_created")

    def put_line(self, body: Node) -> None:
        self._put(self.tables.lines, body, "id", "date_created", "last_updated")

    def put_offer(self, body: Node, updated: datetime) -> None:
        """An offer as the list shows it."""
        identity = str(body["offer_id"])
        with self.lock:
            before = self.tables.offers.get(identity)
            created = before.created if before else updated
            self.tables.offers[identity] = Row(identity, created, updated, dumps(body))

    def delete_offer(self, identity: str, at: datetime) -> None:
        with self.lock:
            row = self.tables.offers[identity]
            self.tables.offers[identity] = replace(row, updated=at, is_deleted=True)

    def change_order(self, order_id: str, at: datetime, **fields: Any) -> None:
        """Something about an order changes."""
        with self.lock:
            body = self.tables.orders[order_id].read()
            self.put_order({**body, **fields, "last_updated_date": instant(at)})

    def next_id(self) -> str:
        return str(next(self._numbers))

    # -- reading ------------------------------------------------------------------------------------------------------
    def rows(self, table: str) -> dict[str, Node]:
        """Everything of a table by id, as it is held, for tests that compare it with what was read."""
        with self.lock:
            return {row.id: row.read() for row in getattr(self.tables, table).values() if not row.is_deleted}

    def add_export(self, kind: str, bodies: Iterable[bytes], per_file: int) -> str:
        """The tracking id of an export with these rows."""
        listed = list(bodies)
        per_file = min(per_file, self.largest_file)
        files = [listed[start : start + per_file] for start in range(0, len(listed), per_file)] or [[]]
        tracking = f"export-{self.next_id()}"
        ready_at = self.clock.monotonic() + self.export_seconds
        self.exports[tracking] = Export(kind, files, ready_at, self.exports_end_as)
        self.ordered += 1
        return tracking

    def is_exporting(self, kind: str) -> bool:
        now = self.clock.monotonic()
        return any(export.kind == kind and export.ready_at > now for export in self.exports.values())

    def _put(self, table: dict[str, Row], body: Node, key: str, created: str, updated: str) -> None:
        with self.lock:
            identity = str(body[key])
            table[identity] = Row(
                identity, moment(body[created]), moment(body[updated]), dumps(body), str(body.get("order_id", ""))
            )
