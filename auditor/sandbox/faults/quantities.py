"""Parcels of which the channel and B1 tell other contents, and documents on two sides of a month's end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from auditor.clock import to_zone
from auditor.money import ZERO
from auditor.sandbox.basics import TIMEZONE, penny
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.documents import Doc, net_price, reprice, retotal, stamp
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.duplicates import reopen
from auditor.sandbox.sale import Sale

_ZONE = ZoneInfo(TIMEZONE)


class QuantityCase(Case):
    """What B1 delivered and invoiced is not what was ordered and sent; the sales order was closed all the same."""

    check, owner = "shipment_qty_mismatch", "OPS"
    step: ClassVar[int] = 0

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.lines[0].quantity + self.step > 0

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in (books.deliveries[0], books.invoices[0]):
            line = doc["DocumentLines"][0]
            ordered, quantity = line["Quantity"], line["Quantity"] + self.step
            net = penny(line["LineTotal"] * quantity / ordered)
            reprice(line, quantity=quantity, net=net, tax=penny(line["TaxTotal"] * quantity / ordered))
            retotal(doc)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        line = books.sale.lines[0]
        money = penny(line.gross * abs(self.step) / line.quantity)
        yield self.found(books, f"{books.sale.key}:{line.sku}", money)


class UnitLeftOut(QuantityCase):
    note, cause, step = "B1 delivered a unit less than was sent", "short_delivery", -1


class UnitTooMuch(QuantityCase):
    note, cause, step = "B1 delivered a unit more than was sent", "over_delivery", 1


class OtherItem(Case):
    """The item that was delivered instead is one without tax or with it, but never one of the order."""

    check, owner, cause = "shipment_qty_mismatch", "OPS", "other_item"
    note = "another item was booked on the delivery"
    taken = ""

    def happen(self, sale: Sale, story: Story) -> None:
        sold = {line.sku for line in sale.lines}
        items = (item for item in story.business.items.values() if item.is_stocked and not item.locked_batch)
        self.taken = next(item.code for item in items if item.code not in sold)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in (books.deliveries[0], books.invoices[0]):
            doc["DocumentLines"][0]["ItemCode"] = self.taken
        self.price = net_price(keeper.business.items[self.taken])

    price: Decimal = ZERO

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        line = books.sale.lines[0]
        yield self.found(books, f"{books.sale.key}:{line.sku}", line.gross)
        yield self.found(books, f"{books.sale.key}:{self.taken}", self.price * line.quantity)


class LinesDivided(Case):
    check, note = "shipment_qty_mismatch", "the delivery holds the units of one line in two"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.lines[0].quantity > 1

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in (books.deliveries[0], books.invoices[0]):
            line = doc["DocumentLines"][0]
            net, tax = penny(line["LineTotal"] / line["Quantity"]), penny(line["TaxTotal"] / line["Quantity"])
            second = {**line, "LineNum": len(doc["DocumentLines"])}
            reprice(second, quantity=1, net=net, tax=tax)
            reprice(line, quantity=line["Quantity"] - 1, net=line["LineTotal"] - net, tax=line["TaxTotal"] - tax)
            doc["DocumentLines"].append(second)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, f"{books.sale.key}:*")


class CutoffCase(Case):
    """Sales that left the house last month, of which this month has begun."""

    check, owner = "invoice_delivery_cutoff", "FIN"

    def fits(self, sale: Sale, story: Story) -> bool:
        shipped = to_zone(sale.parcels[0].shipped_at, _ZONE) if sale.parcels else None
        today = to_zone(story.business.now, _ZONE)
        return super().fits(sale, story) and shipped is not None and (shipped.year, shipped.month) < (
            today.year, today.month)  # fmt: skip

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        delivery = books.deliveries[0]
        net = sum((line["LineTotal"] for line in delivery["DocumentLines"]), ZERO)
        yield self.found(books, f"delivery:{delivery['DocEntry']}", net)


class NeverInvoiced(CutoffCase):
    note, cause = "delivered last month, never invoiced", "not_invoiced"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.invoices.clear()
        reopen(books.deliveries[0])


class InvoicedThisMonth(CutoffCase):
    note, cause = "delivered last month, invoiced in this one", "invoiced_later"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        dated(books.invoices[0], first_of_month(keeper.business.now) + timedelta(hours=9))


class DeliveredThisMonth(CutoffCase):
    note, cause = "invoiced last month, the delivery is dated in this one", "delivered_later"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        dated(books.deliveries[0], first_of_month(keeper.business.now) + timedelta(hours=9))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        invoice = books.invoices[0]
        net = sum((line["LineTotal"] for line in invoice["DocumentLines"]), ZERO)
        yield self.found(books, f"invoice:{invoice['DocEntry']}", net)


class ReservedInvoice(CutoffCase):
    owner = ""
    note = "a reserve invoice of last month; the delivery followed"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        order, delivery, invoice = books.orders[0], books.deliveries[0], books.invoices[0]
        invoice["ReserveInvoice"] = "tYES"
        for line, ordered in zip(invoice["DocumentLines"], order["DocumentLines"], strict=True):
            line["BaseType"], line["BaseEntry"], line["BaseLine"] = 17, order["DocEntry"], ordered["LineNum"]
        for line, invoiced in zip(delivery["DocumentLines"], invoice["DocumentLines"], strict=True):
            line["BaseType"], line["BaseEntry"], line["BaseLine"] = 13, invoice["DocEntry"], invoiced["LineNum"]

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, f"delivery:{books.deliveries[0]['DocEntry']}")
        yield self.alike(books, f"invoice:{books.invoices[0]['DocEntry']}")


def dated(doc: Doc, at: datetime) -> None:
    """The document was made at this moment, and is dated so."""
    local = to_zone(at, _ZONE)
    for name in ("DocDate", "DocDueDate", "TaxDate", "CreationDate"):
        doc[name] = local.date()
    doc["DocTime"] = f"{local:%H:%M:%S}"
    stamp(doc, at)


def first_of_month(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0)


QUANTITIES: tuple[type[Case], ...] = (UnitLeftOut, UnitTooMuch, OtherItem)
RIGHT_QUANTITIES: tuple[type[Case], ...] = (LinesDivided,)
CUTOFFS: tuple[type[Case], ...] = (NeverInvoiced, InvoicedThisMonth, DeliveredThisMonth)
NO_CUTOFFS: tuple[type[Case], ...] = (ReservedInvoice,)
