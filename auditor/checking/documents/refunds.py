"""Refunds, as the channel has them."""

from __future__ import annotations

from auditor.checking.documents.source import Field, Source

_REFUND = Source(
    "refund",
    "channel",
    "Refund {refund_id}",
    ("canonical.refund",),
    "SELECT w.no, t.* FROM wanted AS w "
    "JOIN canonical.refund AS t ON t.channel = w.channel AND t.refund_id = w.refund_id",
    (
        Field("refund_id", "Refund"),
        Field("processed_at", "Processed", "instant"),
        Field("transaction_status", "Payment"),
        Field("gateway", "Paid back through"),
        Field("total", "Total", "money"),
        Field("item", "Items without tax", "money"),
        Field("shipping", "Shipping without tax", "money"),
        Field("tax", "Tax", "money"),
        Field("adjustment", "Adjustment", "money"),
        Field("is_restocked", "Goods restocked", "flag"),
    ),
)

SOURCES = (_REFUND,)
