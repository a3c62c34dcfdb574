"""An order of a shop with all that became of it: lines, payments, parcels, refunds, a dispute.

Prices are GBP with tax included, as the shops show them; tax is rounded half up per line, as Shopify does. Amounts are
exact decimals in pounds. Instants are naive UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from auditor.money import ZERO
from auditor.sandbox.basics import penny, tax_inside
from auditor.sandbox.catalogue import Location, Recipe, Shop

TO_SHIP = timedelta(days=4)
"""What every shop promises; ordinary orders are sent within two days."""
Gateway = str
"""The shop's provider, `paypal`, `gift_card` or `manual`."""
PaymentState = Literal["PAID", "PENDING", "AUTHORIZED", "VOIDED", "EXPIRED", "PARTIALLY_PAID"]


@dataclass(slots=True, eq=False)
class SaleLine:
    line_id: int
    sku: str
    title: str
    quantity: int
    unit_price: Decimal
    rate: Decimal
    warehouse: str
    discount: Decimal = ZERO
    """The seller's."""
    platform_discount: Decimal = ZERO
    """Paid by the platform: the customer pays less, the seller is owed `gross` all the same."""
    kind: Literal["product", "gift_card"] = "product"
    removed: int = 0
    """Units taken out of the order by an edit, before they were booked."""
    bundle: Recipe | None = None
    bundle_group: int = 0
    gross: Decimal = ZERO
    tax: Decimal = ZERO

    def __post_init__(self) -> None:
        self.price()

    def price(self) -> None:
        """Work out gross and tax of all units; to be called again when quantity, price or discount changed."""
        self.gross = penny(self.unit_price * self.quantity) - self.discount
        self.tax = tax_inside(self.gross, self.rate)

    @property
    def net(self) -> Decimal:
        return self.gross - self.tax

    @property
    def kept(self) -> int:
        return self.quantity - self.removed

    @property
    def kept_gross(self) -> Decimal:
        return penny(self.gross * self.kept / self.quantity) if self.removed else self.gross

    @property
    def kept_tax(self) -> Decimal:
        return tax_inside(self.kept_gross, self.rate) if self.removed else self.tax


@dataclass(slots=True)
class Payment:
    """A payment transaction of an order."""

    number: int
    kind: Literal["SALE", "AUTHORIZATION"]
    status: Literal["SUCCESS", "PENDING", "FAILURE"]
    gateway: Gateway
    amount: Decimal
    """What the seller is owed by it: what a platform pays of the price is part of it."""
    at: datetime


@dataclass(slots=True, eq=False)
class Parcel:
    shipped_at: datetime
    tracking: str
    carrier: int
    lines: list[tuple[SaleLine, int]]
    told_at: datetime | None
    """When the shop learned of the parcel; None when it does not know it."""
    is_number_lost: bool = False
    """The shop knows of the parcel, but not its tracking number."""
    told_tracking: str | None = None
    """The tracking number that the shop was told, where it is another one."""

    @property
    def shown_tracking(self) -> str | None:
        """The tracking number as the shop has it."""
        return None if self.is_number_lost else self.told_tracking or self.tracking


@dataclass(slots=True, eq=False)
class RefundLine:
    line: SaleLine
    quantity: int
    restock: Literal["RETURN", "CANCEL", "NO_RESTOCK"] = "RETURN"
    gross: Decimal = ZERO
    tax: Decimal = ZERO

    def __post_init__(self) -> None:
        self.gross = penny(self.line.gross * self.quantity / self.line.quantity)
        self.tax = penny(self.line.tax * self.quantity / self.line.quantity)

    @property
    def net(self) -> Decimal:
        return self.gross - self.tax


@dataclass(slots=True, eq=False)
class Refund:
    """Money (or only goods) back. `status` None: no payment transaction belongs to it."""

    refund_id: int
    transaction: int
    at: datetime
    gateway: Gateway
    lines: list[RefundLine] = field(default_factory=list)
    shipping: Decimal = ZERO
    shipping_tax: Decimal = ZERO
    adjustment: Decimal = ZERO
    """Untaxed correction: negative for a restocking fee, positive for goodwill."""
    reason: str = "unwanted"
    status: Literal["SUCCESS", "PENDING", "FAILURE"] | None = "SUCCESS"
    credited_at: datetime | None = None
    """When the middleware made the credit memo; None when it did not (yet)."""
    goods_back_at: datetime | None = None
    """When a return document was booked in B1 before the credit memo."""
    return_id: int = 0
    """The shop's return case; 0 when there is none."""

    @property
    def is_removal(self) -> bool:
        """Only the shop's note that an edit took units out of the order; no money, no return."""
        return self.status is None and not self.return_id

    @property
    def value(self) -> Decimal:
        """What the parts add up to, whether or not money moved."""
        return sum((line.gross for line in self.lines), ZERO) + self.shipping + self.adjustment

    @property
    def total(self) -> Decimal:
        """Money that moved or is moving."""
        return self.value if self.status in ("SUCCESS", "PENDING") else ZERO

    @property
    def tax(self) -> Decimal:
        return sum((line.tax for line in self.lines), ZERO) + self.shipping_tax


@dataclass(slots=True)
class Dispute:
    """The customer asks the bank for the money back; an inquiry is only a question."""

    number: int
    at: datetime
    amount: Decimal
    kind: Literal["CHARGEBACK", "INQUIRY"] = "CHARGEBACK"
    status: Literal["NEEDS_RESPONSE", "UNDER_REVIEW", "LOST", "WON"] = "NEEDS_RESPONSE"


@dataclass(slots=True, eq=False)
class Sale:
    shop: Shop
    number: int
    order_id: int
    placed_at: datetime
    location: Location
    lines: list[SaleLine]
    shipping: Decimal
    shipping_rate: Decimal
    shipping_id: int
    customer: int
    gateway: Gateway
    country: str = "GB"
    payment_state: PaymentState = "PAID"
    payments: list[Payment] = field(default_factory=list)
    posted_at: datetime | None = None
    """When the middleware made the sales order; None when it did not (yet)."""
    parcels: list[Parcel] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    cancelled_at: datetime | None = None
    edited_at: datetime | None = None
    tip: Decimal = ZERO
    is_test: bool = False
    is_confirmed: bool = True
    order_kind: Literal["sale", "exchange", "replacement", "sample"] = "sale"
    """Only a sale is paid for; the others move goods."""
    is_tax_collected: bool = False
    """The shop collected the tax and pays it to the authorities itself."""
    disputes: list[Dispute] = field(default_factory=list)
    promised_at: datetime | None = None
    """By when it must be sent, where that is not the usual time after it was placed."""

    @property
    def key(self) -> str:
        """The canonical order_id, a gid without its type."""
        return self.shop.key_format.format(id=self.order_id, n=self.number)

    @property
    def ref(self) -> str:
        """The reference as B1 carries it."""
        return self.shop.ref_format.format(n=self.number)

    @property
    def name(self) -> str:
        """The reference as the channel shows it."""
        return self.shop.name_format.format(n=self.number)

    @property
    def ship_by_at(self) -> datetime:
        """By when it must be sent: the promise of the shop, and the due date of the sales order."""
        return self.promised_at or self.placed_at + TO_SHIP

    @property
    def shipping_tax(self) -> Decimal:
        return tax_inside(self.shipping, self.shipping_rate)

    @property
    def shipping_net(self) -> Decimal:
        return self.shipping - self.shipping_tax

    @property
    def total(self) -> Decimal:
        """Gross after edits, before refunds."""
        return sum((line.kept_gross for line in self.lines), ZERO) + self.shipping + self.tip

    @property
    def tax(self) -> Decimal:
        return sum((line.kept_tax for line in self.lines), ZERO) + self.shipping_tax

    @property
    def told_tax(self) -> Decimal:
        """The tax as far as the shop tells it."""
        return self.tax if "tax" in self.shop.can else ZERO

    @property
    def platform_discount(self) -> Decimal:
        """What the platform paid of the price."""
        return sum((line.platform_discount for line in self.lines), ZERO)

    @property
    def refunded(self) -> Decimal:
        """Money that has been given back."""
        return sum((refund.total for refund in self.refunds if refund.status == "SUCCESS"), ZERO)

    @property
    def status(self) -> str:
        """What the shop displays as financial status."""
        if self.payment_state != "PAID" or not self.refunded:
            return self.payment_state
        return "REFUNDED" if self.refunded >= self.total else "PARTIALLY_REFUNDED"

    @property
    def is_live(self) -> bool:
        """Sold: confirmed, no test, not cancelled, paid at least in part."""
        paid = self.status in ("PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "REFUNDED")
        is_real = self.is_confirmed and not self.is_test and self.order_kind == "sale"
        return paid and is_real and self.cancelled_at is None

    def package_id(self, parcel: Parcel) -> str:
        """What a shop that numbers packages calls this parcel once it was told of it."""
        return f"1152{self.number:012d}{self.parcels.index(parcel) + 1:03d}"

    def refunded_units(self, line: SaleLine) -> int:
        """Units that came back; what an edit took out is in `line.removed` instead."""
        given = [refund for refund in self.refunds if not refund.is_removal]
        return sum(part.quantity for refund in given for part in refund.lines if part.line is line)

    @property
    def is_shipped(self) -> bool:
        return bool(self.parcels)
