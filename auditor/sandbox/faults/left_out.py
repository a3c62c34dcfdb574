"""A document that B1 holds and no list shows, and a number that B1 never used: only the gap in the numbers tells."""

from __future__ import annotations

from datetime import timedelta

from auditor.money import ZERO
from auditor.sandbox.books import Bookkeeper
from auditor.sandbox.documents import Booked, Doc, close
from auditor.sandbox.faults.case import Fact
from auditor.sandbox.truth import LookAlike, Planted

_BEFORE_LAST = 60
"""So many sales are booked after it: young enough for the gap to be looked at, old enough to be settled."""
_YEARS_AGO = timedelta(days=3 * 365)
_NOTE = "a sales order whose stamps are three years old: the server's clock was wrong when it was entered"


def is_due(number: int, sales: int) -> bool:
    """Whether it happens before this sale is booked. In a small company it does not: there everything is read."""
    return sales >= 5 * _BEFORE_LAST and number == sales - _BEFORE_LAST


def leave_out(keeper: Bookkeeper) -> tuple[Doc, list[Fact]]:
    """The sales order to be stored, and what must be found of it."""
    business = keeper.business
    item = next(iter(business.items.values()))
    price = Booked(item.code, item.title, 1, item.price, ZERO, ZERO, "01")
    order = keeper.document("Orders", business.shops[0], business.now - _YEARS_AGO, [price], "BY FAX")
    order["CardCode"], order["CardName"] = "C-TRADE", "Pennine Gift Wholesale"
    close(order, business.now - _YEARS_AGO)
    # B1 may use a number up when adding a document fails.
    keeper.ids.next("b1 Invoices")
    unused = LookAlike("extract_incomplete", "b1", "b1:invoices:numbers", "a number of an invoice was never used")
    return order, [
        Planted("extract_incomplete", "b1", "b1:orders:numbers", "INT", None, ZERO, _NOTE, cause="left_out"),
        unused,
    ]
