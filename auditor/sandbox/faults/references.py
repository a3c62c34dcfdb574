"""Documents that cannot be traced to an order: check 3."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from auditor.sandbox import life
from auditor.sandbox.basics import STANDARD
from auditor.sandbox.books import MANUAL_SERIES, Bookkeeper, SaleBooks
from auditor.sandbox.documents import Booked, Doc, cancel
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.sale import Sale


def by_hand(keeper: Bookkeeper, sale: Sale, reference: str | None, price: Decimal) -> Doc:
    """A sales order that somebody typed in: one item, no order of the shop behind it."""
    line = sale.lines[0]
    tax = (price * STANDARD).quantize(Decimal("0.01"))
    booked = Booked(line.sku, line.title, 1, price, tax, STANDARD, line.warehouse)
    return keeper.document("Orders", sale.shop, sale.placed_at + timedelta(hours=2), [booked], reference or "")


class ReferenceNeverWritten(Case):
    check, owner = "order_reference_missing", "INT"
    note = "sales order without reference; delivery and invoice inherit the gap"
    text: str | None = None

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and story.is_unmistakable(sale)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            doc["NumAtCard"] = self.text

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        order = books.orders[0]
        yield self.found(books, f"order:{order['DocEntry']}", order["DocTotal"])
        note = "posted without reference, found by its content"
        yield self.alike(books, books.sale.key, "order_missing_in_b1", note)


class ReferenceMalformed(ReferenceNeverWritten):
    note = "'WEB ORDER' where the reference should be"
    text = "WEB ORDER"


class LostOnDelivery(Case):
    check, owner = "order_reference_missing", "INT"
    note = "the reference got lost between order and delivery"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.deliveries[0]["NumAtCard"] = ""

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        delivery = books.deliveries[0]
        yield self.found(books, f"delivery:{delivery['DocEntry']}", delivery["DocTotal"])


class LostOnInvoice(Case):
    check, owner = "order_reference_missing", "INT"
    note = "the reference got lost between delivery and invoice"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.invoices[0]["NumAtCard"] = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        invoice = books.invoices[0]
        yield self.found(books, f"invoice:{invoice['DocEntry']}", invoice["DocTotal"])


class LostOnCreditMemo(Case):
    check, owner = "order_reference_missing", "INT"
    note = "credit memo without reference"
    with_return = False

    def happen(self, sale: Sale, story: Story) -> None:
        line = sale.lines[0]
        at = sale.parcels[0].shipped_at + timedelta(hours=26)
        given = life.refund(sale, at, [(line, line.quantity)], story.business.ids, story.rng)
        if self.with_return:
            given.goods_back_at = at + timedelta(minutes=3)
            given.return_id = story.business.ids.next("return", 66_001)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.credit_memos[0]["NumAtCard"] = ""

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        memo = books.credit_memos[0]
        yield self.found(books, f"credit_memo:{memo['DocEntry']}", memo["DocTotal"])


class LostOnReturn(LostOnCreditMemo):
    note = "return without reference"
    with_return = True

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.returns[0]["NumAtCard"] = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        back = books.returns[0]
        yield self.found(books, f"return:{back['DocEntry']}", back["DocTotal"])


class TypedByHand(Case):
    check, owner = "order_reference_missing", "INT"
    note = "typed into the shop's customer without a reference"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.orders.append(by_hand(keeper, books.sale, None, books.sale.total + Decimal("1000.37")))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        order = books.orders[-1]
        yield self.found(books, f"order:{order['DocEntry']}", order["DocTotal"])


class ManualSeries(Case):
    check, note = "order_reference_missing", "telephone order in the series for telephone orders"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        order = by_hand(keeper, books.sale, None, books.sale.total + Decimal("1200.11"))
        order["Series"] = MANUAL_SERIES
        books.orders.append(order)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, f"order:{books.orders[-1]['DocEntry']}")


class TradeCustomer(ManualSeries):
    note = "a trade customer's order has no reference of the shop"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        order = by_hand(keeper, books.sale, None, books.sale.total + Decimal("1300.19"))
        order["CardCode"], order["CardName"] = "C-TRADE", "Pennine Gift Wholesale"
        books.orders.append(order)


class CancelledWithoutReference(ManualSeries):
    note = "cancelled in B1 on the same day"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        order = by_hand(keeper, books.sale, None, books.sale.total + Decimal("1400.23"))
        cancel(order, books.sale.placed_at + timedelta(hours=4))
        books.orders.append(order)


UNTRACEABLE: tuple[type[Case], ...] = (
    ReferenceNeverWritten, LostOnInvoice, ReferenceMalformed, LostOnDelivery, LostOnCreditMemo, LostOnReturn,
    TypedByHand,
)  # fmt: skip
TRACEABLE: tuple[type[Case], ...] = (ManualSeries, TradeCustomer, CancelledWithoutReference)
