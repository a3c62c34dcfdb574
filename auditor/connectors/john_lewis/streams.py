"""What is read from the marketplace: key, window, lookback, and how each stream proves that it is whole.

| stream | key | what is read | proof |
|---|---|---|---|
| settings | platform, order_taxes, additional_fields | PC01, OR75, AF01 | each answered |
| carriers | carrier code | SH21, all | it answered |
| listings | offer | OF21, all | the platform's count |
| stock | offer | OF52 export: all, then what changed | the export is complete, each file whole; of all, the count |
| orders | order | OR11, beyond 100 the OR13 export | the platform's count |
| shipments | parcel | ST11, where an order may have several | read to the end, the last page twice alike |
| returns | return | RT11 | read to the end; a week is read again each time |
| payouts | billing cycle | SBC11, rolling window | read to the end, no page in it short |
| transactions | line | TL02; long windows the TL03 export | read to the end, the last page twice alike |

Every record holds what the specification promises, or the stream ends as incomplete.

Orders bring refunds, cancelations, commissions, incidents and, on platforms with one parcel per order, the parcel.
What may be asked for once a day (settings, carriers, payouts) is read once a day; asked again on the same day, the
stream brings the same reading, so a payout made since then comes the day after.
"""

from __future__ import annotations

from datetime import timedelta

from auditor.connectors.base import Stream
from auditor.settings import Channel

CANNOT_TELL = {
    "sales_payment": "the customer pays the operator",
    "fulfilment_order": "an order is shipped as a whole; there is no work per place",
    "fulfilment_order_line": "an order is shipped as a whole; there is no work per place",
    "channel_location": "warehouses have a code and nothing else",
    "channel_source_stock": "an offer has one quantity per warehouse",
    "listing_component": "an offer is one product",
    "sales_order.is_test": "test orders live on a platform of their own",
    "sales_order.cancel_requested_at": "only what was cancelled is told",
    "sales_order.received": "the customer pays the operator",
    "sales_order.presentment_currency": "amounts are in the order's currency",
    "sales_order.presentment_total": "amounts are in the order's currency",
    "sales_order.presentment_tax": "amounts are in the order's currency",
    "sales_order_line.bundle_id": "an offer is one product",
    "sales_order_line.bundle_sku": "an offer is one product",
    "sales_order_line.bundle_quantity": "an offer is one product",
    "cancellation.requested_by": "only the reason is told",
    "refund.updated_at": "only its creation and its payment are told",
    "refund.gateway": "the operator pays the customer back",
    "refund.is_restocked": "what becomes of the goods is told by the return",
    "refund.return_id": "a refund does not name the return it is for",
    "refund_line.restock_type": "what becomes of the goods is told by the return",
    "refund_line.location": "what becomes of the goods is told by the return",
    "return_case.has_exchange": "there are no exchanges",
    "return_case.closed_at": "only the last change is told",
    "listing.inventory_item_id": "stock belongs to the offer",
    "listing.updated_at": "the list does not tell when an offer changed",
    "channel_stock.inventory_item_id": "stock belongs to the offer",
    "channel_stock.on_hand": "only what may be sold is told",
    "channel_stock.committed": "only what may be sold is told",
    "channel_stock.reserved": "only what may be sold is told",
    "channel_stock.incoming": "only what may be sold is told",
    "payout.other_gross": "it is among the adjustments",
    "payout.other_fee": "it is among the adjustments",
    "payout.reserved_gross": "it is told by the lines only",
    "payout.reserved_fee": "it is told by the lines only",
    "payout_line.refund_id": "a line names the entry of a refund (transaction_id is refund_line_id), not the refund",
    "payout_line.is_test": "there are no test payments",
    "dispute.amount": "an incident has no amount",
    "dispute.opened_at": "an incident has no time of its own",
    "dispute.evidence_due_at": "an incident has no time limit",
    "dispute.closed_at": "an incident that is over is gone",
}

# Mirakl itself reads further back than it is asked to; this is for the difference between its clock and ours.
CLOCKS_DIFFER = timedelta(minutes=10)
# Returns are few and their list is read only once, so that what one reading lost the next ones bring.
RETURNS_AGAIN = timedelta(days=7)
# A cycle is paid, or fails, weeks after it was made.
CYCLE_SETTLES = timedelta(days=60)
DAY = timedelta(days=1)


# How a single suspect is looked up: canonical table and key of a finding -> the stream whose records bear that key.
LOOKED_UP_BY = {
    ("sales_order", "order_id"): "orders",
    ("sales_order", "order_ref"): "orders",
    ("refund", "order_id"): "orders",
    ("return_case", "return_id"): "returns",
}
# What can be asked for by its order.
ASKED_BY_ORDER = ("shipment",)


def streams_of(channel: Channel) -> tuple[Stream, ...]:
    """In the order in which they are read."""
    cadence = channel.cadence
    return (
        Stream("settings", ("channel_setting",), max(DAY, cadence.payouts), mode="snapshot", once_a_day=True),
        Stream("carriers", ("carrier",), max(DAY, cadence.payouts), mode="snapshot", once_a_day=True),
        Stream("listings", ("listing",), max(DAY, cadence.stock), mode="snapshot"),
        Stream("stock", ("channel_stock",), cadence.stock, CLOCKS_DIFFER, is_prepared=True),
        Stream(
            "orders",
            (
                "sales_order",
                "sales_order_line",
                "sales_order_shipping",
                "sales_order_tax",
                "sales_order_fee",
                "cancellation",
                "refund",
                "refund_line",
                "dispute",
                "shipment",
                "shipment_line",
            ),
            min(cadence.orders, cadence.refunds),
            CLOCKS_DIFFER,
            is_prepared=True,
        ),
        Stream("shipments", ("shipment", "shipment_line"), cadence.tracking, CLOCKS_DIFFER),
        Stream("returns", ("return_case",), cadence.refunds, RETURNS_AGAIN),
        Stream("payouts", ("payout",), max(DAY, cadence.payouts), CYCLE_SETTLES, once_a_day=True),
        Stream("transactions", ("payout_line",), cadence.payouts, CLOCKS_DIFFER, is_prepared=True),
    )
