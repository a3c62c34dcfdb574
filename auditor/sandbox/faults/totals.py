"""Totals that lines and tax do not explain: check 4."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

from auditor.sandbox.basics import PENNY, STANDARD, penny, tax_inside
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.documents import (
    GOODWILL,
    HANDLING,
    SHIPPING,
    TIP,
    Doc,
    add_expense,
    reprice,
    retotal,
)
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.sale import Payment, Sale


class ShippingLeftOut(Case):
    check, owner = "order_total_mismatch", "FIN"
    note = "shipping was not booked"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(sale.shipping) and bool(sale.shipping_rate)

    def change(self, doc: Doc, sale: Sale) -> None:
        doc["DocumentAdditionalExpenses"] = [
            expense for expense in doc["DocumentAdditionalExpenses"] if expense["ExpenseCode"] != SHIPPING
        ]
        retotal(doc)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            self.change(doc, books.sale)

    def money(self, sale: Sale) -> Decimal:
        return sale.shipping

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, self.money(books.sale))


class ShippingTwice(ShippingLeftOut):
    note = "shipping was booked twice"

    def change(self, doc: Doc, sale: Sale) -> None:
        add_expense(doc, SHIPPING, sale.shipping_net, sale.shipping_tax, sale.shipping_rate)


class ShippingTaxedTwice(ShippingLeftOut):
    note = "the shipping price with tax was booked as if it were without"

    def change(self, doc: Doc, sale: Sale) -> None:
        super().change(doc, sale)
        add_expense(doc, SHIPPING, sale.shipping, penny(sale.shipping * sale.shipping_rate), sale.shipping_rate)

    def money(self, sale: Sale) -> Decimal:
        return penny(sale.shipping * sale.shipping_rate)


class HandlingAdded(Case):
    check, owner = "order_total_mismatch", "FIN"
    note = "a handling charge of £3.00 that the customer never paid"
    code, net, tax = HANDLING, Decimal("2.50"), Decimal("0.50")

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            add_expense(doc, self.code, self.net, self.tax, STANDARD)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, abs(self.net + self.tax))


class GoodwillDeducted(HandlingAdded):
    note = "£2.40 goodwill was taken off in B1 that the customer never got"
    code, net, tax = GOODWILL, Decimal("-2.00"), Decimal("-0.40")


def give_tip(sale: Sale) -> None:
    sale.tip = Decimal("3.00")
    sale.payments[0].amount = sale.total


class TipNotBooked(Case):
    check, owner = "order_total_mismatch", "FIN"
    note = "the customer's tip was not booked"
    needs: ClassVar[frozenset[Ability]] = frozenset({"tips"})

    def happen(self, sale: Sale, story: Story) -> None:
        give_tip(sale)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            expenses = doc["DocumentAdditionalExpenses"]
            doc["DocumentAdditionalExpenses"] = [one for one in expenses if one["ExpenseCode"] != TIP]
            retotal(doc)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.sale.tip)


class TipBooked(Case):
    check, note = "order_total_mismatch", "a tip, booked as the expense for tips"
    needs: ClassVar[frozenset[Ability]] = frozenset({"tips"})

    def happen(self, sale: Sale, story: Story) -> None:
        give_tip(sale)


class GiftCardTender(Case):
    check, note = "order_total_mismatch", "paid in part with a gift card: a means of payment, no discount"
    needs: ClassVar[frozenset[Ability]] = frozenset({"gift_cards"})

    def happen(self, sale: Sale, story: Story) -> None:
        card = sale.payments[0]
        number = story.business.ids.next("transaction", 9_000_001)
        sale.payments.append(Payment(number, "SALE", "SUCCESS", "gift_card", Decimal("5.00"), card.at))
        card.amount -= Decimal("5.00")


class RoundingLine(Case):
    check, note = "order_total_mismatch", "B1 rounds the document's total to five pence and says so"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(sale.total % Decimal("0.05"))

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            step = Decimal("0.05")
            doc["Rounding"] = "tYES"
            doc["RoundingDiffAmount"] = (doc["DocTotal"] / step).quantize(Decimal(1)) * step - doc["DocTotal"]
            retotal(doc)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        for check in (self.check, "tax_rounding_document", "tax_amount_error"):
            yield self.alike(books, books.sale.key, check)


class DiscountOnHeader(Case):
    check, note = "order_total_mismatch", "the order's discount stands on the document, not on its line"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) == 1 and bool(sale.lines[0].discount)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        sold = books.sale.lines[0]
        gross = sold.gross + sold.discount
        before = gross - tax_inside(gross, sold.rate)
        for doc in books.forward():
            reprice(doc["DocumentLines"][0], net=before)
            doc["TotalDiscount"] = before - sold.net
            doc["DiscountPercent"] = (doc["TotalDiscount"] * 100 / before).quantize(Decimal("0.000001"))
            retotal(doc)


class PennyOnALine(Case):
    check, note = "order_total_mismatch", "a penny between two ways of rounding a line: within tolerance"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            line = doc["DocumentLines"][0]
            reprice(line, net=line["LineTotal"] - PENNY)
            retotal(doc)


TOTALS: tuple[type[Case], ...] = (
    ShippingLeftOut, ShippingTwice, GoodwillDeducted, ShippingTaxedTwice, TipNotBooked, HandlingAdded,
)  # fmt: skip
RIGHT_TOTALS: tuple[type[Case], ...] = (TipBooked, GiftCardTender, RoundingLine, PennyOnALine, DiscountOnHeader)
