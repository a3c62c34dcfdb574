"""Orders that item data stop or spoil: bundles nobody can book, parts that are forgotten, numbers that are missing, and
orders that were booked on a business partner of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from auditor.money import ZERO
from auditor.sandbox.basics import STANDARD
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability, Item, Listing, Recipe
from auditor.sandbox.documents import Booked, Doc, close, line_of, net_price, reprice, retotal
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.missing import NotPosted
from auditor.sandbox.faults.overdue import Overdue
from auditor.sandbox.sale import Sale
from auditor.sandbox.truth import planted

OTHER_PARTNER = "C-TRADE"


class UnknownBundle(NotPosted):
    check, owner, cause = "order_missing_in_b1", "MASTER", "bundle_unmapped"
    note = "B1 refused the order because nobody told it the parts of a bundle"
    needs: ClassVar[frozenset[Ability]] = frozenset({"bundles"})

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        line = sale.lines[0]
        line.sku = f"BUNDLE-{sale.number}"
        number = story.business.ids.next("odd listing", 90_001)
        offer = Listing(line.sku, "Bundle for a gift", line.unit_price, line.rate, number, is_set=True)
        story.business.assortment.offers[sale.shop.id, line.sku] = offer

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        sale = books.sale
        yield self.found(books, sale.key, sale.total)
        note = "a bundle without parts, and an order waits for it"
        sku = sale.lines[0].sku
        yield planted("bundle_mapping_missing", sale.shop, sku, "MASTER", ZERO, note, cause="not_taken_apart")


class OtherPartner(Case):
    check, owner, cause = "customer_mapping_conflict", "MASTER", "other_partner"
    note = "the order was booked on a business partner that is not the channel's"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for _, docs in books.sets():
            for doc in docs:
                doc["CardCode"] = OTHER_PARTNER

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, ZERO)
        note = "it is in the books, on another business partner"
        yield self.alike(books, books.sale.key, "order_missing_in_b1", note)


class SecondPartner(Case):
    check, owner, cause = "customer_mapping_conflict", "MASTER", "second_partner"
    note = "booked a second time, on another business partner"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        sale = books.sale
        at = sale.placed_at + timedelta(hours=3)
        again = keeper.document("Orders", sale.shop, at, keeper.booked(sale), sale.ref)
        keeper.add_freight(again, sale)
        again["CardCode"] = OTHER_PARTNER
        close(again, at)
        books.orders.append(again)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, ZERO)


class SameNumber(Case):
    check = "customer_mapping_conflict"
    note = "a trade customer's own order number happens to be the same"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        sale = books.sale
        at = sale.placed_at + timedelta(days=1)
        other = keeper.document("Orders", sale.shop, at, keeper.booked(sale)[:1], sale.ref)
        other["CardCode"] = OTHER_PARTNER
        reprice(other["DocumentLines"][0], net=Decimal(340), tax=Decimal(68))
        retotal(other)
        close(other, at)
        books.orders.append(other)


class BundleCase(Case):
    """A sale of one set alone, delivered some days ago. `kind` is the recipe's."""

    check, owner = "bundle_explosion_mismatch", "MASTER"
    kind: ClassVar[str] = "kit"

    def fits(self, sale: Sale, story: Story) -> bool:
        recipe = story.business.recipes.get(sale.lines[0].sku)
        return (
            recipe is not None
            and recipe.kind == self.kind
            and len(recipe.parts) > 1
            and len(sale.lines) == len(sale.parcels) == 1
            and sale.posted_at is not None
            and not sale.refunds
            and sale.cancelled_at is None
            and sale.edited_at is None
            and sale.gateway == sale.shop.provider
            and timedelta(days=5) < story.business.now - sale.placed_at < timedelta(days=50)
        )

    def happen(self, sale: Sale, story: Story) -> None:
        self._recipe = story.business.recipes[sale.lines[0].sku]
        self._items = story.business.items

    def change(self, doc: Doc, recipe: Recipe) -> None:
        raise NotImplementedError

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            self.change(doc, self._recipe)
            retotal(doc)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, f"{books.sale.key}:{self._recipe.sku}", self.money(books.sale))

    def money(self, sale: Sale) -> Decimal:
        """The list price of the last part of the recipe, as often as the order has it."""
        code, count = self._recipe.parts[-1]
        return net_price(self._items[code]) * count * sale.lines[0].quantity


class PartForgotten(BundleCase):
    cause = "component_missing"
    note = "a component of the kit was left out"

    def change(self, doc: Doc, recipe: Recipe) -> None:
        doc["DocumentLines"].remove(_part(doc, recipe.parts[-1][0]))


class PartDoubled(BundleCase):
    cause = "component_quantity"
    note = "twice as many of a component as the kit has"

    def change(self, doc: Doc, recipe: Recipe) -> None:
        line = _part(doc, recipe.parts[-1][0])
        reprice(line, quantity=line["Quantity"] * 2)


class PartAdded(BundleCase):
    cause = "component_extra"
    note = "something lies in the hamper that does not belong there"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        parts = {code for code, _ in self._recipe.parts}
        items = keeper.business.items.values()
        self._other = next(item for item in items if item.is_stocked and item.rate and item.code not in parts)
        super().in_books(books, keeper)

    def change(self, doc: Doc, recipe: Recipe) -> None:
        warehouse = doc["DocumentLines"][0]["WarehouseCode"]
        booked = Booked(self._other.code, self._other.title, 1, ZERO, ZERO, STANDARD, warehouse, ZERO, "iIngredient")
        line = line_of(1 + max(line["LineNum"] for line in doc["DocumentLines"]), booked)
        line["RemainingOpenQuantity"], line["LineStatus"] = 0, "bost_Close"
        doc["DocumentLines"].append(line)

    def money(self, sale: Sale) -> Decimal:
        return net_price(self._other)


class SetPricedOtherwise(BundleCase):
    kind, cause = "map", "price_not_shared"
    note = "the parts of a set cost more than the customer paid for it"

    def change(self, doc: Doc, recipe: Recipe) -> None:
        line = _part(doc, recipe.parts[0][0])
        reprice(line, net=line["LineTotal"] + Decimal("0.60"), tax=line["TaxTotal"] + Decimal("0.12"))

    def money(self, sale: Sale) -> Decimal:
        return Decimal("0.72")


def _part(doc: Doc, code: str) -> Doc:
    """The line of a component. Raises StopIteration when there is none."""
    return next(line for line in doc["DocumentLines"] if line["ItemCode"] == code)


class NoSerial(Overdue):
    """An overdue order for an item that is kept by serial number, of which B1 has none."""

    cause = "batch_serial"
    note = "the goods are there, without a serial number"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) == 1

    def happen(self, sale: Sale, story: Story) -> None:
        line, assortment = sale.lines[0], story.business.assortment
        number = story.business.ids.next("odd item", 95_001)
        line.sku, line.title = f"HP-T{number}", f"Numbered thing no. {number}"
        item = Item(line.sku, line.title, line.unit_price, line.rate, number, is_listed=False, is_web=False)
        assortment.more_items[item.code] = item
        assortment.properties[item.code] = {"ManageSerialNumbers": "tYES", "U_Tracking": "serial"}
        super().happen(sale, story)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        sale = books.sale
        line, note, cause = sale.lines[0], "no serial number, and an order is due", "no_serial_available"
        subject = f"{line.sku}@{line.warehouse}"
        yield planted("batch_serial_flag_mismatch", sale.shop, subject, "OPS", line.gross, note, cause=cause)
        yield self.found(books, sale.key, ZERO)


MASTER_DATA: tuple[type[Case], ...] = (UnknownBundle, OtherPartner, SecondPartner, NoSerial)
MASTER_DATA_LOOK_ALIKES: tuple[type[Case], ...] = (SameNumber,)
_OWN_SALES: tuple[type[Case], ...] = (
    PartForgotten, SetPricedOtherwise, PartDoubled, PartAdded,
)  # fmt: skip


def plan_own_sales(story: Story, planned: Mapping[Sale, Case]) -> dict[Sale, Case]:
    """Cases of sales that are not plain, because they are of sets: each once or twice, dealt to the shops in turn."""
    found: dict[Sale, Case] = {}
    shops = story.business.shops
    free: dict[str, list[Sale]] = {shop.id: [] for shop in shops}
    for sale in story.business.sales:
        if sale not in planned:
            free[sale.shop.id].append(sale)
    for turn in range(2):
        for number, kind in enumerate(_OWN_SALES):
            case = kind()
            pool = free[shops[(number + turn) % len(shops)].id]
            chosen = next((sale for sale in pool if sale not in found and case.fits(sale, story)), None)
            if chosen is not None:
                case.happen(chosen, story)
                found[chosen] = case
    return found
