"""What is read from a shop: key, window, lookback, and how each stream proves that it is whole.

| stream | key | what is read | proof |
|---|---|---|---|
| shop | `shop` | one query | it answered |
| locations | location | all | Shopify's count; beyond it both directions agree |
| listings, stock | variant; `item@location` | all, in bulk | announced counts equal the file's |
| orders | order | changed in the window | Shopify's count; in bulk the announced counts |
| refunds, fulfilments | order | orders changed in the window, with all theirs | the same, and each order's own list |
| fulfilment_orders | fulfilment order | changed by their own time | both directions agree; in bulk the counts |
| payouts, balance_transactions, disputes | its own | rolling window | both directions agree |

Every answer and every line holds each field that was asked for, or the stream ends as incomplete.

The watermark of a stream is the end of its window. It says nothing about orders that were placed more than 60 days ago
when the app lacks `read_all_orders`: Shopify leaves them out without a word. Their absence proves nothing, and
`ShopifyConnector.orders_visible_since` says from when on it does.
"""

from __future__ import annotations

from datetime import timedelta

from auditor.connectors.base import Stream
from auditor.settings import Channel

# What the Admin API has no word for, by canonical table or column.
CANNOT_TELL = {
    "carrier": "Shopify takes any carrier's name; there is no list",
    "cancellation": "Shopify cancels at once; there are no requests",
    "channel_source_stock": "Shopify has one figure per location",
    "channel_setting": "what matters is on each order",
    "sales_order.alternate_ref": "an order has one name",
    "sales_order.order_kind": "exchanges are part of the order they came from",
    "sales_order.platform_discount": "every discount is the seller's",
    "sales_order_fee": "fees are told with the payout",
}

ALL_ORDERS = "read_all_orders"
VISIBLE_WITHOUT_ALL_ORDERS = timedelta(days=60)

# The search index lags by seconds, in incidents by minutes.
INDEX_LAG = timedelta(minutes=10)
# A payout is paid, or fails, days after it was issued.
PAYOUT_SETTLES = timedelta(days=30)
# A row belongs to no payout until the next one is made; the reading itself begins another 45 days earlier.
ROW_SETTLES = timedelta(days=15)
# A dispute is decided within months.
DISPUTE_SETTLES = timedelta(days=180)


# How a single suspect is looked up: canonical table and key of a finding -> the stream whose records bear that key.
LOOKED_UP_BY = {
    ("sales_order", "order_id"): "orders",
    ("refund", "order_id"): "refunds",
    ("shipment", "order_id"): "fulfilments",
    ("payout", "payout_id"): "payouts",
    ("dispute", "dispute_id"): "disputes",
}


def streams_of(channel: Channel) -> tuple[Stream, ...]:
    """In the order in which they are read: what others are compared with comes first."""
    cadence = channel.cadence
    return (
        Stream("shop", (), cadence.stock, mode="snapshot"),
        Stream("locations", ("channel_location",), cadence.stock, mode="snapshot"),
        Stream("listings", ("listing", "listing_component"), cadence.stock, mode="snapshot", is_prepared=True),
        Stream("stock", ("channel_stock",), cadence.stock, mode="snapshot", is_prepared=True),
        Stream(
            "orders",
            ("sales_order", "sales_order_line", "sales_order_shipping", "sales_order_tax", "sales_payment"),
            cadence.orders,
            INDEX_LAG,
            is_prepared=True,
        ),
        Stream("refunds", ("refund", "refund_line", "return_case"), cadence.refunds, INDEX_LAG, is_prepared=True),
        Stream("fulfilments", ("shipment", "shipment_line"), cadence.tracking, INDEX_LAG, is_prepared=True),
        Stream(
            "fulfilment_orders",
            ("fulfilment_order", "fulfilment_order_line"),
            cadence.tracking,
            INDEX_LAG,
            is_prepared=True,
        ),
        Stream("payouts", ("payout",), cadence.payouts, PAYOUT_SETTLES),
        Stream("balance_transactions", ("payout_line",), cadence.payouts, ROW_SETTLES),
        Stream("disputes", ("dispute",), cadence.payouts, DISPUTE_SETTLES),
    )
