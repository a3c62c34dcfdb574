"""Carriers that a channel does not know: each case has a shipping type of its own in B1."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

from auditor.money import ZERO
from auditor.sandbox.basics import next_tick, tracking_key
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.life import CARRIERS
from auditor.sandbox.sale import Sale
from auditor.sandbox.truth import planted

_FIRST = 41
_THREE_DAYS = timedelta(days=3)


class CarrierCase(Case):
    """`called`: how B1 calls the shipping type, with its number."""

    check, owner = "carrier_unmapped", "OPS"
    called: ClassVar[str] = ""
    number = 0
    name = ""

    def happen(self, sale: Sale, story: Story) -> None:
        business = story.business
        self.number = business.ids.next("shipping type", _FIRST)
        self.name = self.called.format(n=self.number)
        business.carriers[self.number] = self.name
        parcel = sale.parcels[0]
        parcel.shipped_at = business.now - _THREE_DAYS
        parcel.told_at = next_tick(parcel.shipped_at) + timedelta(seconds=35)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.deliveries[0]["TransportationCode"] = self.number

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        shop = books.sale.shop
        yield planted(self.check, shop, self.name, self.owner, ZERO, self.note, cause=self.cause)


class Waiting(CarrierCase):
    """The shop refused the confirmation."""

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        sale.parcels[0].told_at = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield from super().facts(books)
        sale = books.sale
        subject = f"{sale.key}:{tracking_key(sale.parcels[0].tracking)}"
        yield planted("tracking_not_on_channel", sale.shop, subject, "OPS", sale.total, self.note,
                      cause="carrier_unmapped")  # fmt: skip


class NotMapped(Waiting):
    note, cause = "a new shipping type that the map of carriers does not have", "not_mapped"
    called = "DX Freight {n}"


class NotInList(Waiting):
    note, cause = "mapped to a name that the shop's list does not have", "not_in_list"
    called = "Parcel Knight {n}"
    needs: ClassVar[frozenset[Ability]] = frozenset({"carrier_list"})

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        story.business.mapped_carriers.append((sale.shop.id, self.name, f"Knightline {self.number}"))


class TypedByHand(CarrierCase):
    note, cause = "a shipping type without a line in the map; somebody confirmed the parcel by hand", "not_mapped"
    called = "Tuffnells {n}"


class NoShippingType(Waiting):
    """The only case in which there is no name, so that one shop can have it only once."""

    note, cause = "a tracking number on a delivery without a shipping type", "no_carrier"
    needs: ClassVar[frozenset[Ability]] = frozenset({"carrier_list"})

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.shop.id not in story.business.without_carrier

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        story.business.without_carrier.add(sale.shop.id)
        del story.business.carriers[self.number]
        self.name = "(none)"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.deliveries[0]["TransportationCode"] = None


class OtherCapitals(CarrierCase):
    note, cause = "the shipping type is written with other capitals and blanks than in the map", "other_spelling"
    called = "TUFF  post {n}"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        company = CARRIERS[sale.parcels[0].carrier][1]
        story.business.mapped_carriers.append((sale.shop.id, f"Tuff Post {self.number}", company))


class NewlyMapped(CarrierCase):
    """Another name for a carrier of the list."""

    owner = ""
    note = "a new shipping type that somebody mapped"
    called = "Express {n}"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        company = CARRIERS[sale.parcels[0].carrier][1].upper()
        story.business.mapped_carriers.append((sale.shop.id, self.name, company))

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, self.name)


class LongUnused(CarrierCase):
    owner = ""
    note = "a shipping type without a line in the map that was used weeks ago, and never since"
    called = "Home Link {n}"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and sale.parcels[0].shipped_at < story.business.now - timedelta(days=9)

    def happen(self, sale: Sale, story: Story) -> None:
        parcel = sale.parcels[0]
        shipped_at, told_at = parcel.shipped_at, parcel.told_at
        super().happen(sale, story)
        parcel.shipped_at, parcel.told_at = shipped_at, told_at

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, self.name)


UNKNOWN_CARRIERS: tuple[type[Case], ...] = (NotMapped, NotInList, TypedByHand, OtherCapitals, NoShippingType)
KNOWN_CARRIERS: tuple[type[Case], ...] = (NewlyMapped, LongUnused)
