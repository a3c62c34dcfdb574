"""Every GraphQL document this connector reads and writes with, and nothing that asks for personal data.

A record is read along two roads: page by page (deltas, single records) and by a bulk operation (first load, snapshots).
Both are made from the same field lists, so a record has the same fields whichever road it came along.
Bulk texts use `edges { node }`, as the provider demands; there, arguments of paging are ignored.
"""

from __future__ import annotations

from auditor.connectors.shopify.documents.catalogue import (
    BULK_LISTINGS,
    BULK_STOCK,
    GATEWAYS,
    LISTING_COMPONENTS,
    LISTINGS,
    LOCATIONS,
    PAYMENTS,
    SHOP,
    STOCK,
)
from auditor.connectors.shopify.documents.document import Document
from auditor.connectors.shopify.documents.fulfilment import (
    BULK_FULFILMENT_ORDERS,
    BULK_FULFILMENTS,
    BULK_SHIPPED_ORDERS,
    CHANGED_FULFILMENT_ORDERS,
    CHANGED_FULFILMENTS,
    FULFILMENT_LINES,
    FULFILMENT_ORDER_LINES,
    FULFILMENT_ORDERS,
    FULFILMENTS,
    SHIPPED_ORDERS,
)
from auditor.connectors.shopify.documents.operations import BULK_POLL, BULK_START, BULK_STOP
from auditor.connectors.shopify.documents.orders import (
    BULK_ORDERS,
    CHANGED_ORDERS,
    ORDER_LINES,
    ORDER_SHIPPING,
    ORDER_TRANSACTIONS,
    ORDERS,
    ORDERS_COUNT,
)
from auditor.connectors.shopify.documents.payments import (
    BALANCE_TRANSACTION_IDS,
    BALANCE_TRANSACTIONS,
    BALANCE_TRANSACTIONS_BY_ID,
    BULK_BALANCE_TRANSACTIONS,
    DISPUTE_IDS,
    DISPUTES,
    DISPUTES_BY_ID,
    PAYOUT_IDS,
    PAYOUTS,
    PAYOUTS_BY_ID,
)
from auditor.connectors.shopify.documents.refunds import (
    BULK_REFUNDED_ORDERS,
    BULK_RETURNED_ORDERS,
    CHANGED_REFUNDS,
    ORDER_RETURNS,
    REFUND_ADJUSTMENTS,
    REFUND_LINES,
    REFUND_SHIPPING,
    REFUND_TRANSACTIONS,
    REFUNDED_ORDERS,
    REFUNDS,
)
from auditor.connectors.shopify.documents.tracking import CREATE_FULFILMENT, TRACKING_STATE, UPDATE_TRACKING

OPERATIONS = (
    SHOP,
    PAYMENTS,
    GATEWAYS,
    LOCATIONS,
    LISTINGS,
    LISTING_COMPONENTS,
    STOCK,
    ORDERS_COUNT,
    CHANGED_ORDERS,
    ORDERS,
    ORDER_LINES,
    ORDER_SHIPPING,
    ORDER_TRANSACTIONS,
    CHANGED_REFUNDS,
    REFUNDED_ORDERS,
    ORDER_RETURNS,
    REFUNDS,
    REFUND_LINES,
    REFUND_SHIPPING,
    REFUND_ADJUSTMENTS,
    REFUND_TRANSACTIONS,
    CHANGED_FULFILMENTS,
    SHIPPED_ORDERS,
    FULFILMENTS,
    FULFILMENT_LINES,
    CHANGED_FULFILMENT_ORDERS,
    FULFILMENT_ORDERS,
    FULFILMENT_ORDER_LINES,
    PAYOUTS,
    PAYOUT_IDS,
    BALANCE_TRANSACTIONS,
    BALANCE_TRANSACTION_IDS,
    DISPUTES,
    DISPUTE_IDS,
    PAYOUTS_BY_ID,
    BALANCE_TRANSACTIONS_BY_ID,
    DISPUTES_BY_ID,
    BULK_START,
    BULK_POLL,
    BULK_STOP,
    TRACKING_STATE,
    CREATE_FULFILMENT,
    UPDATE_TRACKING,
)
BULKS = (
    BULK_LISTINGS,
    BULK_STOCK,
    BULK_ORDERS,
    BULK_REFUNDED_ORDERS,
    BULK_RETURNED_ORDERS,
    BULK_SHIPPED_ORDERS,
    BULK_FULFILMENTS,
    BULK_FULFILMENT_ORDERS,
    BULK_BALANCE_TRANSACTIONS,
)


def bulk_text(document: Document, query: str = "") -> str:
    """The text of a bulk query for a search. The search holds quoted times only, so it needs no escaping."""
    if '"' in query or "\\" in query:
        raise ValueError("a search in a bulk query must not hold double quotes or backslashes")
    return document.text.replace("QUERY", query)


__all__ = [
    "BALANCE_TRANSACTIONS",
    "BALANCE_TRANSACTIONS_BY_ID",
    "BALANCE_TRANSACTION_IDS",
    "BULKS",
    "BULK_BALANCE_TRANSACTIONS",
    "BULK_FULFILMENTS",
    "BULK_FULFILMENT_ORDERS",
    "BULK_LISTINGS",
    "BULK_ORDERS",
    "BULK_POLL",
    "BULK_REFUNDED_ORDERS",
    "BULK_RETURNED_ORDERS",
    "BULK_SHIPPED_ORDERS",
    "BULK_START",
    "BULK_STOCK",
    "BULK_STOP",
    "CHANGED_FULFILMENTS",
    "CHANGED_FULFILMENT_ORDERS",
    "CHANGED_ORDERS",
    "CHANGED_REFUNDS",
    "CREATE_FULFILMENT",
    "DISPUTES",
    "DISPUTES_BY_ID",
    "DISPUTE_IDS",
    "FULFILMENTS",
    "FULFILMENT_LINES",
    "FULFILMENT_ORDERS",
    "FULFILMENT_ORDER_LINES",
    "GATEWAYS",
    "LISTINGS",
    "LISTING_COMPONENTS",
    "LOCATIONS",
    "OPERATIONS",
    "ORDERS",
    "ORDERS_COUNT",
    "ORDER_LINES",
    "ORDER_RETURNS",
    "ORDER_SHIPPING",
    "ORDER_TRANSACTIONS",
    "PAYMENTS",
    "PAYOUTS",
    "PAYOUTS_BY_ID",
    "PAYOUT_IDS",
    "REFUNDED_ORDERS",
    "REFUNDS",
    "REFUND_ADJUSTMENTS",
    "REFUND_LINES",
    "REFUND_SHIPPING",
    "REFUND_TRANSACTIONS",
    "SHIPPED_ORDERS",
    "SHOP",
    "STOCK",
    "TRACKING_STATE",
    "UPDATE_TRACKING",
    "Document",
    "bulk_text",
]
