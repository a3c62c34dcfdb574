"""Look-alikes that only marketplaces have: what the platform pays, what is called off in part, goods without a sale."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from auditor.money import ZERO
from auditor.sandbox.basics import penny
from auditor.sandbox.books import SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.lines import LineLookAlike, take_off
from auditor.sandbox.sale import Sale


class PlatformPaysPart(Case):
    check, note = "order_total_mismatch", "the platform paid a tenth of the price: the seller is owed all of it"
    needs: ClassVar[frozenset[Ability]] = frozenset({"platform_discount"})

    def happen(self, sale: Sale, story: Story) -> None:
        for line in sale.lines:
            line.platform_discount = penny(line.gross / 10)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield from super().facts(books)
        yield self.alike(books, f"{books.sale.key}:*", "order_line_mismatch")


class UnitCalledOff(LineLookAlike):
    note = "a unit was called off before dispatch, and never booked"
    needs: ClassVar[frozenset[Ability]] = frozenset({"partial_cancel"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and any(line.quantity > 1 and not line.discount for line in sale.lines)

    def happen(self, sale: Sale, story: Story) -> None:
        line = next(line for line in sale.lines if line.quantity > 1 and not line.discount)
        take_off(sale, line, 1)


class LineCalledOff(LineLookAlike):
    note = "one of several lines was called off before dispatch, and never booked"
    needs: ClassVar[frozenset[Ability]] = frozenset({"partial_cancel"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1 and any(line.rate for line in sale.lines[:-1])

    def happen(self, sale: Sale, story: Story) -> None:
        take_off(sale, sale.lines[-1], sale.lines[-1].quantity)


class WithoutSale(Case):
    """Goods that were sent for nothing: no revenue, so no sales order is expected, and no delivery of one."""

    check = "order_missing_in_b1"
    order_kind: ClassVar[Literal["exchange", "replacement", "sample"]]

    def happen(self, sale: Sale, story: Story) -> None:
        sale.posted_at = None
        sale.order_kind = self.order_kind
        sale.shipping = ZERO
        sale.payments.clear()
        for line in sale.lines:
            line.unit_price = line.discount = ZERO
            line.price()

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield from super().facts(books)
        yield self.alike(books, books.sale.key, "shipped_on_channel_not_in_b1")


class ReplacementSent(WithoutSale):
    note = "a replacement for damaged goods, sent for nothing"
    needs: ClassVar[frozenset[Ability]] = frozenset({"exchange_orders"})
    order_kind = "replacement"


class ExchangeSent(WithoutSale):
    note = "the new goods of an exchange, paid for with the first order"
    needs: ClassVar[frozenset[Ability]] = frozenset({"exchange_orders"})
    order_kind = "exchange"


class SampleSent(WithoutSale):
    note = "a free sample for somebody who shows the goods"
    needs: ClassVar[frozenset[Ability]] = frozenset({"sample_orders"})
    order_kind = "sample"


MARKETPLACE_LOOK_ALIKES: tuple[type[Case], ...] = (
    PlatformPaysPart, UnitCalledOff, SampleSent, LineCalledOff, ExchangeSent, ReplacementSent,
)  # fmt: skip
