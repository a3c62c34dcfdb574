"""Payments that the customer's bank took back, and whether they were posted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Literal

from auditor.sandbox import treasury
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.sale import Dispute, Sale

LOSSES = "6900"


class Chargeback(Case):
    check, owner = "chargeback_unposted", "FIN"
    cause: ClassVar[str | None] = "chargeback_open"
    note = "the customer disputed the payment; nobody posted it"
    needs: ClassVar[frozenset[Ability]] = frozenset({"disputes"})
    kind: ClassVar[Literal["CHARGEBACK", "INQUIRY"]] = "CHARGEBACK"
    status: ClassVar[Literal["NEEDS_RESPONSE", "UNDER_REVIEW", "LOST", "WON"]] = "UNDER_REVIEW"

    def at(self, sale: Sale, story: Story) -> datetime:
        return sale.parcels[0].shipped_at + timedelta(hours=20)

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and self.at(sale, story) + timedelta(days=4) <= story.business.now

    def happen(self, sale: Sale, story: Story) -> None:
        number = story.business.ids.next("dispute", 4_400_001)
        sale.disputes.append(Dispute(number, self.at(sale, story), sale.total, self.kind, self.status))

    def dispute(self, books: SaleBooks) -> Dispute:
        return books.sale.disputes[0]

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        dispute = self.dispute(books)
        yield self.found(books, dispute.number, dispute.amount)


class ChargebackLost(Chargeback):
    note, cause, status = "the dispute was lost; nobody posted it", "chargeback_lost", "LOST"


class ChargebackLookAlike(Chargeback):
    owner, cause = "", None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, self.dispute(books).number)


class OnlyAnInquiry(ChargebackLookAlike):
    note, kind = "the bank only asks: no money is taken", "INQUIRY"


class DisputeWon(ChargebackLookAlike):
    note, status = "the dispute was won", "WON"


class ChargebackYesterday(ChargebackLookAlike):
    note = "disputed yesterday"

    def at(self, sale: Sale, story: Story) -> datetime:
        return story.business.now - timedelta(hours=27)

    def fits(self, sale: Sale, story: Story) -> bool:
        return Case.fits(self, sale, story)


class PostedUnderItsNumber(ChargebackLookAlike):
    note, status = "posted with the dispute's number in the memo", "LOST"

    def memo(self, books: SaleBooks) -> str:
        return f"Chargeback {self.dispute(books).number}"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        dispute, shop = self.dispute(books), books.sale.shop
        sides: list[tuple[str, Decimal]] = [(LOSSES, dispute.amount), (shop.clearing, -dispute.amount)]
        at = dispute.at + timedelta(days=1)
        books.journals.append(treasury.journal(keeper.ids, at, self.memo(books), None, sides, shop.id))


class PostedUnderTheOrder(PostedUnderItsNumber):
    note = "posted with the order's number and the amount"

    def memo(self, books: SaleBooks) -> str:
        return f"Chargeback order {books.sale.ref}"


CHARGEBACKS: tuple[type[Case], ...] = (Chargeback, ChargebackLost)
NO_CHARGEBACKS: tuple[type[Case], ...] = (
    OnlyAnInquiry, PostedUnderItsNumber, DisputeWon, PostedUnderTheOrder, ChargebackYesterday,
)  # fmt: skip
