"""Payouts and their movements, and the journal entries that book them."""

from __future__ import annotations

from auditor.checking.documents.source import Field, Source

_PAYOUT = Source(
    "payout",
    "channel",
    "Payout {payout_id}",
    ("canonical.payout",),
    "SELECT w.no, t.* FROM wanted AS w "
    "JOIN canonical.payout AS t ON t.channel = w.channel AND t.payout_id = w.payout_id",
    (
        Field("payout_id", "Payout"),
        Field("issued_at", "Issued", "instant"),
        Field("source_status", "Status"),
        Field("net", "Net", "money"),
        Field("charges_gross", "Sales", "money"),
        Field("refunds_gross", "Refunds", "money"),
        Field("trace_id", "Bank reference"),
    ),
)
_PAYOUT_LINES = Source(
    "payout_lines",
    "channel",
    "The {count} movements of the payout",
    ("canonical.payout_line",),
    "SELECT w.no, count(*) AS count, sum(t.gross) AS gross, sum(t.fee) AS fee, sum(t.tax) AS tax, sum(t.net) AS net, "
    "max(t.currency) AS currency FROM wanted AS w JOIN canonical.payout_line AS t "
    "ON t.channel = w.channel AND t.payout_id = w.payout_id AND t.kind <> 'transfer' GROUP BY w.no",
    (
        Field("count", "Movements", "quantity"),
        Field("gross", "Gross", "money"),
        Field("fee", "Fees", "money"),
        Field("tax", "Tax on fees", "money"),
        Field("net", "Net", "money"),
    ),
)
_JOURNAL = Source(
    "b1_journal",
    "b1",
    "Journal entry {number}",
    ("canonical.b1_journal", "canonical.b1_journal_line"),
    "SELECT w.no, t.trans_id, t.number, t.reference_on, t.reference, t.reference2, t.reference3, "
    "(SELECT sum(l.debit) FROM canonical.b1_journal_line AS l WHERE l.trans_id = t.trans_id) AS debit "
    "FROM wanted AS w JOIN canonical.b1_journal AS t ON CAST(t.trans_id AS VARCHAR) = w.trans_id",
    (
        Field("number", "Number"),
        Field("reference_on", "Date", "day"),
        Field("reference", "Reference 1"),
        Field("reference2", "Reference 2"),
        Field("reference3", "Reference 3"),
        Field("debit", "Debit", "money"),
    ),
)

_PAYOUT_TYPE = Source(
    "payout_type",
    "channel",
    "Movements of the type {source_type}",
    ("canonical.payout_line",),
    "SELECT w.no, w.source_type AS source_type, count(*) AS count, sum(t.net) AS net, min(t.processed_at) AS first_at, "
    "max(t.processed_at) AS last_at, max(t.currency) AS currency FROM wanted AS w JOIN canonical.payout_line AS t "
    "ON t.channel = w.channel AND t.source_type = w.source_type GROUP BY w.no, w.source_type",
    (
        Field("count", "Movements", "quantity"),
        Field("net", "Net", "money"),
        Field("first_at", "First", "instant"),
        Field("last_at", "Last", "instant"),
    ),
)
_BANK_LINE = Source(
    "bank_line",
    "b1",
    "Line of the bank statement",
    ("canonical.bank_line",),
    "SELECT w.no, t.booked_on, t.amount, t.currency, t.bank_reference, t.end_to_end_id FROM wanted AS w "
    "JOIN canonical.bank_line AS t ON t.line_id = w.bank_line_id",
    (
        Field("booked_on", "Booked", "day"),
        Field("amount", "Amount", "money"),
        Field("bank_reference", "Bank reference"),
        Field("end_to_end_id", "End-to-end reference"),
    ),
)
_JOURNAL_LINES = Source(
    "b1_journal_lines",
    "b1",
    "Account {account}",
    ("canonical.b1_journal_line",),
    "SELECT w.no, t.account, sum(t.debit) AS debit, sum(t.credit) AS credit FROM wanted AS w "
    "JOIN canonical.b1_journal_line AS t ON CAST(t.trans_id AS VARCHAR) = w.trans_id "
    "GROUP BY w.no, t.account ORDER BY w.no, t.account",
    (Field("account", "Account"), Field("debit", "Debit", "money"), Field("credit", "Credit", "money")),
)

SOURCES = (_PAYOUT, _PAYOUT_LINES, _PAYOUT_TYPE, _BANK_LINE, _JOURNAL, _JOURNAL_LINES)
