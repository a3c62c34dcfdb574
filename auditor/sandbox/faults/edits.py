"""Orders that the shop changed after B1 had posted them: order_edited_after_post."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from auditor.sandbox.basics import STANDARD, penny
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Item
from auditor.sandbox.documents import reprice, retotal
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.duplicates import reopen
from auditor.sandbox.faults.lines import line_for
from auditor.sandbox.faults.missing import NotShipped
from auditor.sandbox.sale import Sale, SaleLine

_MARKED = frozenset({"shopify", "john_lewis", "tiktok_shop"})
"""Kinds of shops that say of an order that it was edited, or when units of it were called off."""
_CHANGING = frozenset({"edits", "partial_cancel"})
_SOON = timedelta(minutes=3)
"""After the first audit, and more than an hour before the last."""
_SETTLED = timedelta(days=29)
"""Older sales are in nobody's sales figures, so that a change of theirs moves no stock finding."""


def can_lose_a_unit(line: SaleLine) -> bool:
    return line.quantity > 1 and not line.discount


class EditCase(Case):
    check, owner = "order_edited_after_post", "OPS"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(sale.shop.can & _CHANGING)

    def edited(self, sale: Sale) -> None:
        """The shop's order changed between posting and dispatch."""
        if sale.posted_at is not None:
            sale.edited_at = sale.posted_at + timedelta(minutes=40)


class UnitTakenOffLate(EditCase):
    cause, note = "units_taken_off", "a unit was taken off after posting; B1 kept it"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.shop.kind in _MARKED and any(map(can_lose_a_unit, sale.lines))

    def happen(self, sale: Sale, story: Story) -> None:
        self.line = next(line for line in sale.lines if can_lose_a_unit(line))
        self.line.removed = 1
        sale.parcels[0].lines = [(line, line.kept) for line in sale.lines if line.kept]
        self.edited(sale)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        line = self.line
        for doc in books.forward():
            reprice(line_for(doc, line.sku), quantity=line.quantity, net=line.net, tax=line.tax)
            retotal(doc)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, self.line.gross - self.line.kept_gross)


class ItemAddedLate(EditCase):
    cause, note = "units_added", "an item was added after posting; B1 never heard of it"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.shop.kind == "shopify" and bool(self.other(sale, story))

    def other(self, sale: Sale, story: Story) -> Item | None:
        sold = {line.sku for line in sale.lines}
        items = story.business.items.values()
        return next((one for one in items if one.is_stocked and one.code not in sold and one.rate == STANDARD), None)

    def happen(self, sale: Sale, story: Story) -> None:
        item = self.other(sale, story)
        if item:
            number = story.business.ids.next("line", 7_000_001)
            warehouse = sale.lines[0].warehouse
            self.added = SaleLine(number, item.code, item.title, 1, item.price, item.rate, warehouse)
            sale.lines.append(self.added)
            self.edited(sale)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            if any(line["ItemCode"] == self.added.sku for line in doc["DocumentLines"]):
                doc["DocumentLines"].remove(line_for(doc, self.added.sku))
                retotal(doc)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, self.added.gross)


class ItemExchangedLate(ItemAddedLate):
    cause, note = "lines_exchanged", "a unit was taken off and another item added after posting"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and any(map(can_lose_a_unit, sale.lines))

    def happen(self, sale: Sale, story: Story) -> None:
        self.line = next(line for line in sale.lines if can_lose_a_unit(line))
        self.line.removed = 1
        sale.parcels[0].lines = [(line, line.kept) for line in sale.lines if line.kept]
        super().happen(sale, story)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        super().in_books(books, keeper)
        line = self.line
        for doc in books.forward():
            reprice(line_for(doc, line.sku), quantity=line.quantity, net=line.net, tax=line.tax)
            retotal(doc)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        gone = self.line.gross - self.line.kept_gross
        yield self.found(books, books.sale.key, abs(self.added.gross - gone))


class LaterEdit(EditCase):
    """Changed on the shop between two audits; only the earlier reading shows how it was."""

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and story.business.now - sale.placed_at > _SETTLED

    def change(self, sale: Sale) -> None:
        raise NotImplementedError

    def money(self, sale: Sale) -> Decimal:
        raise NotImplementedError

    def later(self, books: SaleBooks) -> Iterable[tuple[datetime, Callable[[], None]]]:
        at = self.now + _SOON

        def do() -> None:
            books.sale.edited_at = at
            self.change(books.sale)

        yield at, do

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        self.now = story.business.now

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield replace(self.found(books, books.sale.key, self.money(books.sale)), audit=3)


class UnitTakenOffBetween(LaterEdit):
    cause, note = "units_taken_off", "a unit was taken off between two audits; B1 kept it"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and any(map(can_lose_a_unit, sale.lines))

    def change(self, sale: Sale) -> None:
        next(line for line in sale.lines if can_lose_a_unit(line)).removed = 1
        sale.parcels[0].lines = [(line, line.kept) for line in sale.lines if line.kept]

    def money(self, sale: Sale) -> Decimal:
        line = next(line for line in sale.lines if can_lose_a_unit(line))
        return line.gross - penny(line.gross * (line.quantity - 1) / line.quantity)


class PriceGivenLate(LaterEdit):
    cause, note = "price_changed", "a pound was taken off the price between two audits; B1 has the old one"

    def fits(self, sale: Sale, story: Story) -> bool:
        is_told = sale.shop.kind in ("shopify", "bigcommerce")
        return super().fits(sale, story) and is_told and sale.lines[0].gross >= 10

    def change(self, sale: Sale) -> None:
        sale.lines[0].discount += Decimal("1.00")
        sale.lines[0].price()

    def money(self, sale: Sale) -> Decimal:
        return Decimal("1.00")


class GoesAbroad(NotShipped, LaterEdit):
    """A pre-order, so that nobody misses its delivery yet."""

    cause, note = "address_changed", "the order goes to Ireland now; the sales order was not touched"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.shop.kind in ("bigcommerce", "magento")

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        self.now = story.business.now

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        reopen(books.orders[0])["DocDueDate"] = (self.now + timedelta(days=30)).date()

    def change(self, sale: Sale) -> None:
        sale.country = "IE"

    def money(self, sale: Sale) -> Decimal:
        return sale.total


class EditedOnBothSides(EditCase):
    check, note = "order_edited_after_post", "a unit was taken off after posting, and B1 was told"
    owner = ""

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and any(map(can_lose_a_unit, sale.lines))

    def happen(self, sale: Sale, story: Story) -> None:
        next(line for line in sale.lines if can_lose_a_unit(line)).removed = 1
        sale.parcels[0].lines = [(line, line.kept) for line in sale.lines if line.kept]
        sale.payments[0].amount = sale.total
        self.edited(sale)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, books.sale.key)
        yield self.alike(books, f"{books.sale.key}:*", "order_line_mismatch")


class OnlyANote(LaterEdit):
    note = "only a note of the order was changed between two audits"
    owner = ""

    def change(self, sale: Sale) -> None:
        """Nothing that is booked."""

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, books.sale.key)


EDITED: tuple[type[Case], ...] = (
    UnitTakenOffLate, UnitTakenOffBetween, ItemAddedLate, PriceGivenLate, GoesAbroad, ItemExchangedLate,
)  # fmt: skip
RIGHTLY_EDITED: tuple[type[Case], ...] = (EditedOnBothSides, OnlyANote)
