"""Parcels that the shop does not know of: check 13."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from auditor.money import ZERO
from auditor.sandbox import life
from auditor.sandbox.basics import next_tick, tracking_key
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.duplicates import reopen
from auditor.sandbox.sale import Parcel, Sale


class ParcelCase(Case):
    check, owner = "tracking_not_on_channel", "OPS"

    def subject(self, sale: Sale, parcel: Parcel) -> str:
        return f"{sale.key}:{tracking_key(parcel.tracking)}"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, self.subject(books.sale, books.sale.parcels[0]), books.sale.total)


class NeverPushed(ParcelCase):
    note = "dispatched in B1; the shop was never told"

    def happen(self, sale: Sale, story: Story) -> None:
        sale.parcels[0].told_at = None


class NumberLeftOut(ParcelCase):
    note = "the shop shows the order as sent, without a tracking number"
    needs: ClassVar[frozenset[Ability]] = frozenset({"shipment_without_number"})

    def happen(self, sale: Sale, story: Story) -> None:
        sale.parcels[0].is_number_lost = True


def repack(sale: Sale, story: Story) -> None:
    """The first line goes alone, the others in a second parcel of the same carrier."""
    first = sale.parcels[0]
    number = life.tracking_number(first.carrier, story.business.ids)
    shipped_at = first.shipped_at + timedelta(minutes=38)
    second = Parcel(shipped_at, number, first.carrier, first.lines[1:], next_tick(shipped_at) + timedelta(seconds=35))
    first.lines = first.lines[:1]
    sale.parcels.append(second)


class SecondParcelForgotten(ParcelCase):
    note = "two parcels; the shop knows one"
    needs: ClassVar[frozenset[Ability]] = frozenset({"several_parcels"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1

    def happen(self, sale: Sale, story: Story) -> None:
        repack(sale, story)
        sale.parcels[1].told_at = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, self.subject(books.sale, books.sale.parcels[1]), books.sale.total)


class BothParcelsForgotten(SecondParcelForgotten):
    note = "two parcels; the shop knows neither. The order's value counts once"

    def happen(self, sale: Sale, story: Story) -> None:
        repack(sale, story)
        for parcel in sale.parcels:
            parcel.told_at = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        money: Decimal = books.sale.total
        for parcel in books.sale.parcels:
            yield self.found(books, self.subject(books.sale, parcel), money)
            money = ZERO


class ParcelLookAlike(Case):
    check = "tracking_not_on_channel"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, f"{books.sale.key}:*")


class OtherSpelling(ParcelLookAlike):
    note = "the same number with blanks and small letters"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        number = books.sale.parcels[0].tracking.lower()
        books.deliveries[0]["TrackingNumber"] = f" {number[:4]} {number[4:8]}-{number[8:]}"


class ChannelLabel(ParcelLookAlike):
    note = "sent with a label that was bought in the shop; B1 keeps its own consignment number"
    needs: ClassVar[frozenset[Ability]] = frozenset({"own_labels"})

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.deliveries[0]["TrackingNumber"] = f"CONS{books.sale.number:08d}"


class JustDispatched(ParcelLookAlike):
    note = "dispatched minutes ago; the shop is told in the next run"

    def happen(self, sale: Sale, story: Story) -> None:
        now = story.business.now
        sale.promised_at = now + timedelta(days=3)
        sale.parcels[0].shipped_at = now - timedelta(minutes=8)
        sale.parcels[0].told_at = next_tick(now) + timedelta(seconds=35)


class CancelledUntold(ParcelLookAlike):
    note = "cancelled after dispatch: there is nobody to tell"

    def happen(self, sale: Sale, story: Story) -> None:
        at = sale.parcels[0].shipped_at + timedelta(minutes=20)
        given = life.cancel(sale, at, story.business.ids, story.rng)
        given.credited_at = at + timedelta(minutes=31)
        sale.parcels[0].told_at = None

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        sale = books.sale
        called_off, sale.cancelled_at = sale.cancelled_at, None
        keeper.go_on(books, reopen(books.orders[0]))
        sale.cancelled_at = called_off


class TwoParcels(ParcelLookAlike):
    note = "two parcels, both known"
    needs: ClassVar[frozenset[Ability]] = frozenset({"several_parcels"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1

    def happen(self, sale: Sale, story: Story) -> None:
        repack(sale, story)

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield from super().facts(books)
        yield self.alike(books, books.sale.key, "order_duplicate_in_b1", "two invoices of one sales order")


DISPATCH_CASES: tuple[type[Case], ...] = (NeverPushed, NumberLeftOut, SecondParcelForgotten, BothParcelsForgotten)
DISPATCH_LOOK_ALIKES: tuple[type[Case], ...] = (
    OtherSpelling, JustDispatched, TwoParcels, ChannelLabel, CancelledUntold,
)  # fmt: skip
