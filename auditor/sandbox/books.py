"""The B1 side of a sale: sales order, delivery, invoice, return and credit memo as the middleware makes them.

A clean chain agrees with the shop to the penny: the net of each line is the shop's gross less the shop's tax, shipping
is an additional expense, and each credit memo carries the refund's id. Bodies are Service Layer v2 JSON with official
property names; amounts are `Decimal`, days and times are those of the company's clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from auditor.clock import to_zone
from auditor.money import ZERO
from auditor.sandbox.business import (
    CARD_CODE,
    CURRENCY,
    TIMEZONE,
    Business,
    Item,
    OldCredit,
    Parcel,
    Refund,
    Sale,
    SaleLine,
    shares,
    tax_inside,
)

Doc = dict[str, Any]
SHIPPING, GOODWILL, TIP, HANDLING = 1, 2, 3, 4
SERIES = {"Orders": 11, "DeliveryNotes": 12, "Invoices": 13, "CreditNotes": 14, "Returns": 15, "Drafts": 16}
MANUAL_SERIES = 77
_OBJECTS = {
    "Orders": ("oOrders", 17),
    "DeliveryNotes": ("oDeliveryNotes", 15),
    "Invoices": ("oInvoices", 13),
    "Returns": ("oReturns", 16),
    "CreditNotes": ("oCreditNotes", 14),
}
_ZONE = ZoneInfo(TIMEZONE)
_MICRO = Decimal("0.000001")
_PERCENT = Decimal("0.0001")


@dataclass(slots=True)
class Booked:
    """One line as it is booked: the item and the amounts, whatever the shop calls it."""

    item_code: str
    title: str
    quantity: int
    net: Decimal
    tax: Decimal
    rate: Decimal
    warehouse: str
    discount: Decimal = ZERO
    tree: str = "iNotATree"
    origin: SaleLine | None = None


@dataclass(slots=True)
class SaleBooks:
    """All documents of one sale; faults change them before they are stored."""

    sale: Sale
    orders: list[Doc] = field(default_factory=list)
    deliveries: list[Doc] = field(default_factory=list)
    invoices: list[Doc] = field(default_factory=list)
    returns: list[Doc] = field(default_factory=list)
    credit_memos: list[Doc] = field(default_factory=list)
    drafts: list[Doc] = field(default_factory=list)
    later: list[tuple[datetime, str, Doc]] = field(default_factory=list)
    """Documents that the middleware makes or changes after the sandbox's first moment: when, entity set, body."""

    def sets(self) -> Iterable[tuple[str, list[Doc]]]:
        yield "Orders", self.orders
        yield "DeliveryNotes", self.deliveries
        yield "Invoices", self.invoices
        yield "Returns", self.returns
        yield "CreditNotes", self.credit_memos
        yield "Drafts", self.drafts

    def forward(self) -> list[Doc]:
        """Order, deliveries and invoices: the documents that repeat the sale's amounts."""
        return [*self.orders, *self.deliveries, *self.invoices]


class Bookkeeper:
    """Makes documents and hands out their numbers."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self.ids = business.ids

    def books(self, sale: Sale) -> SaleBooks:
        """The documents of a sale that is handled rightly."""
        books = SaleBooks(sale)
        if sale.posted_at is None:
            return books
        booked = self.booked(sale)
        order = self.document("Orders", sale, sale.posted_at, booked)
        books.orders.append(order)
        self.add_freight(order, sale)
        if sale.cancelled_at:
            cancel(order, max(sale.cancelled_at, sale.posted_at) + timedelta(minutes=6))
            return books
        self.go_on(books, order)
        return books

    def go_on(self, books: SaleBooks, order: Doc) -> None:
        """What follows an order: delivery and invoice for each parcel, a credit memo for each refund."""
        for number, parcel in enumerate(books.sale.parcels):
            self._dispatch(books, order, parcel, with_freight=number == 0)
        if books.sale.parcels:
            close(order, books.sale.parcels[-1].shipped_at)
        for refund in books.sale.refunds:
            if books.invoices and refund.credited_at is not None and refund.status == "SUCCESS" and refund.total:
                self.credit(books, refund, refund.credited_at)

    def booked(self, sale: Sale) -> list[Booked]:
        """The sale's lines in items: sets taken apart, removed units left out."""
        return [part for line in sale.lines if line.kept for part in self.booked_line(line)]

    def booked_line(self, line: SaleLine) -> list[Booked]:
        net, tax = line.kept_gross - line.kept_tax, line.kept_tax
        recipe = self.business.recipes.get(line.sku)
        if recipe is None:
            return [
                Booked(line.sku, line.title, line.kept, net, tax, line.rate, line.warehouse, line.discount, origin=line)
            ]
        items = self.business.items
        if recipe.kind == "kit":
            parent = Booked(
                line.sku, line.title, line.kept, net, tax, line.rate, line.warehouse, line.discount, "iSalesTree", line
            )
            parts = [
                Booked(code, items[code].title, count * line.kept, ZERO, ZERO, line.rate, line.warehouse, ZERO,
                       "iIngredient", line)
                for code, count in recipe.parts
            ]  # fmt: skip
            return [parent, *parts]
        weights = [net_price(items[code]) * count for code, count in recipe.parts]
        nets, taxes = shares(net, weights), shares(tax, weights)
        return [
            Booked(code, items[code].title, count * line.kept, nets[n], taxes[n], line.rate, line.warehouse,
                   origin=line)
            for n, (code, count) in enumerate(recipe.parts)
        ]  # fmt: skip

    def document(
        self, entity_set: str, sale: Sale | None, at: datetime, booked: list[Booked], *, reference: str | None = None
    ) -> Doc:
        """A new open document with these lines; `reference` None takes the sale's number."""
        entry = self.ids.next(f"b1 {entity_set}")
        local = to_zone(at, _ZONE)
        name = "Drafts" if entity_set == "Drafts" else _OBJECTS[entity_set][0]
        doc: Doc = {
            "DocEntry": entry,
            "DocNum": SERIES[entity_set] * 1_000_000 + entry,
            "Series": SERIES[entity_set],
            "DocObjectCode": "oOrders" if entity_set == "Drafts" else name,
            "DocType": "dDocument_Items",
            "CardCode": CARD_CODE,
            "CardName": "Shopify UK",
            "NumAtCard": sale.ref if reference is None and sale else reference,
            "DocDate": local.date(),
            "DocDueDate": local.date(),
            "TaxDate": local.date(),
            "CreationDate": local.date(),
            "DocTime": f"{local:%H:%M:%S}",
            "UpdateDate": local.date(),
            "UpdateTime": f"{local:%H:%M:%S}",
            "DocumentStatus": "bost_Open",
            "Cancelled": "tNO",
            "CancelStatus": "csNo",
            "DocCurrency": CURRENCY,
            "DocRate": Decimal(1),
            "TotalDiscount": ZERO,
            "DiscountPercent": ZERO,
            "Rounding": "tNO",
            "RoundingDiffAmount": ZERO,
            "PaidToDate": ZERO,
            "ReserveInvoice": "tNO",
            "AuthorizationStatus": "dasWithout",
            "TrackingNumber": None,
            "TransportationCode": None,
            "DataVersion": 1,
            "DocumentLines": [line_of(number, part) for number, part in enumerate(booked)],
            "DocumentAdditionalExpenses": [],
        }
        return retotal(doc)

    def add_freight(self, doc: Doc, sale: Sale) -> None:
        """The sale's shipping and tip as additional expenses."""
        if sale.shipping:
            add_expense(doc, SHIPPING, sale.shipping_net, sale.shipping_tax, sale.shipping_rate)
        if sale.tip:
            add_expense(doc, TIP, sale.tip, ZERO, ZERO)

    def follow(self, entity_set: str, base: Doc, base_code: int, at: datetime, lines: list[Doc]) -> Doc:
        """A document that draws these lines from a base document."""
        doc = self.document(entity_set, None, at, [], reference=base["NumAtCard"])
        doc["DocumentLines"] = [
            {**line, "LineNum": number, "BaseType": base_code, "BaseEntry": base["DocEntry"],
             "BaseLine": line["LineNum"], "RemainingOpenQuantity": line["Quantity"], "LineStatus": "bost_Open"}
            for number, line in enumerate(lines)
        ]  # fmt: skip
        return retotal(doc)

    def deliver(self, order: Doc, parcel: Parcel, lines: list[Doc], *, with_freight: bool) -> tuple[Doc, Doc]:
        """Delivery and invoice of a parcel."""
        delivery = self.follow("DeliveryNotes", order, 17, parcel.shipped_at, lines)
        delivery["TrackingNumber"] = parcel.tracking
        delivery["TransportationCode"] = parcel.carrier
        if with_freight:
            copy_expenses(order, delivery)
        invoiced_at = parcel.shipped_at + timedelta(minutes=4)
        invoice = self.follow("Invoices", delivery, 15, invoiced_at, delivery["DocumentLines"])
        copy_expenses(delivery, invoice)
        close(delivery, invoiced_at)
        return delivery, invoice

    def _dispatch(self, books: SaleBooks, order: Doc, parcel: Parcel, *, with_freight: bool) -> None:
        packed = {id(line) for line, _ in parcel.lines}
        booked = self.booked(books.sale)
        lines = [
            doc_line
            for doc_line, part in zip(order["DocumentLines"], booked, strict=True)
            if id(part.origin) in packed or (with_freight and part.origin and part.origin.kind == "gift_card")
        ]
        delivery, invoice = self.deliver(order, parcel, lines, with_freight=with_freight)
        books.deliveries.append(delivery)
        books.invoices.append(invoice)

    def credit(self, books: SaleBooks, refund: Refund, at: datetime) -> None:
        """The credit memo of a refund, drawn from the invoice, or from the return when the goods came back first."""
        base, base_code = books.invoices[0], 13
        parts = [(part, base_line(books.invoices, part.line)) for part in refund.lines]
        if refund.goods_back_at and all(line for _, line in parts):
            back = self.document("Returns", books.sale, refund.goods_back_at, [])
            for number, (part, line) in enumerate(parts):
                delivery = books.deliveries[books.invoices.index(line[0])] if line else books.deliveries[0]
                back["DocumentLines"].append(credit_line(number, part, 15, delivery, line[1] if line else 0))
            retotal(back)
            close(back, at)
            books.returns.append(back)
            base, base_code = back, 16
        memo = self.document("CreditNotes", books.sale, at, [])
        for number, (part, line) in enumerate(parts):
            if base_code == 16:
                memo["DocumentLines"].append(credit_line(number, part, 16, base, number))
            else:
                memo["DocumentLines"].append(
                    credit_line(number, part, 13, line[0] if line else base, line[1] if line else 0)
                )
        if refund.shipping:
            rate = books.sale.shipping_rate
            add_expense(memo, SHIPPING, refund.shipping - refund.shipping_tax, refund.shipping_tax, rate)
        if refund.adjustment:
            add_expense(memo, GOODWILL, refund.adjustment, ZERO, ZERO)
        memo["U_RefundId"] = str(refund.refund_id)
        memo["U_PaymentId"] = str(refund.transaction)
        memo["U_ReturnReason"] = refund.reason
        books.credit_memos.append(retotal(memo))

    def old_credit(self, credit: OldCredit) -> Doc:
        """A credit memo for an order from before the history, without base document."""
        booked = []
        for code, quantity, gross, rate in credit.lines:
            tax = tax_inside(gross, rate)
            title = self.business.items[code].title
            booked.append(Booked(code, title, quantity, gross - tax, tax, rate, "09"))
        memo = self.document("CreditNotes", None, credit.at, booked, reference=credit.reference)
        if credit.shipping:
            add_expense(memo, SHIPPING, credit.shipping, ZERO, ZERO)
        if credit.goodwill:
            add_expense(memo, GOODWILL, credit.goodwill, ZERO, ZERO)
        memo["U_ReturnReason"] = "sold before this history begins"
        return retotal(memo)


def net_price(item: Item) -> Decimal:
    """The item's price in price list 1, which is without tax."""
    return item.price - tax_inside(item.price, item.rate)


def vat_group(rate: Decimal) -> str:
    return "O1" if rate else "O0"


def line_of(number: int, part: Booked) -> Doc:
    """A document line; prices have six decimals, so that price times quantity is the net again."""
    before = part.net + part.discount - tax_inside(part.discount, part.rate)
    percent = ((before - part.net) * 100 / before).quantize(_PERCENT) if part.discount and before else ZERO
    return {
        "LineNum": number,
        "ItemCode": part.item_code,
        "ItemDescription": part.title,
        "Quantity": part.quantity,
        "InventoryQuantity": part.quantity,
        "RemainingOpenQuantity": part.quantity,
        "WarehouseCode": part.warehouse,
        "UnitPrice": (before / part.quantity).quantize(_MICRO),
        "Price": (part.net / part.quantity).quantize(_MICRO),
        "DiscountPercent": percent,
        "PriceAfterVAT": ((part.net + part.tax) / part.quantity).quantize(_MICRO),
        "LineTotal": part.net,
        "TaxTotal": part.tax,
        "TaxPercentagePerRow": part.rate * 100,
        "VatGroup": vat_group(part.rate),
        "Currency": CURRENCY,
        "LineStatus": "bost_Open",
        "TreeType": part.tree,
        "BaseType": -1,
        "BaseEntry": None,
        "BaseLine": None,
    }


def reprice(line: Doc, *, quantity: int | None = None, net: Decimal | None = None, tax: Decimal | None = None) -> None:
    """Give a line another quantity, net or tax; prices follow."""
    if quantity is not None:
        line["Quantity"] = line["InventoryQuantity"] = quantity
        if line["RemainingOpenQuantity"]:
            line["RemainingOpenQuantity"] = quantity
    line["LineTotal"] = line["LineTotal"] if net is None else net
    line["TaxTotal"] = line["TaxTotal"] if tax is None else tax
    line["Price"] = (line["LineTotal"] / line["Quantity"]).quantize(_MICRO)
    line["UnitPrice"], line["DiscountPercent"] = line["Price"], ZERO
    line["PriceAfterVAT"] = ((line["LineTotal"] + line["TaxTotal"]) / line["Quantity"]).quantize(_MICRO)


def credit_line(number: int, part: Any, base_code: int, base: Doc, base_line_number: int) -> Doc:
    """A line of a return or credit memo for refunded units."""
    booked = Booked(
        part.line.sku, part.line.title, part.quantity, part.net, part.tax, part.line.rate, part.line.warehouse
    )
    line = line_of(number, booked)
    line["BaseType"], line["BaseEntry"], line["BaseLine"] = base_code, base["DocEntry"], base_line_number
    return line


def base_line(invoices: list[Doc], line: SaleLine) -> tuple[Doc, int] | None:
    """The invoice line a sold line ended on."""
    for invoice in invoices:
        for doc_line in invoice["DocumentLines"]:
            if doc_line["ItemCode"] == line.sku:
                return invoice, int(doc_line["LineNum"])
    return None


def add_expense(doc: Doc, code: int, net: Decimal, tax: Decimal, rate: Decimal) -> None:
    """Freight, goodwill or tip on top of the lines."""
    doc["DocumentAdditionalExpenses"].append(
        {
            "LineNum": len(doc["DocumentAdditionalExpenses"]),
            "ExpenseCode": code,
            "LineTotal": net,
            "TaxSum": tax,
            "LineGross": net + tax,
            "TaxPercent": rate * 100,
            "VatGroup": vat_group(rate),
            "DistributionMethod": "aedm_None",
        }
    )
    retotal(doc)


def copy_expenses(base: Doc, doc: Doc) -> None:
    doc["DocumentAdditionalExpenses"] = [dict(expense) for expense in base["DocumentAdditionalExpenses"]]
    retotal(doc)


def retotal(doc: Doc) -> Doc:
    """Header tax and total from lines, expenses, header discount and rounding."""
    lines, expenses = doc["DocumentLines"], doc["DocumentAdditionalExpenses"]
    net = sum((line["LineTotal"] for line in lines), ZERO) + sum((e["LineTotal"] for e in expenses), ZERO)
    doc["VatSum"] = sum((line["TaxTotal"] for line in lines), ZERO) + sum((e["TaxSum"] for e in expenses), ZERO)
    doc["DocTotal"] = net - doc["TotalDiscount"] + doc["VatSum"] + doc["RoundingDiffAmount"]
    return doc


def stamp(doc: Doc, at: datetime) -> None:
    """The document was changed at this moment."""
    local = to_zone(at, _ZONE)
    doc["UpdateDate"], doc["UpdateTime"] = local.date(), f"{local:%H:%M:%S}"
    doc["DataVersion"] += 1


def close(doc: Doc, at: datetime) -> None:
    """Nothing is left open on the document."""
    doc["DocumentStatus"] = "bost_Close"
    for line in doc["DocumentLines"]:
        line["LineStatus"], line["RemainingOpenQuantity"] = "bost_Close", 0
    stamp(doc, at)


def cancel(doc: Doc, at: datetime) -> None:
    """The document was cancelled in B1; an order has no cancelling counterpart."""
    close(doc, at)
    doc["Cancelled"], doc["CancelStatus"] = "tYES", "csYes"
