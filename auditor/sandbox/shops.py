"""The five channels of the simulated company."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import get_args

from auditor.errors import UsageError
from auditor.sandbox.catalogue import Ability, Location, Shop

SPECIAL: frozenset[Ability] = frozenset(
    (
        "platform_discount", "partial_cancel", "exchange_orders", "sample_orders", "removal_notes", "package_ids",
        "disputes", "collects_tax",
    )
)  # fmt: skip
"""What only one kind of channel knows."""
EVERYTHING: frozenset[Ability] = frozenset(get_args(Ability)) - SPECIAL
_NO_PROMISES: frozenset[Ability] = frozenset({"carrier_list", "ship_by"})
LEEDS, MANCHESTER = Location(1, "Leeds", ("01", "02")), Location(2, "Manchester", ("03", "04"))
GLASGOW, BRISTOL = Location(3, "Glasgow", ("05", "06")), Location(4, "Bristol", ("07", "08"))
BELFAST, CARDIFF = Location(5, "Belfast", ("10", "11", "12")), Location(6, "Cardiff", ("13", "14"))
BATH, DURHAM = Location(7, "Bath", ("15", "16")), Location(8, "Durham", ("27",))

SHOPIFY = Shop(
    id="shopify-uk",
    kind="shopify",
    name="Shopify UK",
    card_code="C-SHOPIFY",
    key_format="{id}",
    ref_format="{n}",
    name_format="#{n}",
    first_number=1001,
    provider="shopify_payments",
    payout_format="{n}",
    weight=5,
    locations=(LEEDS, MANCHESTER, GLASGOW, BRISTOL, BELFAST, CARDIFF, BATH, DURHAM),
    can=EVERYTHING - {"carrier_list"} | {"removal_notes", "disputes", "collects_tax"},
    takes_paypal=True,
)
BIGCOMMERCE = Shop(
    id="bigcommerce-uk",
    kind="bigcommerce",
    name="BigCommerce UK",
    card_code="C-BIGCOMMERCE",
    key_format="{n}",
    ref_format="{n}",
    name_format="{n}",
    first_number=100_001,
    provider="stripe",
    payout_format="po_{n}",
    weight=2,
    locations=(LEEDS, MANCHESTER, GLASGOW, BRISTOL, BELFAST, BATH, DURHAM),
    # There are no tips, no returns, and nothing is oversold; a declined refund is told, a waiting one is not.
    # Whether a location sells is said of the whole location; the parts of a set are not told with the catalogue.
    can=EVERYTHING
    - {"tips", "exchanges", "oversell", "refund_pending", "inactive_level", "bundles", "stock_times"}
    - _NO_PROMISES
    - {"restocks"},
    share=Decimal("0.8"),
    clearing="1251",
    fees="6451",
    takes_paypal=True,
    has_files=True,
)
MAGENTO = Shop(
    id="magento-uk",
    kind="magento",
    name="Magento UK",
    card_code="C-MAGENTO",
    key_format="{n}",
    ref_format="{n:09d}",
    name_format="{n:09d}",
    first_number=20_001,
    provider="adyen",
    payout_format="{n}",
    weight=2,
    locations=(LEEDS, MANCHESTER, GLASGOW, BRISTOL, CARDIFF),
    # Whether stock is counted or oversold is told one product at a time; a voided payment calls the order off.
    can=EVERYTHING
    - _NO_PROMISES
    - {"restocks"}
    - {"tips", "test_orders", "edits", "voided", "exchanges", "untracked", "oversell", "inactive_level", "stock_times"}
    | {"partial_cancel"},
    share=Decimal("0.85"),
    buffer=3,
    clearing="1252",
    fees="6452",
    has_files=True,
)
JOHN_LEWIS = Shop(
    id="john-lewis",
    kind="john_lewis",
    name="John Lewis Marketplace",
    card_code="C-JOHNLEWIS",
    key_format="JL-{n}-A",
    ref_format="JL-{n}-A",
    name_format="JL-{n}-A",
    first_number=10_024_001,
    provider="mirakl",
    payout_format="{n}",
    weight=2,
    locations=(LEEDS,),
    # A marketplace takes the customer's money and says nothing of it; an order loses units by cancelation only.
    can=(
        EVERYTHING
        - {"tips", "gift_cards", "test_orders", "edits", "authorized", "voided", "refund_adjustment", "refund_failed"}
        - {"refund_to_gift_card", "exchanges", "bundles", "untracked", "oversell", "inactive_level"}
        - {"several_locations", "chargebacks", "negative_payouts", "row_identity", "restocks"}
    )
    | {"partial_cancel"},
    share=Decimal("0.8"),
    buffer=3,
    clearing="1253",
    fees="6453",
    payout_days=5,
)
# Units alike are one line, a package always has its number, nothing is paid out for nothing; tax is not told.
_TIKTOK: frozenset[Ability] = frozenset({
    "unconfirmed", "pending_payment", "refund_shipping", "refund_pending", "exchanges", "several_parcels", "own_labels",
    "free_lines", "several_locations", "unknown_rows", "chargebacks", "failed_payouts", "row_identity", "payout_total",
    "platform_discount", "partial_cancel", "exchange_orders", "sample_orders", "package_ids", "carrier_list", "ship_by",
    "restocks",
})  # fmt: skip
TIKTOK = Shop(
    id="tiktok-uk",
    kind="tiktok_shop",
    name="TikTok Shop UK",
    card_code="C-TIKTOK",
    key_format="577100000{n:09d}",
    ref_format="577100000{n:09d}",
    name_format="577100000{n:09d}",
    first_number=100_001,
    provider="tiktok",
    payout_format="{n}",
    weight=2,
    locations=(LEEDS, BRISTOL, CARDIFF, DURHAM),
    can=_TIKTOK,
    share=Decimal("0.75"),
    clearing="1254",
    fees="6454",
)
SHOPS = (SHOPIFY, BIGCOMMERCE, MAGENTO, JOHN_LEWIS, TIKTOK)


def shops_named(names: Sequence[str]) -> tuple[Shop, ...]:
    """The shops of these kinds or ids, all of them for none. Raises `UsageError` for a name that is neither."""
    for name in names:
        if not any(name in (shop.id, shop.kind) for shop in SHOPS):
            known = ", ".join(shop.kind for shop in SHOPS)
            raise UsageError(f"There is no simulated channel '{name}'; known are {known}.")
    return tuple(shop for shop in SHOPS if not names or shop.id in names or shop.kind in names)
