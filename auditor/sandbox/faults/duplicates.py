"""Orders that B1 has more than once: check 2."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import timedelta

from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.documents import Doc, cancel, close, retotal
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.sale import Parcel, Sale


def twin(doc: Doc, keeper: Bookkeeper, entity_set: str = "Orders") -> Doc:
    """The same document once more under a number of its own, open and drawn from nothing."""
    second = copy.deepcopy(doc)
    fresh = keeper.document(entity_set, keeper.shop_of(doc), keeper.business.now, [], doc["NumAtCard"])
    second["DocEntry"], second["DocNum"], second["Series"] = fresh["DocEntry"], fresh["DocNum"], fresh["Series"]
    second["Cancelled"], second["CancelStatus"] = "tNO", "csNo"
    second["TrackingNumber"] = None
    for line in second["DocumentLines"]:
        line["BaseType"], line["BaseEntry"], line["BaseLine"] = -1, None, None
    return reopen(second)


def reopen(doc: Doc) -> Doc:
    """Open as it was before anything was drawn from it."""
    doc["DocumentStatus"], doc["Cancelled"], doc["CancelStatus"] = "bost_Open", "tNO", "csNo"
    for line in doc["DocumentLines"]:
        line["LineStatus"], line["RemainingOpenQuantity"] = "bost_Open", line["Quantity"]
    return doc


class Replayed(Case):
    check, owner = "order_duplicate_in_b1", "FIN"
    note = "the order was posted twice after a time-out"
    copies = 1

    def reference(self, sale: Sale) -> str:
        return sale.ref

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for _ in range(self.copies):
            second = twin(books.orders[0], keeper)
            second["NumAtCard"] = self.reference(books.sale)
            books.orders.append(second)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.sale.total * self.copies)


class ReplayedTwice(Replayed):
    note = "the order was posted three times"
    copies = 2


class ReplayedInAnotherSpelling(Replayed):
    note = "posted again under another spelling of the reference"

    def reference(self, sale: Sale) -> str:
        return f"#{sale.ref} "


class InvoicedTwice(Case):
    check, owner = "order_duplicate_in_b1", "FIN"
    note = "a second invoice beside the chain"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.invoices.append(twin(books.invoices[0], keeper, "Invoices"))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.sale.total)


class SplitByWarehouse(Case):
    check, note = "order_duplicate_in_b1", "two sales orders, one for each warehouse; together they are the order"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        first, second = split(books.orders[0], keeper)
        parcel = books.sale.parcels[0]
        rest = deliver_again(keeper, second, parcel)
        books.orders[:] = [first, second]
        for doc in (books.deliveries[0], books.invoices[0]):
            doc["DocumentLines"] = doc["DocumentLines"][:1]
            retotal(doc)
        books.deliveries.append(rest[0])
        books.invoices.append(rest[1])


def split(order: Doc, keeper: Bookkeeper) -> tuple[Doc, Doc]:
    """The first line and the freight stay, the other lines move to a second order."""
    second = twin(order, keeper)
    second["DocumentLines"] = second["DocumentLines"][1:]
    second["DocumentAdditionalExpenses"] = []
    order["DocumentLines"] = order["DocumentLines"][:1]
    return retotal(order), retotal(second)


def deliver_again(keeper: Bookkeeper, order: Doc, parcel: Parcel) -> tuple[Doc, Doc]:
    docs = keeper.deliver(order, parcel, order["DocumentLines"], with_freight=False)
    close(order, parcel.shipped_at)
    return docs


class CancelledAndMadeAnew(Case):
    check, note = "order_duplicate_in_b1", "the first sales order was cancelled and made anew"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        first = twin(books.orders[0], keeper)
        cancel(first, books.sale.placed_at + timedelta(minutes=50))
        books.orders.append(first)


DUPLICATES: tuple[type[Case], ...] = (Replayed, InvoicedTwice, ReplayedTwice, ReplayedInAnotherSpelling)
NO_DUPLICATES: tuple[type[Case], ...] = (SplitByWarehouse, CancelledAndMadeAnew)
