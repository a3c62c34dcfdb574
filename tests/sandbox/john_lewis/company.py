"""A company's sales on the simulated marketplace, told through its storefront."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from auditor.clock import FixedClock
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Listing
from auditor.sandbox.failures import Failures
from auditor.sandbox.generate import generate
from auditor.sandbox.john_lewis.front import JohnLewisFront
from auditor.sandbox.john_lewis.orders import Habits
from auditor.sandbox.john_lewis.server import mirakl_app
from auditor.sandbox.john_lewis.state import MiraklState
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import RefundLine, Sale
from auditor.sandbox.settlement import settle
from auditor.sandbox.shops import JOHN_LEWIS
from auditor.sandbox.stock import Level
from tests.connectors.john_lewis.shop import NOW, InProcess, Marketplace

D = Decimal


class Company:
    """What happened, the marketplace that shows it, and the way to read it."""

    def __init__(self, folder: Path, orders: int = 60, seed: int = 3, habits: Habits | None = None) -> None:
        self.business: Business = generate(seed, orders, NOW, shops=(JOHN_LEWIS,))
        self._twist()
        settle(self.business)
        self.clock = FixedClock(NOW)
        self.state = MiraklState(self.clock, "the-key", habits=habits)
        self.front = JohnLewisFront(JOHN_LEWIS, self.clock, self.state)
        items = [item for item in self.business.items.values() if item.is_stocked]
        self.listings = [Listing(item.code, item.title, item.price, item.rate, item.number) for item in items]
        for listing in self.listings:
            self.front.put_listing(listing)
            level = Level(listing.number % 9, NOW - timedelta(hours=listing.number % 20))
            self.front.put_level(listing, JOHN_LEWIS.locations[0], level)
        for sale in self.sales:
            self.front.put_sale(sale, NOW)
        for payout in self.payouts:
            self.front.put_payout(payout)
        for row in self.waiting:
            self.front.put_waiting_row(row)
        self.market = Marketplace.__new__(Marketplace)
        self.market.clock, self.market.state, self.market.folder = self.clock, self.state, folder
        self.market.failures = Failures()
        self.market.transport = InProcess(mirakl_app(self.state, self.market.failures))
        (folder / "key").write_text("the-key\n")

    @property
    def sales(self) -> list[Sale]:
        return self.business.sales

    @property
    def payouts(self) -> list[Payout]:
        return self.business.payouts

    @property
    def waiting(self) -> list[BalanceRow]:
        return self.business.pending_rows[JOHN_LEWIS.id]

    def find(self, fits: Callable[[Sale], bool]) -> Sale:
        return next(sale for sale in self.sales if fits(sale))

    def _twist(self) -> None:
        """What the invented season has not: units called off, acceptance waited for, a refund that is on its way."""
        plain = [sale for sale in self.sales if not sale.refunds and sale.cancelled_at is None]
        called_off = next(sale for sale in plain if not sale.parcels and sale.lines[0].quantity > 1)
        called_off.lines[0].removed = 1
        called_off.edited_at = called_off.placed_at + timedelta(minutes=5)
        waiting = next(sale for sale in plain if not sale.parcels and sale is not called_off)
        waiting.is_confirmed = False
        debit = next(sale for sale in plain if not sale.parcels and sale not in (called_off, waiting))
        debit.payment_state = "PENDING"
        given = next(sale for sale in self.sales if sale.parcels and sale.refunds)
        given.refunds[0].status = "PENDING"
        other = next(sale for sale in plain if sale.parcels and sale.shipping and sale.shipping_rate)
        other.refunds.append(
            type(given.refunds[0])(
                refund_id=990_001,
                transaction=9_990_001,
                at=NOW - timedelta(hours=4),
                gateway=other.gateway,
                lines=[RefundLine(other.lines[-1], 1)],
                shipping=other.shipping,
                shipping_tax=other.shipping_tax,
                return_id=77_001,
            )
        )
        lost = next(sale for sale in plain if sale.parcels and sale is not other)
        lost.parcels[0].is_number_lost = True
