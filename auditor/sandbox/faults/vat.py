"""Wrong tax rates and tax codes on documents, and VAT that somebody else owes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

from auditor.money import ZERO
from auditor.sandbox.basics import penny
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.documents import OTHER_STANDARD, RAISED, REDUCED, ZERO_CODE, Doc, raised_on, reprice, retotal
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.memos import company_day
from auditor.sandbox.faults.tax import TaxCase, first_taxed, gap
from auditor.sandbox.sale import Sale, SaleLine


def line_of(doc: Doc, sold: SaleLine) -> Doc:
    found: Doc = next(one for one in doc["DocumentLines"] if one["ItemCode"] == sold.sku)
    return found


# ---- tax_code_mismatch ----


class ReducedRate(TaxCase):
    """One line at 5 % instead of 20 %."""

    check = "tax_code_mismatch"
    cause: ClassVar[str | None] = "other_rate"
    note = "the item's tax code in B1 is that of the reduced rate"
    rate: ClassVar[Decimal] = Decimal("0.05")
    code: ClassVar[str] = REDUCED

    def line_tax(self, sold: SaleLine) -> Decimal:
        return penny(sold.net * self.rate)

    def change(self, doc: Doc, sale: Sale) -> None:
        sold = first_taxed(sale)
        line = line_of(doc, sold)
        reprice(line, tax=self.line_tax(sold))
        line["VatGroup"], line["TaxPercentagePerRow"] = self.code, self.rate * 100
        retotal(doc)

    def money(self, sale: Sale) -> Decimal:
        sold = first_taxed(sale)
        return abs(sold.tax - self.line_tax(sold))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, f"{books.sale.key}:{first_taxed(books.sale).sku}", self.money(books.sale))


class OtherCode(ReducedRate):
    note, cause = "the rate is right, the tax code is another one", "other_code"

    def change(self, doc: Doc, sale: Sale) -> None:
        line_of(doc, first_taxed(sale))["VatGroup"] = OTHER_STANDARD

    def money(self, sale: Sale) -> Decimal:
        return ZERO


class RateRaisedMeanwhile(ReducedRate):
    """The code's rate is raised on a day; the order was placed before it and invoiced on or after it."""

    owner, cause = "", None
    note = "the rate was raised between the order and the invoice"
    rate, code = Decimal("0.21"), RAISED

    def fits(self, sale: Sale, story: Story) -> bool:
        if not super().fits(sale, story):
            return False
        return (
            company_day(sale.placed_at)
            < raised_on(story.business.now.date())
            <= company_day(sale.parcels[0].shipped_at)
        )

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        for check in ("tax_amount_error", "tax_rounding_document"):
            yield self.alike(books, books.sale.key, check)
        yield self.alike(books, f"{books.sale.key}:{first_taxed(books.sale).sku}")


# ---- marketplace_vat_treatment ----


def take_tax_off(doc: Doc) -> None:
    """The whole document is booked as if nothing were taxed."""
    for line in doc["DocumentLines"]:
        reprice(line, tax=ZERO)
        line["VatGroup"], line["TaxPercentagePerRow"] = ZERO_CODE, ZERO
    for expense in doc["DocumentAdditionalExpenses"]:
        expense["TaxSum"], expense["LineGross"] = ZERO, expense["LineTotal"]
        expense["VatGroup"], expense["TaxPercent"] = ZERO_CODE, ZERO
    retotal(doc)


class TaxedTwice(TaxCase):
    check = "marketplace_vat_treatment"
    cause: ClassVar[str | None] = "collected_by_channel"
    note = "the shop collected the VAT and pays it, B1 books it as the seller's"
    needs: ClassVar[frozenset[Ability]] = frozenset({"tax", "collects_tax"})

    def happen(self, sale: Sale, story: Story) -> None:
        sale.is_tax_collected = True

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        """As for any other order: that is what is wrong."""

    def money(self, sale: Sale) -> Decimal:
        return sale.tax


class TaxedByShop(TaxedTwice):
    owner, cause = "", None
    note = "the shop collected the VAT and pays it, B1 books none"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            take_tax_off(doc)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, books.sale.key)


class TaxedByNobody(TaxCase):
    check = "marketplace_vat_treatment"
    cause: ClassVar[str | None] = "owed_by_seller"
    note = "booked as if the shop had collected the VAT, which it did not"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.tax > gap(sale)

    def change(self, doc: Doc, sale: Sale) -> None:
        take_tax_off(doc)

    def money(self, sale: Sale) -> Decimal:
        return sale.tax


VAT_FAULTS: tuple[type[Case], ...] = (ReducedRate, TaxedTwice, TaxedByNobody, OtherCode)
VAT_LOOK_ALIKES: tuple[type[Case], ...] = (RateRaisedMeanwhile, TaxedByShop)
