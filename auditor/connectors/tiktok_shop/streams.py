"""What is read from a shop: key, window, lookback, and how each stream proves that it is whole.

| stream | key | what is read | proof |
|---|---|---|---|
| warehouses | warehouse | all, in one answer | it answered, and with some |
| carriers | shipping provider | those approved for each delivery option | each call answered |
| listings | SKU | all products, by time of creation | TikTok's count |
| stock | SKU | the SKUs of all products | the count; every SKU for sale came; warehouses add up to the total |
| orders | order | changed in the window, or parcels, cancellations or returns of theirs | TikTok's counts |
| cancellations | cancellation | changed in the window | TikTok's count; each one's order came |
| returns | return | changed in the window | the same |
| payouts | payment | rolling window | both directions agree; statements name no other |
| statements | `statement/row` | rolling window | both directions agree; each statement's own count |

Every record holds the fields that `bodies.py` names, or the stream ends as incomplete.

What a figure means:

- An order line is all units of one SKU with the same original price and sale price; its id is the smallest id among
  its units. The package is not part of it: units get their package one by one when they are sent, and a line must stay
  the line it was. `shipment_line` says which units went with which package.
- `sales_order.total` is what the seller is owed: original prices less the seller's discounts, with shipping, without
  units called off before dispatch. What TikTok pays of it is `platform_discount`. A refund is meant the same way: with
  the part of the discount that TikTok takes back, because that is what B1 credits and what the settlement deducts.
- No tax is told in the UK and the EU: prices contain it, `gross` is set, `net` and `tax` are not. In the US prices are
  without tax, and TikTok collects it itself; then `sales_order_tax` has it.
- A payout is a payment to the bank; `finance.py` says how rows belong to it. In a row, what customer and TikTok pay for
  goods and shipping is `gross`; what is kept is `fee`, with its VAT apart as `tax`. An order's sale and its refund in
  one row are told apart. Amounts of a row are read with the sign with which they make up its settlement.
"""

from __future__ import annotations

from datetime import timedelta

from auditor.connectors.base import Stream
from auditor.settings import Channel

# What the Partner API has no word for, by canonical table or column.
CANNOT_TELL = {
    "sales_order.tax": "no tax is told for UK and EU orders",
    "sales_order_line.tax": "no tax is told for UK and EU orders",
    "sales_order_line.net": "no tax is told for UK and EU orders",
    "sales_order_line.tax_rate": "no tax is told for UK and EU orders",
    "sales_order_shipping.tax": "no tax is told for UK and EU orders",
    "sales_order_shipping.net": "no tax is told for UK and EU orders",
    "sales_order_shipping.tax_rate": "no tax is told for UK and EU orders",
    "refund.tax": "no tax is told for UK and EU orders",
    "refund_line.tax": "no tax is told for UK and EU orders",
    "sales_order.alternate_ref": "an order has one number",
    "sales_order.received": "customers pay TikTok, not the seller",
    "sales_order.refunded": "refunds are told by the returns",
    "sales_order.presentment_total": "orders are in the shop's currency",
    "sales_payment": "customers pay TikTok, not the seller",
    "refund.transaction_id": "refunds name no transaction",
    "refund.gateway": "refunds name no gateway",
    "refund.is_restocked": "returns do not say whether stock was put back",
    "fulfilment_order": "there is no work to ship beside the order",
    "listing.barcode": "the list of products has none",
    "listing_component": "a virtual bundle names its parts on the order only",
    "channel_stock.updated_at": "stock is told without a time",
    "channel_stock.incoming": "stock on its way is not told",
    "channel_source_stock": "there is one figure per warehouse",
    "channel_setting": "what matters is on each order",
    "payout.trace_id": "the bank's reference is not told",
    "payout_line.refund_id": "a row names its order, not the return",
    "payout_line.transaction_id": "rows name no payment transaction",
    "dispute": "a chargeback is a row of the statement",
}

# Searches lag by seconds, and an order may change between two pages.
INDEX_LAG = timedelta(minutes=15)
# A payment is paid, or fails, days after it was made.
PAYMENT_SETTLES = timedelta(days=30)
# A statement names its payment when that is made; small ones wait for others. On a first load the statements of the
# oldest payments are that much older than these.
STATEMENT_SETTLES = timedelta(days=45)


# How a single suspect is looked up: canonical table and key of a finding -> the stream whose records bear that key.
LOOKED_UP_BY = {
    ("sales_order", "order_id"): "orders",
    ("sales_order", "order_ref"): "orders",
    ("shipment", "order_id"): "orders",
    ("return_case", "return_id"): "returns",
}
# What can be asked for by its order.
ASKED_BY_ORDER = ("refund",)


def streams_of(channel: Channel) -> tuple[Stream, ...]:
    """In the order in which they are read: what others are compared with comes first."""
    cadence = channel.cadence
    return (
        Stream("warehouses", ("channel_location",), cadence.stock, mode="snapshot"),
        Stream("carriers", ("carrier",), cadence.tracking, mode="snapshot"),
        Stream("listings", ("listing",), cadence.stock, mode="snapshot"),
        Stream("stock", ("channel_stock",), cadence.stock, mode="snapshot"),
        Stream(
            "orders",
            (
                "sales_order", "sales_order_line", "sales_order_shipping", "sales_order_tax", "shipment",
                "shipment_line",
            ),
            min(cadence.orders, cadence.tracking),
            INDEX_LAG,
        ),
        Stream("cancellations", ("cancellation", "refund", "refund_line"), cadence.refunds, INDEX_LAG),
        Stream("returns", ("return_case", "refund", "refund_line"), cadence.refunds, INDEX_LAG),
        Stream("payouts", ("payout",), cadence.payouts, PAYMENT_SETTLES),
        Stream("statements", ("payout_line", "sales_order_fee"), cadence.payouts, STATEMENT_SETTLES),
    )  # fmt: skip
