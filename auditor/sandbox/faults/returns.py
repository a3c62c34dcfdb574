"""Goods that came back: taken into stock or not, paid for or not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.documents import Doc
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.refunds import RefundCase, give_back, onto_gift_card, taken_in
from auditor.sandbox.sale import Sale

_SINCE = timedelta(days=6)
RETURNS_SHELF, NOBODYS_SHELF = "09", "99"


class BackButNotInStock(RefundCase):
    """The shop put the goods back, the credit memo moved no stock."""

    check, owner = "return_stock_not_restored", "OPS"
    cause: ClassVar[str | None] = "no_stock_movement"
    note = "the credit memo was booked without moving stock"
    needs: ClassVar[frozenset[Ability]] = frozenset({"restocks"})

    def fits(self, sale: Sale, story: Story) -> bool:
        shipped = sale.parcels[0].shipped_at if sale.parcels else story.business.now
        return super().fits(sale, story) and shipped + timedelta(hours=26) + _SINCE <= story.business.now

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        self.cost = story.business.items[sale.lines[0].sku].cost * sale.lines[0].quantity

    def change(self, memo: Doc) -> None:
        for line in memo["DocumentLines"]:
            line["WithoutInventoryMovement"] = "tYES"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        self.change(books.credit_memos[0])

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, self.refund(books).refund_id, self.cost)


class BackOnNobodysShelf(BackButNotInStock):
    note, cause = "the goods were booked into a warehouse that belongs to no channel", "other_warehouse"

    def change(self, memo: Doc) -> None:
        for line in memo["DocumentLines"]:
            line["WarehouseCode"] = NOBODYS_SHELF


class BackOntoGiftCard(BackButNotInStock):
    """Nothing is credited, because the money went onto a gift card, and nobody booked the return."""

    note, cause = "paid back onto a gift card; nobody booked the goods", "not_booked"
    needs: ClassVar[frozenset[Ability]] = frozenset({"restocks", "refund_to_gift_card"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.total > sale.lines[0].gross

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        onto_gift_card(sale, story, sale.refunds[-1])

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        """No document is made."""


class OnReturnsShelf(BackButNotInStock):
    owner, cause = "", None
    note = "booked into the returns warehouse: not for sale, but there"

    def change(self, memo: Doc) -> None:
        for line in memo["DocumentLines"]:
            line["WarehouseCode"] = RETURNS_SHELF

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, self.refund(books).refund_id)


class NotPutBack(BackButNotInStock):
    owner, cause = "", None
    note = "damaged goods were not put back on the channel either"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        for part in sale.refunds[-1].lines:
            part.restock = "NO_RESTOCK"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, self.refund(books).refund_id)


# ---- return_without_refund ----


class TakenInUnpaid(Case):
    """The warehouse booked a return, and nobody refunded it."""

    check, owner = "return_without_refund", "CX"
    cause: ClassVar[str | None] = "received_in_b1"
    note = "the goods came back to the warehouse, the customer got no money"
    days: ClassVar[int] = 6

    def fits(self, sale: Sale, story: Story) -> bool:
        is_plain = super().fits(sale, story)
        return is_plain and sale.parcels[0].shipped_at + timedelta(hours=26, days=self.days) <= story.business.now

    def happen(self, sale: Sale, story: Story) -> None:
        self.intended = give_back(sale, story)
        sale.refunds.remove(self.intended)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        keeper.take_back(books, self.intended, taken_in(self.intended))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        back = books.returns[0]
        money: Decimal = back["DocTotal"]
        yield self.found(books, f"return:{back['DocEntry']}", money)


class TakenInYesterday(TakenInUnpaid):
    owner, cause = "", None
    note = "the goods came back yesterday"
    days = 0

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        self.intended.at = story.business.now - timedelta(hours=27)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, f"return:{books.returns[0]['DocEntry']}")


class TakenInAndOnItsWay(RefundCase):
    check = "return_without_refund"
    note = "the goods came back and the refund is still pending"
    needs: ClassVar[frozenset[Ability]] = frozenset({"refund_pending"})

    def happen(self, sale: Sale, story: Story) -> None:
        given = give_back(sale, story)
        given.status, given.credited_at, given.goods_back_at = "PENDING", None, taken_in(given)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, f"return:{books.returns[0]['DocEntry']}")


RETURN_FAULTS: tuple[type[Case], ...] = (BackButNotInStock, TakenInUnpaid, BackOnNobodysShelf, BackOntoGiftCard)
RETURN_LOOK_ALIKES: tuple[type[Case], ...] = (OnReturnsShelf, TakenInYesterday, TakenInAndOnItsWay, NotPutBack)
