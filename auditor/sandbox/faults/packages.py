"""Package numbers of marketplaces that B1 does not keep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from auditor.sandbox.books import PACKAGE_ID, Bookkeeper, SaleBooks
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.dispatch import repack
from auditor.sandbox.sale import Sale

_NUMBERED: frozenset[Ability] = frozenset({"package_ids"})


class PackageCase(Case):
    check, owner = "package_id_missing", "INT"
    needs: ClassVar[frozenset[Ability]] = _NUMBERED

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.found(books, books.sale.key, books.sale.total)


class NeverWritten(PackageCase):
    note, cause = "the middleware did not write the package's number", "empty"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        del books.deliveries[0][PACKAGE_ID]


class OrderNumberWritten(PackageCase):
    note, cause = "the order's number was written instead of the package's", "unknown"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.deliveries[0][PACKAGE_ID] = books.sale.ref


class OneOfTwoWritten(PackageCase):
    note, cause = "two packages; only the first one's number was written", "partial"

    def fits(self, sale: Sale, story: Story) -> bool:
        return super().fits(sale, story) and len(sale.lines) > 1

    def happen(self, sale: Sale, story: Story) -> None:
        repack(sale, story)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        del books.deliveries[1][PACKAGE_ID]


class OnTheOrder(Case):
    check, note = "package_id_missing", "the number stands on the sales order, not on the delivery"
    needs: ClassVar[frozenset[Ability]] = _NUMBERED

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.orders[0][PACKAGE_ID] = books.deliveries[0].pop(PACKAGE_ID)


PACKAGES: tuple[type[Case], ...] = (NeverWritten, OrderNumberWritten, OneOfTwoWritten)
KEPT_PACKAGES: tuple[type[Case], ...] = (OnTheOrder,)
