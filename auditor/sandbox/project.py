"""From what happened to what all systems show: documents go to B1, sales and stock to the storefronts, one at a time.

Nothing of a sale is kept but its open quantities, so a year of invoices fits into memory in the states' compact form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from auditor.money import ZERO
from auditor.sandbox import masters, treasury
from auditor.sandbox.basics import next_tick
from auditor.sandbox.books import Bookkeeper
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Listing, Shop
from auditor.sandbox.documents import Doc
from auditor.sandbox.faults import delays, health, left_out
from auditor.sandbox.faults.case import Case, Fact
from auditor.sandbox.faults.close import Closing
from auditor.sandbox.faults.master_data_goods import Change, Goods, OpenItems, plant_goods
from auditor.sandbox.faults.payouts import PayoutCase
from auditor.sandbox.faults.plan import plan_payouts, plan_sales
from auditor.sandbox.faults.shelf import Shelf
from auditor.sandbox.faults.shelves import plant_shelves
from auditor.sandbox.faults.takings import takings
from auditor.sandbox.front import Storefront
from auditor.sandbox.payout import Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.settlement import is_held, settle
from auditor.sandbox.stock import Level, Spot, Stock, push_what_moved, show, stock_up
from auditor.sandbox.truth import SalesFigure, Truth, look_alike, planted, sales_figures

_TO_THE_NEXT_RUN = timedelta(seconds=30)
_IN_FLIGHT = timedelta(hours=3)
_LATELY = timedelta(days=8)


class B1Books(Protocol):
    def put(self, entity_set: str, body: Mapping[str, Any]) -> object: ...

    def put_sql_row(self, table: str, row: Mapping[str, Any]) -> None: ...


@dataclass(slots=True)
class Later:
    """Something that happens after the sandbox's first moment."""

    at: datetime
    do: Callable[[], object]


@dataclass(slots=True)
class Projection:
    """Fills B1 and the storefronts (by the shop's id) and collects the truth."""

    business: Business
    b1: B1Books
    fronts: Mapping[str, Storefront]
    with_faults: bool = True
    truth: Truth = field(default_factory=Truth)
    later: list[Later] = field(default_factory=list)
    documents: int = 0
    _held: set[Shop] = field(default_factory=set)
    """Marketplaces that hold money because they were not told of a dispatch."""
    _listings: dict[str, dict[str, Listing]] = field(default_factory=dict)
    """By shop and SKU."""
    _open_items: OpenItems = field(default_factory=OpenItems)
    _busy: set[str] = field(default_factory=set)
    """SKUs of sales to which something happened."""

    def run(self) -> None:
        business = self.business
        rng = Random(f"faults {business.seed}")
        cases = plan_sales(business, rng) if self.with_faults else {}
        if self.with_faults:
            self.truth.add(health.befall(business, cases))
            self.truth.add(delays.befall(business, cases))
        settle(business)
        payout_cases = plan_payouts(business, rng, cases) if self.with_faults else {}
        stock = Stock(business)
        for entity_set, body in masters.b1_masters(business):
            self.b1.put(entity_set, body)
        for row in masters.periods(business):
            self.b1.put_sql_row("OFPR", row)
        for shop in business.shops:
            for place in shop.locations:
                self.fronts[shop.id].put_location(place)
            self._offer(shop, stock)
        keeper, closing = Bookkeeper(business), Closing(business)
        for number, sale in enumerate(business.sales):
            if self.with_faults and left_out.is_due(number, len(business.sales)):
                self._leave_out(keeper)
            self._sale(sale, cases.get(sale), keeper, stock, closing)
        self._treasury(payout_cases, closing)
        if self.with_faults:
            self.truth.add(closing.facts())
        for credit in business.old_credits:
            self._put("CreditNotes", keeper.old_credit(credit))
        self._stock(stock)
        self.later.sort(key=lambda event: event.at)

    def _put(self, entity_set: str, doc: Doc) -> None:
        self.documents += 1
        self.b1.put(entity_set, doc)

    def _leave_out(self, keeper: Bookkeeper) -> None:
        order, facts = left_out.leave_out(keeper)
        self._put("Orders", order)
        self.truth.add(facts)

    def _offer(self, shop: Shop, stock: Stock) -> None:
        """Put the shop's listings that are new or have changed."""
        known = self._listings.setdefault(shop.id, {})
        for listing in masters.listings(shop, self.business, stock):
            if known.get(listing.sku) != listing:
                known[listing.sku] = listing
                self.fronts[shop.id].put_listing(listing)

    def _sale(self, sale: Sale, case: Case | None, keeper: Bookkeeper, stock: Stock, closing: Closing) -> None:
        business = self.business
        books = keeper.books(sale)
        if case:
            case.in_books(books, keeper)
            facts = list(case.facts(books))
            self.truth.add(facts)
            closing.look_at_sale(books, facts)
        elif self.with_faults and any(line.sku in business.recipes or line.bundle for line in sale.lines):
            note = "a set, booked as its components"
            self.truth.add([look_alike("order_line_mismatch", sale.shop, f"{sale.key}:*", note)])
        if self.with_faults and is_held(sale, books.deliveries, business.now):
            self._held.add(sale.shop)
        for entity_set, docs in books.sets():
            for doc in docs:
                self._put(entity_set, doc)
        changed = {doc["DocEntry"]: doc for _, entity_set, doc in books.later if entity_set == "Orders"}
        kept = [doc for doc in books.orders if doc["DocEntry"] not in changed]
        stock.count(sale.shop, books.orders, [*kept, *changed.values()])
        self._open_items.count(sale.shop, [*kept, *changed.values()], is_odd=case is not None)
        if case is not None and sale.placed_at > business.now - _LATELY:
            self._busy.update(line.sku for line in sale.lines)
        for at, entity_set, doc in books.later:
            self._then(at, self.b1.put, entity_set, doc)
        front = self.fronts[sale.shop.id]
        front.put_sale(sale, business.now)
        for parcel in sale.parcels:
            if parcel.told_at and parcel.told_at > business.now:
                self._then(parcel.told_at, front.put_sale, sale, parcel.told_at)
        for at, change in case.later(books) if case else ():
            self._then(at, change)
            self._then(at, front.put_sale, sale, at)

    def _then(self, at: datetime, do: Callable[..., object], *arguments: object) -> None:
        self.later.append(Later(at, lambda: do(*arguments)))

    def _treasury(self, cases: Mapping[Payout, PayoutCase], closing: Closing) -> None:
        ids = self.business.ids
        for payout in self.business.payouts:
            case = cases.get(payout)
            books = treasury.payout_books(payout, ids)
            facts: list[Fact] = []
            if case:
                case.in_books(books, ids)
                facts = list(case.facts(payout))
                self.truth.add(facts)
            elif self.with_faults and payout.posted_at is None:
                note = "issued within the last three working days"
                self.truth.add([look_alike("payout_not_posted", payout.shop, payout.key, note)])
            closing.look_at_payout(payout, facts)
            for journal in books.journals:
                self._put("JournalEntries", journal)
            for payment in books.payments:
                self._put("IncomingPayments", payment)
            self.fronts[payout.shop.id].put_payout(payout)
        for shop in sorted(self._held, key=lambda shop: shop.id):
            note = "orders that were sent and not confirmed, so that the marketplace does not pay for them"
            self.truth.add([planted("settlement_held_by_dispatch", shop, shop.id, "OPS", ZERO, note)])
        for shop_id, rows in self.business.pending_rows.items():
            for waiting in rows:
                self.fronts[shop_id].put_waiting_row(waiting)
        booked_daily = takings(self.business, with_faults=self.with_faults)
        for journal in booked_daily.journals:
            self._put("JournalEntries", journal)
        self.truth.add(booked_daily.faults)
        for booked in self.business.journals:
            self._put("JournalEntries", treasury.other_journal(booked, ids))

    def _stock(self, stock: Stock) -> None:
        business = self.business
        rng = Random(f"stock {business.seed}")
        stock_up(stock, rng)
        if self.with_faults:
            shelves = self._shelves(stock, rng)
            self.truth.add(plant_shelves(shelves))
            self._goods(stock, {sku for shelf in shelves for sku in shelf.taken | shelf.filled})
            for shop in business.shops:
                self._odd_listings(shop, stock, rng)
        push_what_moved(stock)
        for shop in business.shops:
            self._offer(shop, stock)
        for spot, level in stock.levels.items():
            self._level(spot, level)
        for at, spot, level in stock.levels_later:
            self._then(at, self._level, spot, level)
        for item in business.items.values():
            self.b1.put("Items", masters.b1_item(item, stock, stock.committed))
            if item.locked_batch or item.code in stock.numbered:
                names, quantities = masters.batches(item, stock)
                for row in names:
                    self.b1.put_sql_row("OBTN", row)
                for row in quantities:
                    self.b1.put_sql_row("OBTQ", row)
        for item in business.assortment.more_items.values():
            self.b1.put("Items", masters.b1_item(item, stock, stock.committed))
        at = next_tick(business.now) + _TO_THE_NEXT_RUN
        after = stock.after_next_run()
        for code in sorted({code for code, _ in stock.moving()}):
            self._then(at, self.b1.put, "Items", masters.b1_item(business.items[code], after, after.committed))

    def _goods(self, stock: Stock, taken: set[str]) -> None:
        """Faults of item data, on items of which nothing moves and to whose stock nothing happens."""
        business = self.business
        moving = {code for code, _ in stock.moving()} | {sku for _, (_, _, sku), _ in stock.levels_later}
        just_now = business.now - _IN_FLIGHT
        young = {line.sku for sale in business.sales if sale.placed_at > just_now for line in sale.lines}
        rng = Random(f"goods {business.seed}")
        goods = Goods(business, self._open_items, rng, self._busy | moving | young, taken)
        self.truth.add(plant_goods(goods))
        for change in goods.changes:
            self._then(change.at, self._change, change, stock)

    def _change(self, change: Change, stock: Stock) -> None:
        if change.shop is not None and change.listing is not None:
            known = self._listings[change.shop.id]
            changed = masters.counted_as(change.listing, known.get(change.listing.sku, change.listing))
            known[change.listing.sku] = changed
            self.fronts[change.shop.id].put_listing(changed)
        if change.item:
            item = self.business.items[change.item]
            self.b1.put("Items", {**masters.b1_item(item, stock, stock.committed), **change.properties})

    def _level(self, spot: Spot, level: Level) -> None:
        shop_id, number, sku = spot
        front = self.fronts[shop_id]
        front.put_level(self._listings[shop_id][sku], front.shop.location(number), level)

    def _shelves(self, stock: Stock, rng: Random) -> list[Shelf]:
        """For each shop the SKUs that it sold and to which nothing else happened that could move stock or price."""
        business = self.business
        busy = {code for code, _ in stock.moving()} | {"GIFTCARD"}
        busy |= {code for recipe in business.recipes.values() for code, _ in recipe.parts}
        busy |= set(business.recipes)
        busy |= {line.sku for sale in business.sales if sale.edited_at for line in sale.lines}
        busy |= {line.sku for sale in business.sales for line in sale.lines if line.warehouse == health.ELSEWHERE}
        # What was sold just now is in flight: the shop has counted it, B1 has not, and a fault may keep it that way.
        just_now = business.now - _IN_FLIGHT
        busy |= {line.sku for sale in business.sales if sale.placed_at > just_now for line in sale.lines}
        busy |= {item.code for item in business.items.values() if item.locked_batch or not item.is_stocked}
        shelves: list[Shelf] = []
        taken: set[str] = set()
        for shop in business.shops:
            free: list[tuple[str, SalesFigure]] = [
                (sku, figure)
                for sku, figure in sorted(sales_figures(business, shop).items())
                if sku in business.items and sku not in busy and figure.price > 0
            ]
            rng.shuffle(free)
            shelves.append(Shelf(stock, shop, dict(free), taken, rng, self.fronts[shop.id].location_key))
        return shelves

    def _odd_listings(self, shop: Shop, stock: Stock, rng: Random) -> None:
        """A bundle's parent with a figure of its own, and a listing that is no item of B1."""
        leeds = shop.locations[0]
        key = self.fronts[shop.id].location_key(leeds)
        for recipe in self.business.recipes.values():
            if recipe.kind == "bundle" and "bundles" in shop.can:
                show(stock, recipe.sku, shop, leeds, rng, available=50)
                note = "a bundle's parent: the shop derives its stock"
                self.truth.add([look_alike("stock_drift", shop, f"{recipe.sku}@{key}", note)])
        show(stock, masters.UNKNOWN_SKU, shop, leeds, rng, available=5)
        for check in ("stock_drift", "stock_oversell_exposure"):
            note = "no item of B1: nothing to compare with"
            self.truth.add([look_alike(check, shop, f"{masters.UNKNOWN_SKU}@{key}", note)])
        note = "on sale, and no item of B1"
        fact = planted("sku_unmapped", shop, masters.UNKNOWN_SKU, "MASTER", ZERO, note, cause="unknown_item")
        self.truth.add([fact])
