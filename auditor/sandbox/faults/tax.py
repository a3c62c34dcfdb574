"""Tax that differs although the taxed amounts agree: checks 14 (rounding) and 15 (error)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

from auditor.money import ZERO, explainable_tax_gap
from auditor.sandbox.basics import PENNY, STANDARD, penny
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.documents import SHIPPING, Doc, reprice, retotal
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.sale import Sale, SaleLine

_ONE_POUND = Decimal("1.00")


def gap(sale: Sale) -> Decimal:
    """What rounding alone can explain on this order."""
    return explainable_tax_gap(len(sale.lines) + bool(sale.shipping), PENNY)


def per_document(sale: Sale) -> Decimal:
    """Tax computed once on the sum of the standard-rated nets, as B1 may do it."""
    net = sum((line.net for line in sale.lines if line.rate), ZERO)
    if sale.shipping_rate:
        net += sale.shipping_net
    return penny(net * STANDARD)


class TaxCase(Case):
    owner = "FIN"
    needs: ClassVar[frozenset[Ability]] = frozenset({"tax"})

    def change(self, doc: Doc, sale: Sale) -> None:
        raise NotImplementedError

    def money(self, sale: Sale) -> Decimal:
        raise NotImplementedError

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        for doc in books.forward():
            self.change(doc, books.sale)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, self.money(books.sale))


# ---- tax_rounding_document ----


class RoundingCase(TaxCase):
    """The tax of a document strays by what rounding can make; its month may be a finding that carries the money."""

    check = "tax_rounding_document"

    def __init__(self) -> None:
        self.is_below = False
        self.also: list[Fact] = []

    def stray(self, sale: Sale) -> Decimal:
        """B1's tax less the shop's."""
        raise NotImplementedError

    def money(self, sale: Sale) -> Decimal:
        return ZERO if self.is_below else abs(self.stray(sale))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield from super().facts(books)
        yield from self.also


class RoundedOnce(RoundingCase):
    cause: ClassVar[str | None] = "rounding_method"
    note = "B1 rounds tax once per document, the shop per line"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and ZERO < abs(self.stray(sale)) <= gap(sale)

    def change(self, doc: Doc, sale: Sale) -> None:
        doc["DocTotal"] += per_document(sale) - doc["VatSum"]
        doc["VatSum"] = per_document(sale)

    def stray(self, sale: Sale) -> Decimal:
        return per_document(sale) - sale.tax


def first_taxed(sale: Sale) -> SaleLine:
    return next(line for line in sale.lines if line.rate)


class PennyBetweenNetAndTax(RoundingCase):
    note = "the same gross, a penny more of it taken for tax"

    def change(self, doc: Doc, sale: Sale) -> None:
        line = next(one for one in doc["DocumentLines"] if one["ItemCode"] == first_taxed(sale).sku)
        reprice(line, net=line["LineTotal"] - PENNY, tax=line["TaxTotal"] + PENNY)
        retotal(doc)

    def stray(self, sale: Sale) -> Decimal:
        return PENNY


class TaxCutOff(RoundingCase):
    note = "the tax of a line was cut off instead of rounded"

    def change(self, doc: Doc, sale: Sale) -> None:
        line = next(one for one in doc["DocumentLines"] if one["ItemCode"] == first_taxed(sale).sku)
        reprice(line, tax=line["TaxTotal"] - PENNY)
        retotal(doc)

    def stray(self, sale: Sale) -> Decimal:
        return -PENNY


# ---- tax_amount_error ----


class ShippingUntaxed(TaxCase):
    check = "tax_amount_error"
    note = "shipping was booked without tax"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.shipping_tax > gap(sale)

    def change(self, doc: Doc, sale: Sale) -> None:
        for expense in doc["DocumentAdditionalExpenses"]:
            if expense["ExpenseCode"] == SHIPPING:
                expense["TaxSum"], expense["LineGross"] = ZERO, expense["LineTotal"]
        retotal(doc)

    def money(self, sale: Sale) -> Decimal:
        return sale.shipping_tax


class TaxBeforeDiscount(TaxCase):
    check = "tax_amount_error"
    note = "tax was computed on the price before discount"

    def target(self, sale: Sale) -> SaleLine:
        return max(sale.lines, key=lambda line: line.discount * line.rate)

    def more(self, sale: Sale) -> Decimal:
        return penny(self.target(sale).discount * STANDARD / (1 + STANDARD))

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and bool(self.target(sale).rate) and self.more(sale) > gap(sale)

    def change(self, doc: Doc, sale: Sale) -> None:
        line = next(one for one in doc["DocumentLines"] if one["ItemCode"] == self.target(sale).sku)
        line["TaxTotal"] += self.more(sale)
        retotal(doc)

    def money(self, sale: Sale) -> Decimal:
        return self.more(sale)


class HeaderTaxTyped(TaxCase):
    check = "tax_amount_error"
    note = "the document's tax was overwritten by hand, a pound too much"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and gap(sale) < _ONE_POUND

    def change(self, doc: Doc, sale: Sale) -> None:
        doc["VatSum"] += _ONE_POUND
        doc["DocTotal"] += _ONE_POUND

    def money(self, sale: Sale) -> Decimal:
        return _ONE_POUND


TAX_CASES: tuple[type[Case], ...] = (
    RoundedOnce, ShippingUntaxed, PennyBetweenNetAndTax, TaxBeforeDiscount, TaxCutOff, HeaderTaxTyped,
)  # fmt: skip
