"""What is read from a store: key, window, lookback, and how each stream proves that it is whole.

| stream | key | what is read | proof |
|---|---|---|---|
| settings | `store`, `tax`, `currencies`, `order_statuses` | four answers | each answered, with its fields |
| locations | location | all | as many as the answer's total, the same on each page |
| listings | variant | all products by ascending id, with variants | totals; no product without a variant |
| stock | `variant@location` | the inventory of each portion of products | totals of each portion |
| orders | order | changed in the window, with lines, taxes, fees, coupons | BigCommerce's count; the lines' units |
| transactions | order | of the orders changed in the window | the same count; each answer's total |
| refunds | refund | created in the window, with their orders' lines | total of the list, the same on each page |
| shipments | order | of the orders changed in the window | the same count; pages to the end; shipped units |

The list of orders is walked by ascending id (`min_id` moves along), so that an order that changes meanwhile neither
moves others to another page nor is lost: an order never leaves `min_date_modified`, it only joins.

Whether a refund or a parcel changes an order's `date_modified` is not documented. So refunds are read from their own
list, orders with a new refund are read again with it, and the first read of a (UTC) day reads all open orders again.
Status 0 (Incomplete) is a payment page that was left: such orders are not kept.
"""

from __future__ import annotations

from datetime import timedelta

from auditor.connectors.base import Stream
from auditor.settings import Channel

# What the API has no word for, by canonical table or column.
CANNOT_TELL = {
    "carrier": "there is no list of carriers to ask for",
    "cancellation": "an order is cancelled at once; there are no requests",
    "return_case": "the API does not show returns",
    "dispute": "disputes are told by the payment provider",
    "fulfilment_order": "work to ship is not divided by location",
    "fulfilment_order_line": "work to ship is not divided by location",
    "channel_source_stock": "there is one figure per location",
    "listing_component": "pick lists are not told with the catalogue",
    "sales_order_fee": "fees are told by the payment provider",
    "listing.is_bundle": "pick lists are not told with the catalogue",
    "channel_location.holds_stock": "a location does not say whether it holds stock",
    "channel_stock.committed": "stock is taken off when an order is placed",
    "channel_stock.reserved": "stock is taken off when an order is placed",
    "channel_stock.incoming": "expected goods are not kept",
    "channel_stock.updated_at": "stock has no time",
    "sales_order.is_edited": "an edited order looks as if it had been placed so",
    "sales_order.cancel_requested_at": "an order is cancelled at once; there are no requests",
    "sales_order.ship_by_at": "an order has no time by which it must be sent",
    "sales_order.platform_discount": "every discount is the seller's",
    "sales_order.presentment_tax": "only the transactional currency has amounts",
    "sales_order.received": "what was paid is told by the transactions",
    "sales_order.refunded": "the order's own refund fields are always 0",
    "sales_order_line.platform_discount": "every discount is the seller's",
    "sales_order_tax.is_channel_liable": "taxes do not say who owes them",
    "sales_payment.fee": "fees are told by the payment provider",
    "shipment.location": "a shipment does not say where it was sent from",
    "shipment.delivered_at": "there are no events of carriers",
    "shipment.updated_at": "a shipment only has the time it was made",
    "refund.updated_at": "a refund only has the time it was made",
    "refund.return_id": "the API does not show returns",
    "refund_line.location": "refunds do not restock",
}

# The store's clock and ours may differ, and what was written just now may be listed a little later.
LAG = timedelta(minutes=10)
# A refund's payment is carried out after it was made and may still be declined.
REFUND_SETTLES = timedelta(days=2)
# How far back the first read of a day looks for refunds that were declined late.
DAILY_REFUNDS = timedelta(days=30)


# How a single suspect is looked up: canonical table and key of a finding -> the stream whose records bear that key.
LOOKED_UP_BY = {
    ("sales_order", "order_id"): "orders",
    ("sales_order", "order_ref"): "orders",
    ("shipment", "order_id"): "shipments",
    ("refund", "refund_id"): "refunds",
}
# What can be asked for by its order.
ASKED_BY_ORDER = ("refund",)


def streams_of(channel: Channel) -> tuple[Stream, ...]:
    """In the order in which they are read: what others are compared with comes first."""
    cadence = channel.cadence
    return (
        Stream("settings", ("channel_setting",), cadence.stock, mode="snapshot"),
        Stream("locations", ("channel_location",), cadence.stock, mode="snapshot"),
        Stream("listings", ("listing",), cadence.stock, mode="snapshot"),
        Stream("stock", ("channel_stock",), cadence.stock, mode="snapshot"),
        Stream(
            "orders",
            ("sales_order", "sales_order_line", "sales_order_shipping", "sales_order_tax"),
            cadence.orders,
            LAG,
        ),
        Stream("transactions", ("sales_payment",), cadence.orders, LAG),
        Stream("refunds", ("refund", "refund_line"), cadence.refunds, REFUND_SETTLES),
        Stream("shipments", ("shipment", "shipment_line"), cadence.tracking, LAG),
    )
