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

_REFUND_LINES = Source(
    "refund_lines",
    "channel",
    "The {lines} lines of the refund",
    ("canonical.refund_line",),
    "SELECT w.no, count(*) AS lines, sum(t.quantity) AS quantity, sum(t.net) AS net, sum(t.tax) AS tax, "
    "string_agg(DISTINCT t.sku, ', ' ORDER BY t.sku) AS skus, "
    "string_agg(DISTINCT replace(t.restock_type, '_', ' '), ', ') AS restock, max(t.currency) AS currency "
    "FROM wanted AS w JOIN canonical.refund_line AS t ON t.channel = w.channel AND t.refund_id = w.refund_id "
    "GROUP BY w.no",
    (
        Field("skus", "SKUs"),
        Field("quantity", "Units", "quantity"),
        Field("net", "Net", "money"),
        Field("tax", "Tax", "money"),
        Field("restock", "What became of the goods"),
    ),
)
_RETURN_CASE = Source(
    "return_case",
    "channel",
    "Return {return_id}",
    ("canonical.return_case",),
    "SELECT w.no, t.* FROM wanted AS w "
    "JOIN canonical.return_case AS t ON t.channel = w.channel AND t.return_id = w.return_id",
    (
        Field("return_id", "Return"),
        Field("source_status", "Status"),
        Field("quantity", "Units", "quantity"),
        Field("created_at", "Requested", "instant"),
        Field("closed_at", "Closed", "instant"),
        Field("has_exchange", "Exchanged for other goods", "flag"),
    ),
)
_DISPUTE = Source(
    "dispute",
    "channel",
    "Dispute {dispute_id}",
    ("canonical.dispute",),
    "SELECT w.no, t.* FROM wanted AS w "
    "JOIN canonical.dispute AS t ON t.channel = w.channel AND t.dispute_id = w.dispute_id",
    (
        Field("dispute_id", "Dispute"),
        Field("kind", "Kind"),
        Field("source_status", "Status"),
        Field("amount", "Amount", "money"),
        Field("reason", "Reason"),
        Field("opened_at", "Opened", "instant"),
        Field("evidence_due_at", "Answer due", "instant"),
        Field("closed_at", "Decided", "instant"),
    ),
)
_CREDIT_MEMO_IDS = Source(
    "b1_credit_memo_ids",
    "b1",
    "What credit memo {doc_num} names",
    ("canonical.b1_credit_memo", "canonical.b1_credit_memo_line"),
    "SELECT w.no, t.doc_num, t.refund_id, t.payment_id, t.return_reason, "
    "(SELECT string_agg(DISTINCT CASE l.base_type WHEN 13 THEN 'invoice ' WHEN 15 THEN 'delivery ' "
    "WHEN 16 THEN 'return ' ELSE 'document ' END || CAST(l.base_entry AS VARCHAR), ', ') "
    "FROM canonical.b1_credit_memo_line AS l WHERE l.doc_entry = t.doc_entry AND l.base_entry IS NOT NULL) AS base "
    "FROM wanted AS w JOIN canonical.b1_credit_memo AS t ON CAST(t.doc_entry AS VARCHAR) = w.doc_entry "
    "WHERE w.b1_object = 'credit_memo'",
    (
        Field("doc_num", "Number"),
        Field("refund_id", "Refund"),
        Field("payment_id", "Payment"),
        Field("return_reason", "Reason"),
        Field("base", "Drawn from"),
    ),
)
_PERIOD = Source(
    "b1_refund_period",
    "b1",
    "Posting period {period_code}",
    ("canonical.b1_period",),
    "SELECT w.no, t.* FROM wanted AS w JOIN canonical.b1_period AS t ON t.period_code = w.period "
    "WHERE w.refund_id IS NOT NULL",
    (
        Field("period_code", "Period"),
        Field("from_on", "From", "day"),
        Field("to_on", "To", "day"),
        Field("status", "Status"),
    ),
)

SOURCES = (_REFUND, _REFUND_LINES, _RETURN_CASE, _DISPUTE, _CREDIT_MEMO_IDS, _PERIOD)
