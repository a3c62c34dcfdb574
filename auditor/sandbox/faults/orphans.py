"""Documents that name an order which the shop does not have: order_orphan_in_b1."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from auditor.sandbox.books import MANUAL_SERIES, Bookkeeper, SaleBooks
from auditor.sandbox.documents import Doc, cancel
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.duplicates import twin
from auditor.sandbox.faults.references import by_hand
from auditor.sandbox.sale import Sale

_COUNTED = re.compile(r"[0-9]{3,}")
_OLDEST = 100_000
"""Real invoices are numbered higher, whatever their shop would have counted from."""


def mistyped(reference: str) -> str:
    """The reference with its first digit, where the shop is far from counting, turned into a nine."""
    start = next(match.start() for match in _COUNTED.finditer(reference))
    return f"{reference[:start]}9{reference[start + 1 :]}"


def of_nobody(sale: Sale) -> str:
    """A well-formed reference that no order of the shop has and none is near to."""
    return sale.shop.ref_format.format(n=sale.number + 31_000_000 + sale.shop.first_number * 40)


def of_the_past(sale: Sale) -> str:
    """The reference of an order from before the first one that is known."""
    return sale.shop.ref_format.format(n=min(sale.shop.first_number - 1, _OLDEST) - sale.number % 90)


class OrphanCase(Case):
    check, owner = "order_orphan_in_b1", "FIN"

    def wrong(self, books: SaleBooks) -> Doc:
        """The document in which the wrong number was first written."""
        return books.orders[-1]

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        doc = self.wrong(books)
        kind = {"oOrders": "order", "oInvoices": "invoice"}[doc["DocObjectCode"]]
        yield self.found(books, f"{kind}:{doc['DocEntry']}", doc["DocTotal"])


class OrderOfNobody(OrphanCase):
    cause = "unknown_order"
    note = "typed into the shop's customer under a number that no order has"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        price = books.sale.total + Decimal("900.31")
        books.orders.append(by_hand(keeper, books.sale, of_nobody(books.sale), price))


class ReferenceMistyped(OrphanCase):
    cause = "reference_typo"
    note = "one digit of the reference is wrong, on the order and on all that followed"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and story.is_unmistakable(sale) and "9" not in sale.ref[:1]

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            doc["NumAtCard"] = mistyped(books.sale.ref)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield from super().facts(books)
        note = "posted under a number with a wrong digit"
        yield self.alike(books, books.sale.key, "order_missing_in_b1", note)


class BookedAgainMistyped(OrphanCase):
    cause = "booked_again"
    note = "posted a second time, with a wrong digit in its number"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and story.is_unmistakable(sale)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        second = twin(books.orders[0], keeper)
        second["NumAtCard"] = mistyped(books.sale.ref)
        books.orders.append(second)


class InvoiceOfAnother(OrphanCase):
    cause = "other_than_its_base"
    note = "somebody wrote a number that no order has over the invoice's"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.invoices[0]["NumAtCard"] = of_nobody(books.sale)

    def wrong(self, books: SaleBooks) -> Doc:
        return books.invoices[0]


class OrphanLookAlike(Case):
    check = "order_orphan_in_b1"
    reference_of = staticmethod(of_nobody)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        price = books.sale.total + Decimal("1100.43")
        order = by_hand(keeper, books.sale, self.reference_of(books.sale), price)
        self.change(order, books.sale)
        books.orders.append(order)

    def change(self, order: Doc, sale: Sale) -> None:
        """What makes it right."""

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, f"order:{books.orders[-1]['DocEntry']}")


class Telephone(OrphanLookAlike):
    note = "a telephone order with a number of its own, in the series for telephone orders"

    def change(self, order: Doc, sale: Sale) -> None:
        order["Series"] = MANUAL_SERIES


class FromThePast(OrphanLookAlike):
    note = "an order from before the first one that was read, posted late"
    reference_of = staticmethod(of_the_past)


class NoticedAndCancelled(OrphanLookAlike):
    note = "a number that no order has, noticed and cancelled"

    def change(self, order: Doc, sale: Sale) -> None:
        cancel(order, sale.placed_at + timedelta(hours=4))


ORPHANS: tuple[type[Case], ...] = (ReferenceMistyped, OrderOfNobody, BookedAgainMistyped, InvoiceOfAnother)
NO_ORPHANS: tuple[type[Case], ...] = (Telephone, FromThePast, NoticedAndCancelled)
