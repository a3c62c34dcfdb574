"""Lines that differ between the order and its documents: check 5."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from auditor.money import ZERO
from auditor.sandbox.basics import STANDARD, next_tick, penny, tax_inside
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability, Item
from auditor.sandbox.documents import (
    Booked,
    Doc,
    line_of,
    reprice,
    retotal,
)
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.sale import Refund, RefundLine, Sale, SaleLine


def line_for(doc: Doc, sku: str) -> Doc:
    """The document's line of an item. Raises StopIteration when it has none: the case does not suit the sale."""
    return next(line for line in doc["DocumentLines"] if line["ItemCode"] == sku)


class LineCase(Case):
    check, owner = "order_line_mismatch", "INT"

    def target(self, sale: Sale) -> SaleLine:
        return sale.lines[0]

    def change(self, doc: Doc, line: SaleLine, keeper: Bookkeeper) -> None:
        raise NotImplementedError

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            self.change(doc, self.target(books.sale), keeper)
            retotal(doc)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        line = self.target(books.sale)
        booked = [one for one in books.orders[0]["DocumentLines"] if one["ItemCode"] == line.sku]
        gross = sum((one["LineTotal"] + one["TaxTotal"] for one in booked), ZERO)
        yield self.found(books, f"{books.sale.key}:{line.sku}", abs(line.gross - gross))


class QuantityDoubled(LineCase):
    note = "twice the quantity was booked"

    def change(self, doc: Doc, line: SaleLine, keeper: Bookkeeper) -> None:
        booked = line_for(doc, line.sku)
        reprice(booked, quantity=line.quantity * 2, net=line.net * 2, tax=line.tax * 2)


class OneShort(LineCase):
    note = "one unit less was booked"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and self.target(sale).quantity > 1

    def target(self, sale: Sale) -> SaleLine:
        return max(sale.lines, key=lambda line: line.quantity)

    def change(self, doc: Doc, line: SaleLine, keeper: Bookkeeper) -> None:
        left = line.quantity - 1
        net, tax = penny(line.net * left / line.quantity), penny(line.tax * left / line.quantity)
        reprice(line_for(doc, line.sku), quantity=left, net=net, tax=tax)


class ListPrice(LineCase):
    note = "booked at list price although the shop gave a discount"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and self.target(sale).discount >= Decimal("0.20") * self.target(sale).quantity

    def target(self, sale: Sale) -> SaleLine:
        return max(sale.lines, key=lambda line: line.discount)

    def change(self, doc: Doc, line: SaleLine, keeper: Bookkeeper) -> None:
        gross = line.gross + line.discount
        tax = tax_inside(gross, line.rate)
        reprice(line_for(doc, line.sku), net=gross - tax, tax=tax)


class PriceTyped(LineCase):
    note = "somebody changed the price in B1"

    def change(self, doc: Doc, line: SaleLine, keeper: Bookkeeper) -> None:
        more = Decimal("0.50") * line.quantity
        reprice(line_for(doc, line.sku), net=line.net + more, tax=line.tax + penny(more * line.rate))


class LineDropped(LineCase):
    note = "a line did not arrive in B1"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1

    def target(self, sale: Sale) -> SaleLine:
        return sale.lines[-1]

    def change(self, doc: Doc, line: SaleLine, keeper: Bookkeeper) -> None:
        doc["DocumentLines"].remove(line_for(doc, line.sku))


def stranger(sale: Sale, keeper: Bookkeeper) -> Item:
    """The first ordinary item that is not on the order."""
    sold = {line.sku for line in sale.lines}
    return next(
        item
        for item in keeper.business.items.values()
        if item.is_stocked and item.code not in sold and item.rate and not item.locked_batch
    )


class GiftCharged(Case):
    check, owner = "order_line_mismatch", "INT"
    note = "a free gift that only B1 knows, charged at £1.20"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        item = stranger(books.sale, keeper)
        for doc in books.forward():
            price, tax = Decimal("1.00"), Decimal("0.20")
            booked = Booked(item.code, item.title, 1, price, tax, STANDARD, books.sale.lines[0].warehouse)
            line = line_of(1 + max(line["LineNum"] for line in doc["DocumentLines"]), booked)
            line["RemainingOpenQuantity"], line["LineStatus"] = 0, "bost_Close"
            doc["DocumentLines"].append(line)
            retotal(doc)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        code = books.orders[0]["DocumentLines"][-1]["ItemCode"]
        yield self.found(books, f"{books.sale.key}:{code}", Decimal("1.20"))


class Substituted(LineCase):
    note = "another item was booked in its place"

    def change(self, doc: Doc, line: SaleLine, keeper: Bookkeeper) -> None:
        item = self.replacement(line, keeper)
        booked = line_for(doc, line.sku)
        booked["ItemCode"], booked["ItemDescription"] = item.code, item.title

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        self._other = stranger(books.sale, keeper)
        super().in_books(books, keeper)

    def replacement(self, line: SaleLine, keeper: Bookkeeper) -> Item:
        return self._other

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        line = self.target(books.sale)
        yield self.found(books, f"{books.sale.key}:{line.sku}", line.gross)
        yield self.found(books, f"{books.sale.key}:{self._other.code}", line.gross)


class LineLookAlike(Case):
    check = "order_line_mismatch"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, f"{books.sale.key}:*")
        yield self.alike(books, books.sale.key, "order_total_mismatch")


def edit(sale: Sale) -> datetime:
    """The customer changes the order within a minute; the middleware posts it afterwards."""
    sale.edited_at = sale.placed_at + timedelta(minutes=1)
    sale.posted_at = next_tick(sale.edited_at) + timedelta(seconds=20)
    return sale.edited_at


def take_off(sale: Sale, line: SaleLine, units: int) -> datetime:
    """Units leave the order before it is posted, and with them their price."""
    line.removed = units
    packed = [(part, part.kept) for part, _ in sale.parcels[0].lines if part.kept]
    sale.parcels[0].lines = packed
    sale.payments[0].amount = sale.total
    return edit(sale)


class LineRemoved(LineLookAlike):
    note = "the customer took a line off the order before it was posted"
    needs: ClassVar[frozenset[Ability]] = frozenset({"edits"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1 and any(line.rate for line in sale.lines[:-1])

    def happen(self, sale: Sale, story: Story) -> None:
        take_off(sale, sale.lines[-1], sale.lines[-1].quantity)


class UnitRemoved(LineLookAlike):
    note = "a unit was taken off before posting; the shop notes it as a refund without money"
    needs: ClassVar[frozenset[Ability]] = frozenset({"edits", "removal_notes"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and any(self.suits(line) for line in sale.lines)

    @staticmethod
    def suits(line: SaleLine) -> bool:
        return line.quantity > 1 and not line.discount

    def happen(self, sale: Sale, story: Story) -> None:
        line = next(line for line in sale.lines if self.suits(line))
        at = take_off(sale, line, 1)
        ids = story.business.ids
        note = Refund(ids.next("refund", 880_001), ids.next("transaction", 9_000_001), at, sale.gateway)
        note.lines, note.status, note.reason = [RefundLine(line, 1, "NO_RESTOCK")], None, "order edited"
        sale.refunds.append(note)


class LinesMerged(LineLookAlike):
    note = "two lines of one item became one line in B1"
    needs: ClassVar[frozenset[Ability]] = frozenset({"duplicate_lines"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.lines[0].quantity > 1 and not sale.lines[0].discount

    def happen(self, sale: Sale, story: Story) -> None:
        line = sale.lines[0]
        number = story.business.ids.next("line", 7_000_001)
        line.quantity -= 1
        line.price()
        second = SaleLine(number, line.sku, line.title, 1, line.unit_price, line.rate, line.warehouse)
        sale.lines.append(second)
        sale.parcels[0].lines = [(part, part.kept) for part in sale.lines]

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            first = doc["DocumentLines"][0]
            second = doc["DocumentLines"].pop()
            quantity = first["Quantity"] + second["Quantity"]
            net, tax = first["LineTotal"] + second["LineTotal"], first["TaxTotal"] + second["TaxTotal"]
            reprice(first, quantity=quantity, net=net, tax=tax)
            retotal(doc)


class FreeGift(LineLookAlike):
    note = "a free gift: on both sides at no price"
    needs: ClassVar[frozenset[Ability]] = frozenset({"free_lines"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(self.gift(sale, story))

    def gift(self, sale: Sale, story: Story) -> Item | None:
        sold = {line.sku for line in sale.lines}
        items = story.business.items.values()
        return next((item for item in items if item.is_stocked and item.code not in sold and not item.rate), None)

    def happen(self, sale: Sale, story: Story) -> None:
        gift = self.gift(sale, story)
        if gift:
            number = story.business.ids.next("line", 7_000_001)
            warehouse = sale.lines[0].warehouse
            sale.lines.append(SaleLine(number, gift.code, gift.title, 1, ZERO, gift.rate, warehouse))
            sale.parcels[0].lines.append((sale.lines[-1], 1))


class GiftCardSold(LineLookAlike):
    note = "a gift card was sold with the goods"
    needs: ClassVar[frozenset[Ability]] = frozenset({"gift_cards"})

    def happen(self, sale: Sale, story: Story) -> None:
        number = story.business.ids.next("line", 7_000_001)
        card = SaleLine(number, "GIFTCARD", "Gift card", 1, Decimal(25), ZERO, sale.lines[0].warehouse)
        card.kind = "gift_card"
        sale.lines.append(card)
        sale.payments[0].amount = sale.total


LINES: tuple[type[Case], ...] = (
    QuantityDoubled, LineDropped, ListPrice, PriceTyped, OneShort, GiftCharged, Substituted,
)  # fmt: skip
RIGHT_LINES: tuple[type[Case], ...] = (LineRemoved, UnitRemoved, LinesMerged, GiftCardSold, FreeGift)
