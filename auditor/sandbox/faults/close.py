"""What stands when a month is closed: unposted_documents, and months that tie out or do not.

What befell single payouts and orders is added up per shop and month: payouts that nobody booked and drafts that nobody
added are told once more for the month, without counting their money twice. A month does not tie out where an order was
sent and invoiced that nobody ever paid: no other check speaks of that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor.clock import from_zone, local_day
from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, TIMEZONE, penny
from auditor.sandbox.books import SaleBooks
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.memos import company_day
from auditor.sandbox.payout import Payout
from auditor.sandbox.sale import Sale
from auditor.sandbox.truth import Planted, look_alike, planted

_ZONE = ZoneInfo(TIMEZONE)
_LOOKED_AT = timedelta(days=2)
"""After the end of a month: two days before its books are closed on the fifth, and as long as tie-outs wait."""
_TRADE = Decimal(1800)
_TIEOUTS = ("revenue_tieout", "vat_tieout")
_FLOOR, _SHARE = Decimal(100), Decimal("0.002")
"""What a month may lack; twice the share, so that the month's own figure need not be known to the penny."""
_TOLD = frozenset({"payout_not_posted", "order_blocked_document"})


def sold_in_months(business: Business) -> dict[tuple[str, date], Decimal]:
    """What each shop sold, by shop's id and first day of the company's month."""
    sold: dict[tuple[str, date], Decimal] = {}
    for sale in business.sales:
        key = sale.shop.id, company_day(sale.placed_at).replace(day=1)
        sold[key] = sold.get(key, ZERO) + sale.total
    return sold


class NeverPaid(Case):
    check, owner = "revenue_tieout", "FIN"
    note = "sent and invoiced, and the customer never paid"
    needs = frozenset({"pending_payment", "tax"})

    def fits(self, sale: Sale, story: Story) -> bool:
        """Of a whole month that is over, and dearer than what a month may lack unexplained."""
        if not super().fits(sale, story) or (self.check, sale.shop.id) in story.once:
            return False
        month = company_day(sale.placed_at).replace(day=1)
        began_on = min(first for shop, first in story.months if shop == sale.shop.id)
        return (
            began_on < month
            and _end(month) + _LOOKED_AT <= story.business.now
            and company_day(sale.parcels[0].shipped_at).replace(day=1) == month
            and sale.total - sale.tax > max(_FLOOR, story.months[sale.shop.id, month] * _SHARE)
        )

    def happen(self, sale: Sale, story: Story) -> None:
        if sum(check == self.check for check, _ in story.once) % 2:
            # Every other shop has a trade order of it, whose tax alone is more than a month may lack.
            line = next(line for line in sale.lines if line.rate)
            line.unit_price += penny(_TRADE / line.quantity)
            line.price()
            sale.payments[0].amount = sale.total
        story.once.add((self.check, sale.shop.id))
        sale.payment_state = "PENDING"
        sale.payments[0].status = "PENDING"

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        sale = books.sale
        month = f"{company_day(sale.placed_at):%Y-%m}:{CURRENCY}"
        yield self.found(books, month, sale.total - sale.tax)
        if sale.tax > _FLOOR:
            yield planted("vat_tieout", sale.shop, month, self.owner, sale.tax, self.note)
        for check in ("order_payment_unapplied", "delivered_never_settled"):
            yield self.alike(books, sale.key, check)


@dataclass(slots=True)
class Closing:
    """Collects what is not posted, and tells it per shop and month."""

    business: Business
    _torn: set[tuple[str, str, str]] = field(default_factory=set)
    """Check, shop and subject of months that do not tie out."""
    _unposted: dict[tuple[str, date], list[Decimal]] = field(default_factory=lambda: defaultdict(list))
    """By shop's id and first day of the month: what each document adds to the money at risk."""

    def look_at_sale(self, books: SaleBooks, facts: Sequence[Fact]) -> None:
        is_told = _is_told(facts)
        self._torn |= {
            (fact.check, fact.channel, fact.subject_id)
            for fact in facts
            if isinstance(fact, Planted) and fact.check in _TIEOUTS
        }
        for draft in books.drafts:
            is_credit = draft["DocObjectCode"] == "oCreditNotes"
            if draft["DocumentStatus"] == "bost_Open" and (is_told or is_credit):
                self._add(books.sale.shop, draft["DocDate"], ZERO if is_told else draft["DocTotal"])

    def look_at_payout(self, payout: Payout, facts: Iterable[Fact]) -> None:
        is_told = _is_told(facts)
        if payout.status == "PAID" and (is_told or payout.posted_at is None):
            self._add(payout.shop, local_day(payout.issued_at, _ZONE), ZERO if is_told else abs(payout.shown_net))

    def _add(self, shop: Shop, day: date, at_risk: Decimal) -> None:
        self._unposted[shop.id, day.replace(day=1)].append(at_risk)

    def facts(self) -> Iterable[Fact]:
        """The months that are about to be closed, or should have been."""
        months = self._ended_months()
        for shop in self.business.shops:
            for number, month in enumerate(months):
                subject = f"{month:%Y-%m}:{CURRENCY}"
                found = self._unposted.get((shop.id, month))
                if found:
                    note = f"{len(found)} payouts and drafts of the month are not posted"
                    yield planted("unposted_documents", shop, subject, "FIN", sum(found, ZERO), note)
                else:
                    yield look_alike("unposted_documents", shop, subject, "everything of the month is posted")
                for check in _TIEOUTS if number else ():
                    if (check, shop.id, subject) not in self._torn:
                        note = "what differs is a matter of timing, or has findings of its own"
                        yield look_alike(check, shop, subject, note)

    def _ended_months(self) -> list[date]:
        """Months with sales or payouts that ended two days ago or earlier."""
        days = [local_day(sale.placed_at, _ZONE) for sale in self.business.sales]
        months = {day.replace(day=1) for day in days} | {month for _, month in self._unposted}
        return sorted(month for month in months if _end(month) + _LOOKED_AT <= self.business.now)


def _is_told(facts: Iterable[Fact]) -> bool:
    """Whether the document has a finding of its own, which keeps its money."""
    return any(isinstance(fact, Planted) and fact.check in _TOLD for fact in facts)


def _end(month: date) -> datetime:
    following = (month + timedelta(days=31)).replace(day=1)
    return from_zone(datetime.combine(following, time()), _ZONE)


CLOSE_FAULTS: tuple[type[Case], ...] = (NeverPaid,)
