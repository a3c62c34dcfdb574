"""What the company sells and where it keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from auditor.money import ZERO
from auditor.sandbox.basics import penny


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the B1 item master; most are also listed in the shop under their code."""

    code: str
    title: str
    price: Decimal
    rate: Decimal
    number: int
    is_stocked: bool = True
    is_listed: bool = True
    is_tracked: bool = True
    oversell_allowed: bool = False
    locked_batch: int = 0
    """Units in a batch that is locked: they are on hand and cannot be sold. 0: the item has no batches."""
    is_web: bool = True
    """Marked in B1 for the channels."""
    web_from: date | None = None
    """Not to be sold on the channels before this day."""

    @property
    def barcode(self) -> str:
        return f"50{self.number:011d}"

    @property
    def weight(self) -> Decimal:
        """In kilograms."""
        return Decimal(self.number % 40 + 1) / 10 if self.is_stocked else ZERO

    @property
    def cost(self) -> Decimal:
        """What a unit cost, without tax."""
        return penny(self.price * Decimal("0.4"))


@dataclass(frozen=True, slots=True)
class Recipe:
    """A listing that is several items, or several of one.

    `kind` says who knows: 'kit' a sales BOM in B1, 'map' the company's SKU list, 'bundle' the shop, which then sells
    the components as lines of their own.
    """

    sku: str
    title: str
    price: Decimal
    kind: Literal["kit", "map", "bundle"]
    parts: tuple[tuple[str, int], ...]
    number: int


@dataclass(frozen=True, slots=True)
class Warehouse:
    code: str
    name: str
    is_inactive: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    """A place a shop sells from, and the B1 warehouses behind it."""

    number: int
    name: str
    warehouses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """What one shop offers under one SKU."""

    sku: str
    title: str
    price: Decimal
    """Gross."""
    rate: Decimal
    number: int
    """The same in every shop; platforms make their own ids from it."""
    is_tracked: bool = True
    oversell_allowed: bool = False
    components: tuple[tuple[str, int], ...] = ()
    """SKU and count of what the shop itself sells as a bundle."""
    printed: str | None = None
    """Its barcode, where that is not made from its number."""
    is_active: bool = True
    is_set: bool = False
    """Called a bundle by the shop, though nobody told it the parts."""

    @property
    def barcode(self) -> str:
        return self.printed or f"50{self.number:011d}"


@dataclass(slots=True)
class Assortment:
    """What is not as usual about the masters of the company and the products of its shops."""

    offers: dict[tuple[str, str], Listing] = field(default_factory=dict)
    """By shop and SKU: what the shop offers instead of the usual listing, or beside it."""
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By item code: properties of the item in B1 that differ."""
    more_items: dict[str, Item] = field(default_factory=dict)
    """Items of B1 that no shop offers."""
    on_hand: dict[tuple[str, str], int] = field(default_factory=dict)
    """What of them lies in which warehouse."""
    translated: list[tuple[str, str, str, int]] = field(default_factory=list)
    """Further lines of the SKU map: shop, SKU, item code, quantity."""


Ability = Literal[
    "tips", "gift_cards", "test_orders", "unconfirmed", "edits", "pending_payment", "authorized", "voided",
    "refund_shipping", "refund_adjustment", "refund_pending", "refund_failed", "refund_to_gift_card", "exchanges",
    "several_parcels", "shipment_without_number", "own_labels", "free_lines", "duplicate_lines", "tax", "bundles",
    "untracked", "oversell", "inactive_level", "several_locations", "unknown_rows", "chargebacks", "failed_payouts",
    "zero_payouts", "negative_payouts", "row_identity", "payout_total", "platform_discount", "partial_cancel",
    "exchange_orders", "sample_orders", "refund_lines", "removal_notes", "exports", "stock_times",
    "refund_undispatched", "package_ids", "carrier_list", "ship_by", "restocks", "disputes", "collects_tax",
]  # fmt: skip
"""What a platform can show; a case that needs more than a shop can show is not planted there.

carrier_list         it takes only the carriers of a list that it tells
collects_tax         it may collect the tax of an order itself, and says so
disputes             the disputes of its payments, with their state
exports              it delivers abroad
package_ids          it numbers the packages, and every later message names that number
partial_cancel       units are called off before dispatch, which is neither an edit nor a refund
payout_total         the payout's amount is told beside its rows, so that the two can disagree
refund_lines         one refund may cover several lines
refund_undispatched  money goes back before dispatch without the order being cancelled
removal_notes        an edit that takes units out leaves a refund without money (`Refund.is_removal`)
restocks             whether refunded goods were put back into stock
row_identity         amount, fee and net of a row are told each for itself
ship_by              by when an order must be sent
stock_times          when a level changed; where it is not told, a difference is believed one audit later
tax                  the tax of lines and orders
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """A channel of the company: how its orders are called, who pays them out, what it can show."""

    id: str
    kind: Literal["shopify", "bigcommerce", "magento", "john_lewis", "tiktok_shop"]
    name: str
    """What B1 calls its business partner."""
    card_code: str
    key_format: str
    """The canonical order_id (a gid without its type), made from `id` and `n`, the order's number."""
    ref_format: str
    """The order's reference as B1 carries it."""
    name_format: str
    """The order's reference as the channel shows it."""
    first_number: int
    provider: Literal["shopify_payments", "stripe", "adyen", "mirakl", "tiktok"]
    payout_format: str
    """The canonical payout_id (a gid without its type), made from `n`."""
    weight: int
    """Its part of the company's orders."""
    locations: tuple[Location, ...]
    can: frozenset[Ability]
    granted_calls: int = 1
    """How many times its published ceiling of calls the platform grants."""
    share: Decimal = Decimal("0.9")
    """The part of what may be sold that this channel shows."""
    buffer: int = 2
    """Units that it does not show."""
    clearing: str = "1250"
    fees: str = "6450"
    fee_tax: str = "1410"
    """For the tax on the provider's fees, where it tells it."""
    reserve: str = "1270"
    """For what the provider withholds."""
    payout_days: int = 1
    """Working days from one payout to the next."""
    takes_paypal: bool = False
    """Some of its customers pay with PayPal, past the provider."""
    has_files: bool = False
    """The provider's payouts are told by its files, PayPal's as well; the shop itself knows nothing of them."""

    def location(self, number: int) -> Location:
        """Raises StopIteration when the shop has no such location."""
        return next(place for place in self.locations if place.number == number)

    def has_location(self, number: int) -> bool:
        return any(place.number == number for place in self.locations)
