"""What a payment provider pays out: the rows of its account, and how the money comes to the bank."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from auditor.money import ZERO
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.sale import Refund, Sale


@dataclass(slots=True)
class BalanceRow:
    """A line of the payment provider's account."""

    number: int
    kind: str
    at: datetime
    amount: Decimal
    fee: Decimal = ZERO
    sale: Sale | None = None
    transaction: int | None = None
    source: str = "CHARGE"
    refund: Refund | None = None
    shown_fee: Decimal | None = None
    """The fee as it is told, where that differs from what was taken off."""

    @property
    def net(self) -> Decimal:
        return self.amount - self.fee

    @property
    def told_fee(self) -> Decimal:
        return self.fee if self.shown_fee is None else self.shown_fee


@dataclass(slots=True)
class Arrival:
    """What is unusual about how a payout's money comes to the bank."""

    is_lost: bool = False
    deducted: Decimal = ZERO
    """By the bank, for its trouble."""
    text: str | None = None
    """What the payer wrote, where it is not the payout's number."""
    is_twice: bool = False
    """Somebody else sent the same amount in the same days."""
    days: int = 1
    within: Payout | None = None
    """It came in one sum with this payout."""


@dataclass(slots=True, eq=False)
class Payout:
    shop: Shop
    number: int
    issued_at: datetime
    rows: list[BalanceRow]
    status: Literal["PAID", "SCHEDULED", "FAILED", "CANCELED"] = "PAID"
    posted_at: datetime | None = None
    """When finance's journal was booked; None when it was not (yet)."""
    told_net: Decimal | None = None
    """The payout's amount as it is told, where that differs from the sum of its rows."""
    told_rows: list[BalanceRow] | None = None
    """The rows as they are told, where one is missing or appears twice."""
    arrival: Arrival = field(default_factory=lambda: Arrival())
    withdrawal_id: str | None = None
    """What PayPal calls it, when the money was taken from the shop's PayPal account."""

    @property
    def key(self) -> str:
        """The canonical payout_id, a gid without its type."""
        return self.withdrawal_id or self.shop.payout_format.format(n=self.number)

    @property
    def payer(self) -> str:
        """Who pays it: the shop's provider, or `paypal`."""
        return "paypal" if self.withdrawal_id else self.shop.provider

    @property
    def net(self) -> Decimal:
        return sum((row.net for row in self.rows), ZERO)

    @property
    def shown_net(self) -> Decimal:
        return self.net if self.told_net is None else self.told_net

    @property
    def shown_rows(self) -> list[BalanceRow]:
        return self.rows if self.told_rows is None else self.told_rows
