"""What one planted fault or look-alike is: which sale it suits, what happened, what went wrong, what must be found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import ClassVar

from auditor.sandbox.books import Bookkeeper, SaleBooks
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Ability
from auditor.sandbox.sale import Sale
from auditor.sandbox.truth import LookAlike, Planted, look_alike, planted

Fact = Planted | LookAlike
_MIN_AGE, _MAX_AGE = timedelta(days=5), timedelta(days=50)
_MAX_AGE_IN_FILE = timedelta(days=360)


@dataclass(slots=True)
class Story:
    """What cases may look at and draw on while they are planned."""

    business: Business
    rng: Random
    totals: dict[tuple[str, Decimal], list[Sale]]
    """Sales by shop and total, to find those that no other sale could be mistaken for."""
    months: dict[tuple[str, date], Decimal] = field(default_factory=dict)
    """What each shop sold in each month of the company, by the month's first day."""
    once: set[tuple[str, str]] = field(default_factory=set)
    """Check and shop of what may befall a shop only once, because it is found as one."""

    def is_plain(self, sale: Sale) -> bool:
        """An ordinary sale some days ago: paid, posted, shipped in one parcel, nothing returned, no sets."""
        age = self.business.now - sale.placed_at
        oldest = _MAX_AGE_IN_FILE if self.business.is_from_file else _MAX_AGE
        skus = {line.sku for line in sale.lines}
        return (
            _MIN_AGE <= age <= oldest
            and sale.posted_at is not None
            and len(sale.parcels) == 1
            and not sale.refunds
            and sale.cancelled_at is None
            and sale.gateway == sale.shop.provider
            and sale.order_kind == "sale"
            and len(skus) == len(sale.lines) <= 12
            and all(line.kind == "product" and line.bundle is None for line in sale.lines)
            and all(sku in self.business.items and self.business.items[sku].is_stocked for sku in skus)
            and any(line.rate for line in sale.lines)
            and all(line.gross >= Decimal("0.50") for line in sale.lines)
            and sale.total >= 10
        )

    def is_unmistakable(self, sale: Sale) -> bool:
        """No other sale of the same shop and the same days has the same total."""
        others = (other for other in self.totals[sale.shop.id, sale.total] if other is not sale)
        return all(abs(other.placed_at - sale.placed_at) > timedelta(days=12) for other in others)


class Case:
    """One fault or look-alike of a sale. Subclasses say only what is special about them.

    check: the check that must report it, or for a look-alike the check that it could fool.
    note:  what happened, one line for people.
    cause: what the finding must name as its cause, where what was done has a name.
    needs: what a shop must be able to show for it; where it cannot, the case is not planted.
    """

    check: ClassVar[str] = ""
    note: ClassVar[str] = ""
    owner: ClassVar[str] = ""
    cause: ClassVar[str | None] = None
    needs: ClassVar[frozenset[Ability]] = frozenset()

    def fits(self, sale: Sale, story: Story) -> bool:
        return story.is_plain(sale)

    def happen(self, sale: Sale, story: Story) -> None:
        """What really happened that is not ordinary, and what the shop was never told."""

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        """What was done wrong, or unusually, in B1."""

    def later(self, books: SaleBooks) -> Iterable[tuple[datetime, Callable[[], None]]]:
        """What changes about the sale after the sandbox's first moment, and when; the shop shows it from then on."""
        return ()

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        """What must be found, asked after `in_books`; a look-alike by default names its order."""
        yield self.alike(books, books.sale.key)

    def found(self, books: SaleBooks, subject: object, money: Decimal) -> Planted:
        return planted(self.check, books.sale.shop, subject, self.owner, money, self.note, cause=self.cause)

    def alike(self, books: SaleBooks, subject: object, check: str = "", note: str = "") -> LookAlike:
        return look_alike(check or self.check, books.sale.shop, subject, note or self.note)
