"""What is read from a shop: key, window, lookback, and how each stream proves that it is whole.

| stream | key | what is read | proof |
|---|---|---|---|
| settings | store view; `tax` | all | one answer |
| stocks | stock | all, with their sources | Magento's count |
| listings | product | all | Magento's count, page by page and in all |
| stock | `stock/<id>/<sku>`, `source/<code>/<sku>` | all | Magento's count; each SKU asked for by its name |
| orders, invoices, refunds | its own number | changed in the window | Magento's count, page by page and in all |
| shipments | its own number | changed in the window, or made in the last three days | the same |

Every answer holds each field that every record must have, or the stream ends as incomplete. Lists are sorted and
sought by number, never by page, so that what changes while they are read is neither lost nor doubled; a change that
came too late for this window lies in the next one, which begins earlier than this one ends.
"""

from __future__ import annotations

from datetime import timedelta

from auditor.connectors.base import Stream
from auditor.settings import Channel

# What REST has no word for, by canonical table or column.
CANNOT_TELL = {
    "cancellation": "an order is cancelled at once; there are no requests",
    "carrier": "a track names any carrier; there is no list",
    "channel_stock.updated_at": "stock comes without a time",
    "channel_stock.is_tracked": "only one product at a time tells whether its stock is managed",
    "dispute": "told by the payment provider alone",
    "fulfilment_order": "there is no work to ship apart from the order",
    "listing.available": "stock is told per stock, not per product",
    "listing.barcode": "there is no standard attribute for it",
    "listing.is_tracked": "only one product at a time tells whether its stock is managed",
    "listing.oversell_allowed": "only one product at a time tells whether it is sold without stock",
    "payout": "settled by the payment provider, whose files tell it",
    "payout_line": "settled by the payment provider, whose files tell it",
    "refund.is_restocked": "a credit memo does not keep whether goods went back into stock",
    "refund.reason": "only free text that may name people",
    "refund.return_id": "a credit memo does not name the return it was made for",
    "refund_line.restock_type": "a credit memo does not keep whether goods went back into stock",
    "return_case": "returns belong to Adobe Commerce alone and are not tied to credit memos",
    "sales_order.cash_rounding": "cash is not rounded",
    "sales_order.duties": "there are none",
    "sales_order.is_test": "a test order looks like any other",
    "sales_order.order_kind": "exchanges are orders like any other",
    "sales_order.platform_discount": "every discount is the seller's",
    "sales_order.ship_by_at": "an order has no promised day",
    "sales_order.tip": "there are none",
    "sales_order_fee": "there are no commissions",
    "sales_payment.fee": "told by the payment provider alone",
    "shipment.delivered_at": "a shipment is not followed to its door",
    "shipment.location": "a shipment names a source; what is sold is told per stock",
}

# Saved within a transaction that ends later, by a database whose clock may be behind ours.
COMMIT_LAG = timedelta(minutes=10)


# How a single suspect is looked up: canonical table and key of a finding -> the stream whose records bear that key.
LOOKED_UP_BY = {("sales_order", "order_id"): "orders", ("refund", "refund_id"): "refunds"}
# What can be asked for by its order.
ASKED_BY_ORDER = ("refund", "shipment")


def streams_of(channel: Channel) -> tuple[Stream, ...]:
    """In the order in which they are read: what others are compared with comes first."""
    cadence = channel.cadence
    return (
        Stream("settings", ("channel_setting",), cadence.payouts, mode="snapshot"),
        Stream("stocks", ("channel_location", "channel_setting"), cadence.stock, mode="snapshot"),
        Stream("listings", ("listing", "listing_component"), cadence.stock, mode="snapshot"),
        Stream("stock", ("channel_stock", "channel_source_stock"), cadence.stock, mode="snapshot"),
        Stream(
            "orders",
            ("sales_order", "sales_order_line", "sales_order_shipping", "sales_order_tax", "sales_payment"),
            cadence.orders,
            COMMIT_LAG,
        ),
        Stream("invoices", ("sales_payment",), cadence.orders, COMMIT_LAG),
        Stream("refunds", ("refund", "refund_line", "sales_payment"), cadence.refunds, COMMIT_LAG),
        Stream("shipments", ("shipment", "shipment_line"), cadence.tracking, COMMIT_LAG),
    )
