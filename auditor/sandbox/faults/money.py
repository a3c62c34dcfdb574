"""Money booked as something else: other currencies, gift cards as revenue or discounts, payments not applied."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from auditor.clock import to_zone
from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, TIMEZONE, penny
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability, Item
from auditor.sandbox.documents import GOODWILL, REVENUE, Doc, add_expense
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.totals import GiftCardTender
from auditor.sandbox.sale import Sale, SaleLine
from auditor.sandbox.treasury import BANK

_ZONE = ZoneInfo(TIMEZONE)
_OLD_CARD = "GIFTCARD-OLD"
_POUND_IN_EUROS = Decimal("1.16")
_EURO_IN_POUNDS = Decimal("0.86")


# ---- order_currency_mismatch ----


class InEuros(Case):
    """B1 keeps a foreign document's amounts beside their value in pounds."""

    check, owner = "order_currency_mismatch", "FIN"
    cause, note = "same_amount_other_currency", "booked as so many euros instead of pounds"
    factor: ClassVar[Decimal] = Decimal(1)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            abroad(doc, self.factor)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, abs(books.orders[0]["DocTotal"] - books.sale.total))


class ConvertedToEuros(InEuros):
    cause, note = "converted", "converted into euros at a rate that gives less pounds"
    factor = _POUND_IN_EUROS


def abroad(doc: Doc, factor: Decimal) -> None:
    """The document in euros: `factor` of each amount, and what that is in pounds."""

    def change(row: dict[str, Any], local: str, foreign: str) -> None:
        row[foreign] = penny(row[local] * factor)
        row[local] = penny(row[foreign] * _EURO_IN_POUNDS)

    doc["DocCurrency"], doc["DocRate"] = "EUR", _EURO_IN_POUNDS
    for local, foreign in (("DocTotal", "DocTotalFc"), ("VatSum", "VatSumFc")):
        change(doc, local, foreign)
    for line in doc["DocumentLines"]:
        line["Currency"] = "EUR"
        change(line, "LineTotal", "RowTotalFC")
        change(line, "TaxTotal", "NetTaxAmountFC")
    for expense in doc["DocumentAdditionalExpenses"]:
        change(expense, "LineTotal", "LineTotalFC")
        change(expense, "TaxSum", "TaxSumFC")


# ---- gift_card_revenue ----


class CardOnRevenue(Case):
    check, owner = "gift_card_revenue", "FIN"
    cause: ClassVar[str | None] = "revenue_account"
    note = "a gift card was booked where goods are booked"
    needs: ClassVar[frozenset[Ability]] = frozenset({"gift_cards"})
    sku: ClassVar[str] = "GIFTCARD"

    def happen(self, sale: Sale, story: Story) -> None:
        number = story.business.ids.next("line", 7_000_001)
        self.card = SaleLine(number, self.sku, "Gift card", 1, Decimal(25), ZERO, sale.lines[0].warehouse)
        self.card.kind = "gift_card"
        sale.lines.append(self.card)
        sale.payments[0].amount = sale.total

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            for line in doc["DocumentLines"]:
                line["AccountCode"] = REVENUE

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, f"{books.sale.key}:{self.card.line_id}", self.card.gross)


class CardAsGoods(CardOnRevenue):
    cause, note = "booked_as_goods", "the item behind a gift card is an ordinary one"
    sku = _OLD_CARD

    def happen(self, sale: Sale, story: Story) -> None:
        items = story.business.items
        if self.sku not in items:
            items[self.sku] = Item(
                self.sku, "Gift card, old", Decimal(25), ZERO, len(items) + 90, is_stocked=False, is_listed=False,
                is_tracked=False,
            )  # fmt: skip
        super().happen(sale, story)


class CardAsDiscount(GiftCardTender):
    check, owner = "gift_card_revenue", "FIN"
    cause, note = "taken_as_discount", "what the gift card paid was taken off in B1"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            add_expense(doc, GOODWILL, Decimal("-5.00"), ZERO, ZERO)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, f"{books.sale.key}:tender", Decimal("5.00"))


class PromotionalCard(CardOnRevenue):
    check, note, owner, cause = "gift_card_revenue", "a gift card given away for nothing, beside the goods", "", None

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        self.card.unit_price = ZERO
        self.card.price()
        sale.payments[0].amount = sale.total

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, f"{books.sale.key}:*")
        yield self.alike(books, f"{books.sale.key}:*", "order_line_mismatch")


# ---- order_payment_unapplied ----


class ByTransfer(Case):
    """Paid by bank transfer, which no provider pays out: B1 must apply each payment to its invoice."""

    check, note = "order_payment_unapplied", "paid by transfer, and the payment stands on the invoice"
    part: ClassVar[Decimal] = Decimal(1)
    """How much of the invoice was settled with the payment."""

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.shop.kind in ("shopify", "bigcommerce", "magento")

    def happen(self, sale: Sale, story: Story) -> None:
        sale.gateway = "manual"
        sale.payments[0].gateway = "manual"

    def applied(self, books: SaleBooks) -> Decimal:
        return penny(Decimal(books.invoices[0]["DocTotal"]) * self.part)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        amount = self.applied(books)
        books.invoices[0]["PaidToDate"] = amount
        self.receive(books, keeper, amount, amount)

    def receive(self, books: SaleBooks, keeper: Bookkeeper, amount: Decimal, applied: Decimal) -> None:
        """The incoming payment: its amount, and how much of it is set against the invoice."""
        at = books.sale.parcels[0].shipped_at + timedelta(hours=20)
        invoice, entry = books.invoices[0], keeper.ids.next("b1 incoming payment")
        rows = [{"LineNum": 0, "DocEntry": invoice["DocEntry"], "SumApplied": applied, "InvoiceType": "it_Invoice"}]
        day = to_zone(at, _ZONE).date()
        books.later.append(
            (
                at,
                "IncomingPayments",
                {
                    "DocEntry": entry,
                    "DocNum": 2_000_000 + entry,
                    "DocType": "rCustomer",
                    "CardCode": books.sale.shop.card_code,
                    "DocDate": day,
                    "TaxDate": day,
                    "DueDate": day,
                    "DocCurrency": CURRENCY,
                    "DocRate": Decimal(1),
                    "CashSum": ZERO,
                    "TransferSum": amount,
                    "TransferAccount": BANK,
                    "TransferDate": day,
                    "TransferReference": books.sale.ref,
                    "CounterReference": None,
                    "Reference1": str(entry),
                    "Reference2": None,
                    "Remarks": books.sale.shop.name,
                    "JournalRemarks": books.sale.shop.name,
                    "Cancelled": "tNO",
                    "PaymentInvoices": rows if applied else [],
                    "PaymentChecks": [],
                    "PaymentCreditCards": [],
                    "PaymentAccounts": [],
                },
            )
        )


class TransferNotBooked(ByTransfer):
    owner = "FIN"
    cause, note = "payment_missing", "paid by transfer, and nobody booked the payment"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        """Nothing was booked."""

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.invoices[0]["DocTotal"] - books.invoices[0]["PaidToDate"])


class TransferOnAccount(TransferNotBooked):
    cause, note = "payment_on_account", "the payment was booked on the customer's account and not on the invoice"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        self.receive(books, keeper, books.invoices[0]["DocTotal"], ZERO)


class TransferInPart(TransferNotBooked):
    cause, note = "applied_in_part", "the payment was booked with only half its amount"
    part = Decimal("0.5")

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        ByTransfer.in_books(self, books, keeper)


WRONG_MONEY: tuple[type[Case], ...] = (
    InEuros, CardOnRevenue, TransferNotBooked, ConvertedToEuros, CardAsDiscount, TransferInPart, CardAsGoods,
    TransferOnAccount,
)  # fmt: skip
RIGHT_MONEY: tuple[type[Case], ...] = (ByTransfer, PromotionalCard)
