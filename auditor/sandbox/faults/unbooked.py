"""Parcels that left without B1: the channel shows them as sent, the books still hold the goods."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from auditor.sandbox.basics import next_tick
from auditor.sandbox.books import PACKAGE_ID, Bookkeeper, SaleBooks
from auditor.sandbox.documents import cancel
from auditor.sandbox.faults.case import Case, Fact, Story
from auditor.sandbox.faults.duplicates import reopen
from auditor.sandbox.sale import Sale

_NOWHERE_SOLD = "09"


class SentByHand(Case):
    """The lines lie in a warehouse behind no shop, so that the open order changes nothing of what the shops show."""

    check, owner = "shipped_on_channel_not_in_b1", "OPS"
    note = "confirmed on the channel by hand; B1 never made a delivery"

    def fits(self, sale: Sale, story: Story) -> bool:
        business = story.business
        is_free = not any(business.is_locked(line.sku) or line.sku in business.run_short for line in sale.lines)
        return super().fits(sale, story) and is_free

    def happen(self, sale: Sale, story: Story) -> None:
        held = story.business.set_aside
        for line in sale.lines:
            line.warehouse = _NOWHERE_SOLD
            held[line.sku, _NOWHERE_SOLD] = held.get((line.sku, _NOWHERE_SOLD), 0) + line.quantity

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        books.deliveries.clear()
        books.invoices.clear()
        books.later.clear()
        reopen(books.orders[0])

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        order = books.orders[0]
        yield self.found(books, books.sale.key, order["DocTotal"] - order["VatSum"])


class DeliveryTakenBack(SentByHand):
    note = "the delivery was cancelled in B1 after the parcel had left"

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        at = books.sale.parcels[0].shipped_at + timedelta(hours=2)
        cancel(books.invoices[0], at)
        cancel(books.deliveries[0], at)
        reopen(books.orders[0])


class InvoicedDirectly(Case):
    check, note = (
        "shipped_on_channel_not_in_b1",
        "invoiced straight from the sales order, which takes the goods off stock",
    )

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        order, invoice = books.orders[0], books.invoices[0]
        if PACKAGE_ID in books.deliveries[0]:
            order[PACKAGE_ID] = books.deliveries[0][PACKAGE_ID]
        books.deliveries.clear()
        books.later.clear()
        for line, ordered in zip(invoice["DocumentLines"], order["DocumentLines"], strict=True):
            line["BaseType"], line["BaseEntry"], line["BaseLine"] = 17, order["DocEntry"], ordered["LineNum"]


class DeliveredSoon(SentByHand):
    """Confirmed minutes ago; the delivery follows with the middleware's next run."""

    owner = ""
    note = "confirmed on the channel minutes ago; B1's delivery comes with the next run"

    def happen(self, sale: Sale, story: Story) -> None:
        super().happen(sale, story)
        now = story.business.now
        sale.parcels[0].shipped_at = sale.parcels[0].told_at = now - timedelta(minutes=6)

    def in_books(self, books: SaleBooks, keeper: Bookkeeper) -> None:
        at = next_tick(keeper.business.now) + timedelta(seconds=25)
        later = [("DeliveryNotes", books.deliveries[0]), ("Invoices", books.invoices[0])]
        later += [("Orders", dict(books.orders[0]))]
        order = reopen({**books.orders[0], "DocumentLines": [dict(line) for line in books.orders[0]["DocumentLines"]]})
        books.orders[:] = [order]
        books.deliveries.clear()
        books.invoices.clear()
        books.later[:] = [(at, entity_set, doc) for entity_set, doc in later]

    def facts(self, books: SaleBooks) -> Iterable[Fact]:
        yield self.alike(books, books.sale.key)


UNBOOKED: tuple[type[Case], ...] = (SentByHand, DeliveryTakenBack)
BOOKED: tuple[type[Case], ...] = (InvoicedDirectly, DeliveredSoon)
