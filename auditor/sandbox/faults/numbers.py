"""Tracking numbers that differ: what the shop was told is not what stands on the delivery."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.sandbox.basics import tracking_key
from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.sale import Sale


class NumberCase(Case):
    check, owner = "tracking_mismatch", "OPS"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        sale = books.sale
        yield self.found(books, f"{sale.key}:{tracking_key(sale.parcels[0].tracking)}", sale.total)


class DigitLost(NumberCase):
    note, cause = "the shop was told the number without one of its digits", "slip"

    def happen(self, sale: Sale, story: Story) -> None:
        parcel = sale.parcels[0]
        parcel.told_tracking = parcel.tracking[:6] + parcel.tracking[7:]


class NumberOfAnother(NumberCase):
    note, cause = "the shop was told the number of another order's parcel", "other_order"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and other_parcel(sale, story) is not None

    def happen(self, sale: Sale, story: Story) -> None:
        sale.parcels[0].told_tracking = other_parcel(sale, story)


class OtherLabel(NumberCase):
    """Every digit is another one, so that it cannot be taken for a slip; no parcel of the company has such a number."""

    note, cause = "the shop was told the number of a label that was thrown away", "other_number"

    def happen(self, sale: Sale, story: Story) -> None:
        turned = (str((int(c) + 5) % 10) if c.isdigit() else c for c in sale.parcels[0].tracking)
        sale.parcels[0].told_tracking = "".join(turned)


class NumberWithoutDelivery(NumberCase):
    note, cause = "B1 has no number, and the shop shows that of another order's parcel", "shared_number"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and other_parcel(sale, story) is not None

    def happen(self, sale: Sale, story: Story) -> None:
        sale.parcels[0].told_tracking = other_parcel(sale, story)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.deliveries[0]["TrackingNumber"] = None

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        sale = books.sale
        yield self.found(books, f"{sale.key}:{tracking_key(sale.parcels[0].told_tracking or '')}", sale.total)


class OneParcelForTwo(Case):
    check, note = "tracking_mismatch", "sent in one parcel with another order, and both systems say so"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and other_parcel(sale, story) is not None

    def happen(self, sale: Sale, story: Story) -> None:
        sale.parcels[0].tracking = other_parcel(sale, story) or sale.parcels[0].tracking

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, f"{books.sale.key}:*")


def other_parcel(sale: Sale, story: Story) -> str | None:
    """The number of an ordinary, too young sale of the same shop, to which nothing else will happen."""
    for other in reversed(story.business.sales):
        is_told = all(p.told_at and p.told_at < story.business.now and not p.told_tracking for p in other.parcels)
        if other.shop is sale.shop and other.parcels and is_told and not story.is_plain(other) and not other.refunds:
            return other.parcels[0].tracking
    return None


WRONG_NUMBERS: tuple[type[Case], ...] = (DigitLost, NumberOfAnother, OtherLabel, NumberWithoutDelivery)
RIGHT_NUMBERS: tuple[type[Case], ...] = (OneParcelForTwo,)
