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
from zoneinfo import ZoneInfo

from auditor.clock import to_zone
from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, TIMEZONE, shares, tax_inside
from auditor.sandbox.business import Business, OldCredit
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.documents import (
    GOODWILL,
    SHIPPING,
    TIP,
    Booked,
    Doc,
    add_expense,
    base_line,
    cancel,
    close,
    copy_expenses,
    credit_line,
    line_of,
    net_price,
    retotal,
    stamp,
)
from auditor.sandbox.sale import Parcel, Refund, Sale, SaleLine

SERIES = {"Orders": 11, "DeliveryNotes": 12, "Invoices": 13, "CreditNotes": 14, "Returns": 15, "Drafts": 16}
MANUAL_SERIES = 77
PACKAGE_ID = "U_PackageId"
_OBJECTS = {
    "Orders": ("oOrders", 17),
    "DeliveryNotes": ("oDeliveryNotes", 15),
    "Invoices": ("oInvoices", 13),
    "Returns": ("oReturns", 16),
    "CreditNotes": ("oCreditNotes", 14),
}
_ZONE = ZoneInfo(TIMEZONE)


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
    payments: list[Doc] = field(default_factory=list)
    """Outgoing payments."""
    journals: list[Doc] = field(default_factory=list)
    later: list[tuple[datetime, str, Doc]] = field(default_factory=list)
    """Documents that the middleware makes or changes after the sandbox's first moment: when, entity set, body."""

    def sets(self) -> Iterable[tuple[str, list[Doc]]]:
        yield "Orders", self.orders
        yield "DeliveryNotes", self.deliveries
        yield "Invoices", self.invoices
        yield "Returns", self.returns
        yield "CreditNotes", self.credit_memos
        yield "Drafts", self.drafts
        yield "VendorPayments", self.payments
        yield "JournalEntries", self.journals

    def forward(self) -> list[Doc]:
        """Order, deliveries and invoices: the documents that repeat the sale's amounts."""
        return [*self.orders, *self.deliveries, *self.invoices]


class Bookkeeper:
    """Makes documents and hands out their numbers."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self.ids = business.ids
        self._shops = {shop.card_code: shop for shop in business.shops}

    def shop_of(self, doc: Doc) -> Shop:
        return self._shops[doc["CardCode"]]

    def books(self, sale: Sale) -> SaleBooks:
        """The documents of a sale that is handled rightly."""
        books = SaleBooks(sale)
        if sale.posted_at is None:
            return books
        booked = self.booked(sale)
        order = self.document("Orders", sale.shop, sale.posted_at, booked, sale.ref)
        order["DocDueDate"] = to_zone(sale.ship_by_at, _ZONE).date()
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
            elif books.invoices and refund.goods_back_at is not None:
                self.take_back(books, refund, refund.goods_back_at)

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

    def document(self, entity_set: str, shop: Shop, at: datetime, booked: list[Booked], reference: str | None) -> Doc:
        """A new open document with these lines, on the business partner of the shop."""
        entry = self.ids.next(f"b1 {entity_set}")
        local = to_zone(at, _ZONE)
        name = "Drafts" if entity_set == "Drafts" else _OBJECTS[entity_set][0]
        doc: Doc = {
            "DocEntry": entry,
            "DocNum": SERIES[entity_set] * 1_000_000 + entry,
            "Series": SERIES[entity_set],
            "DocObjectCode": "oOrders" if entity_set == "Drafts" else name,
            "DocType": "dDocument_Items",
            "CardCode": shop.card_code,
            "CardName": shop.name,
            "NumAtCard": reference,
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
            "Confirmed": "tYES",
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
        doc = self.document(entity_set, self.shop_of(base), at, [], base["NumAtCard"])
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
        if to_zone(invoiced_at, _ZONE).date() != delivery["DocDate"]:
            invoiced_at = parcel.shipped_at  # both belong to the day on which the goods left
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
        if "package_ids" in books.sale.shop.can and parcel.told_at is not None:
            self._keep_package_id(books, delivery, books.sale.package_id(parcel), parcel.told_at)

    def _keep_package_id(self, books: SaleBooks, delivery: Doc, package_id: str, at: datetime) -> None:
        """The middleware writes the shop's number of the package onto the delivery when it tells the shop of it."""
        if at <= self.business.now:
            delivery[PACKAGE_ID] = package_id
            return
        soon = {**delivery, PACKAGE_ID: package_id}
        stamp(soon, at)
        books.later.append((at, "DeliveryNotes", soon))

    def take_back(self, books: SaleBooks, refund: Refund, at: datetime) -> Doc | None:
        """The return by which the goods of a refund come into stock; None where a line was booked as something else."""
        parts = [(part, base_line(books.invoices, part.line)) for part in refund.lines]
        if not parts or not all(line for _, line in parts):
            return None
        back = self.document("Returns", books.sale.shop, at, [], books.sale.ref)
        for number, (part, line) in enumerate(parts):
            delivery = books.deliveries[books.invoices.index(line[0])] if line else books.deliveries[0]
            back["DocumentLines"].append(credit_line(number, part, 15, delivery, line[1] if line else 0))
        books.returns.append(retotal(back))
        return back

    def credit(self, books: SaleBooks, refund: Refund, at: datetime) -> None:
        """The credit memo of a refund, drawn from the invoice, or from the return when the goods came back first.

        It is made when the middleware runs, and dated on the day on which the money went back.
        """
        base, base_code = books.invoices[0], 13
        parts = [(part, base_line(books.invoices, part.line)) for part in refund.lines]
        back = self.take_back(books, refund, refund.goods_back_at) if refund.goods_back_at else None
        if back is not None:
            close(back, at)
            base, base_code = back, 16
        memo = self.document("CreditNotes", books.sale.shop, at, [], books.sale.ref)
        memo["DocDate"] = memo["TaxDate"] = memo["DocDueDate"] = to_zone(refund.at, _ZONE).date()
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
        memo = self.document("CreditNotes", credit.shop, credit.at, booked, credit.reference)
        if credit.shipping:
            add_expense(memo, SHIPPING, credit.shipping, ZERO, ZERO)
        if credit.goodwill:
            add_expense(memo, GOODWILL, credit.goodwill, ZERO, ZERO)
        memo["U_ReturnReason"] = "sold before this history begins"
        return retotal(memo)
