"""From what happened to what both systems show: documents and nodes go to the states one sale at a time.

Nothing of a sale is kept but its open quantities, so a year of invoices fits into memory in the states' compact form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from auditor.sandbox import masters, treasury
from auditor.sandbox.basics import next_tick
from auditor.sandbox.books import Bookkeeper
from auditor.sandbox.business import Business, Sale
from auditor.sandbox.documents import Doc
from auditor.sandbox.faults.case import Case
from auditor.sandbox.faults.payouts import PayoutCase
from auditor.sandbox.faults.plan import plan_payouts, plan_sales
from auditor.sandbox.faults.shelves import Shelves, plant_shelves
from auditor.sandbox.settlement import settle
from auditor.sandbox.shop import order_node
from auditor.sandbox.stock import Stock, count_open, show, stock_up
from auditor.sandbox.truth import LookAlike, Truth, sales_figures

_TO_THE_NEXT_RUN = timedelta(seconds=30)
_IN_FLIGHT = timedelta(hours=3)


class B1Books(Protocol):
    def put(self, entity_set: str, body: Mapping[str, Any]) -> object: ...

    def put_sql_row(self, table: str, row: Mapping[str, Any]) -> None: ...


class Shop(Protocol):
    def put(self, type_name: str, node: dict[str, Any]) -> None: ...


@dataclass(slots=True)
class Later:
    """Something that happens after the sandbox's first moment."""

    at: datetime
    do: Callable[[], object]


@dataclass(slots=True)
class Projection:
    """Fills both sides and collects the truth."""

    business: Business
    b1: B1Books
    shop: Shop
    with_faults: bool = True
    truth: Truth = field(default_factory=Truth)
    later: list[Later] = field(default_factory=list)
    documents: int = 0

    def run(self) -> None:
        business = self.business
        rng = Random(f"faults {business.seed}")
        cases = plan_sales(business, rng) if self.with_faults else {}
        settle(business)
        payout_cases = plan_payouts(business, rng) if self.with_faults else {}
        stock = Stock(business)
        for entity_set, body in masters.b1_masters(business):
            self.b1.put(entity_set, body)
        for row in masters.periods(business):
            self.b1.put_sql_row("OFPR", row)
        keeper = Bookkeeper(business)
        for sale in business.sales:
            self._sale(sale, cases.get(sale.order_id), keeper, stock)
        self._treasury(payout_cases)
        for credit in business.old_credits:
            self._put("CreditNotes", keeper.old_credit(credit))
        self._stock(stock, cases)
        self.later.sort(key=lambda event: event.at)

    def _put(self, entity_set: str, doc: Doc) -> None:
        self.documents += 1
        self.b1.put(entity_set, doc)

    def _sale(self, sale: Sale, case: Case | None, keeper: Bookkeeper, stock: Stock) -> None:
        business = self.business
        books = keeper.books(sale)
        if case:
            case.in_books(books, keeper)
            self.truth.add(case.facts(books))
        elif self.with_faults and any(line.sku in business.recipes or line.bundle for line in sale.lines):
            self.truth.add([LookAlike("order_line_mismatch", f"{sale.order_id}:*", "a set, booked as its components")])
        for entity_set, docs in books.sets():
            for doc in docs:
                self._put(entity_set, doc)
        count_open(books.orders, stock.committed)
        changed = {doc["DocEntry"]: doc for _, entity_set, doc in books.later if entity_set == "Orders"}
        kept = [doc for doc in books.orders if doc["DocEntry"] not in changed]
        count_open([*kept, *changed.values()], stock.soon)
        for at, entity_set, doc in books.later:
            self._then(at, self.b1.put, entity_set, doc)
        self._order(sale, case, business.now)
        for parcel in sale.parcels:
            if parcel.told_at and parcel.told_at > business.now:
                self._then(parcel.told_at, self._order, sale, case, parcel.told_at)

    def _order(self, sale: Sale, case: Case | None, now: datetime) -> None:
        node = order_node(sale, self.business, now)
        if case:
            case.in_shop(node, sale)
        self.shop.put("Order", node)

    def _then(self, at: datetime, do: Callable[..., object], *arguments: object) -> None:
        self.later.append(Later(at, lambda: do(*arguments)))

    def _treasury(self, cases: dict[int, PayoutCase]) -> None:
        ids = self.business.ids
        for payout in self.business.payouts:
            case = cases.get(payout.number)
            books, nodes = treasury.payout_books(payout, ids), treasury.payout_nodes(payout, ids)
            if case:
                case.in_books(books, ids)
                case.in_shop(nodes, ids)
                self.truth.add(case.facts(payout))
            elif self.with_faults and payout.posted_at is None:
                note = "issued within the last three working days"
                self.truth.add([LookAlike("payout_not_posted", str(payout.number), note)])
            for journal in books.journals:
                self._put("JournalEntries", journal)
            for payment in books.payments:
                self._put("IncomingPayments", payment)
            self.shop.put("ShopifyPaymentsPayout", nodes.payout)
            for row in nodes.rows:
                self.shop.put("ShopifyPaymentsBalanceTransaction", row)
        for waiting in self.business.pending_rows:
            self.shop.put("ShopifyPaymentsBalanceTransaction", treasury.row_node(waiting, None))
        for booked in self.business.journals:
            self._put("JournalEntries", treasury.other_journal(booked, ids))

    def _stock(self, stock: Stock, cases: dict[int, Case]) -> None:
        business = self.business
        rng = Random(f"stock {business.seed}")
        stock_up(stock, rng)
        if self.with_faults:
            self.truth.add(plant_shelves(Shelves(stock, *self._free_skus(stock, cases, rng))))
            self._odd_listings(stock, rng)
        for place in masters.locations(business):
            self.shop.put("Location", place)
        for variant in masters.variants(business, stock):
            self.shop.put("ProductVariant", variant)
        numbers = {code: item.number for code, item in business.items.items()}
        numbers.update({sku: recipe.number for sku, recipe in business.recipes.items()})
        numbers["LEGACY-TOTE"] = len(business.items) + 31
        for (sku, location), level in stock.levels.items():
            self.shop.put("InventoryLevel", masters.level_node(numbers[sku], location, level, 0))
        for at, (sku, location), level in stock.levels_later:
            self._then(at, self.shop.put, "InventoryLevel", masters.level_node(numbers[sku], location, level, 0))
        for item in business.items.values():
            self.b1.put("Items", masters.b1_item(item, stock, stock.committed))
            if item.locked_batch:
                names, quantities = masters.batches(item, stock)
                for row in names:
                    self.b1.put_sql_row("OBTN", row)
                for row in quantities:
                    self.b1.put_sql_row("OBTQ", row)
        at = next_tick(business.now) + _TO_THE_NEXT_RUN
        for code in sorted({code for code, _ in stock.moving()}):
            self._then(at, self.b1.put, "Items", masters.b1_item(business.items[code], stock, stock.soon))

    def _free_skus(self, stock: Stock, cases: dict[int, Case], rng: Random) -> tuple[dict[str, Any], list[str], Random]:
        """SKUs that sold, and to which nothing else happened that could move their stock or their price."""
        business = self.business
        busy = {code for code, _ in stock.moving()} | {"GIFTCARD"}
        busy |= {code for recipe in business.recipes.values() for code, _ in recipe.parts}
        busy |= set(business.recipes)
        busy |= {line.sku for sale in business.sales if sale.edited_at for line in sale.lines}
        # What was sold just now is in flight: the shop has counted it, B1 has not, and a fault may keep it that way.
        just_now = business.now - _IN_FLIGHT
        busy |= {line.sku for sale in business.sales if sale.placed_at > just_now for line in sale.lines}
        busy |= {item.code for item in business.items.values() if item.locked_batch or not item.is_stocked}
        figures = {
            sku: figure
            for sku, figure in sales_figures(business).items()
            if sku in business.items and sku not in busy and figure.price > 0
        }
        free = sorted(figures)
        rng.shuffle(free)
        return figures, free, rng

    def _odd_listings(self, stock: Stock, rng: Random) -> None:
        """A bundle's parent with a figure of its own, and a listing that is no item of B1."""
        leeds = self.business.locations[0]
        for recipe in self.business.recipes.values():
            if recipe.kind == "bundle":
                show(stock, recipe.sku, leeds, rng, available=50)
                note = "a bundle's parent: the shop derives its stock"
                self.truth.add([LookAlike("stock_drift", f"{recipe.sku}@{leeds.number}", note)])
        show(stock, "LEGACY-TOTE", leeds, rng, available=5)
        for check in ("stock_drift", "stock_oversell_exposure"):
            self.truth.add([LookAlike(check, f"LEGACY-TOTE@{leeds.number}", "no item of B1: nothing to compare with")])
