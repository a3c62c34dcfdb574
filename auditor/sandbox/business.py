"""What really happened in the simulated company, independent of how any system writes it down.

Both sides (`books`, the shops' storefronts) are projections of these objects, and the truth about planted faults is
computed from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import Ids
from auditor.sandbox.catalogue import Assortment, Item, Recipe, Shop, Warehouse
from auditor.sandbox.middleware import Middleware
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Sale


@dataclass(slots=True)
class Journal:
    """A booking that is no sale: bank charges, marketplace fees, bad debt."""

    at: datetime
    memo: str
    amount: Decimal
    account: str


@dataclass(slots=True)
class OldCredit:
    """A credit note for a sale from before the history: it exists in B1, and the shop no longer knows the order."""

    shop: Shop
    reference: str
    at: datetime
    lines: list[tuple[str, int, Decimal, Decimal]]
    """Item code, quantity, gross, rate."""
    shipping: Decimal = ZERO
    goodwill: Decimal = ZERO


@dataclass(slots=True, eq=False)
class Business:
    now: datetime
    seed: int
    shops: tuple[Shop, ...]
    items: dict[str, Item]
    recipes: dict[str, Recipe]
    warehouses: list[Warehouse]
    sales: list[Sale]
    ids: Ids
    payouts: list[Payout] = field(default_factory=list)
    pending_rows: dict[str, list[BalanceRow]] = field(default_factory=dict)
    """Rows of the provider's account that no payout holds yet, by shop."""
    paypal_rows: dict[str, list[BalanceRow]] = field(default_factory=dict)
    """Rows of the shops' PayPal accounts, by shop, where PayPal's files are read; their payouts are among `payouts`."""
    journals: list[Journal] = field(default_factory=list)
    old_credits: list[OldCredit] = field(default_factory=list)
    stock_moves: dict[str, int] = field(default_factory=dict)
    """Units written off (negative) or found, by item."""
    set_aside: dict[tuple[str, str], int] = field(default_factory=dict)
    """Units by item and warehouse in a place from which no shop sells."""
    run_short: set[str] = field(default_factory=set)
    """Items of which one unit too few lies there."""
    carriers: dict[int, str] = field(default_factory=dict)
    """Further shipping types of B1, by their number."""
    without_carrier: set[str] = field(default_factory=set)
    """Shops that have a delivery without a shipping type."""
    assortment: Assortment = field(default_factory=Assortment)
    mapped_carriers: list[tuple[str, str, str]] = field(default_factory=list)
    """Further lines of the map of carriers: shop, shipping type, what it is mapped to."""
    is_from_file: bool = False
    middleware: Middleware = field(default_factory=Middleware)
    """What is special about the middleware's own records; the rest it writes by itself."""

    @property
    def holidays(self) -> frozenset[date]:
        """The company's day off: the last day of the week but one that is over."""
        day = self.now.date()
        for _ in range(2):
            day -= timedelta(days=1)
            while day.weekday() >= 5:
                day -= timedelta(days=1)
        return frozenset({day})

    def item_of(self, sku: str) -> Item | None:
        return self.items.get(sku)

    def is_locked(self, sku: str) -> bool:
        """Some of the item lies in a batch that is not released; a set, which is no item of its own, never does."""
        item = self.item_of(sku)
        return item is not None and item.locked_batch > 0
