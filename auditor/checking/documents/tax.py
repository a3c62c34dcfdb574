"""Tax codes and the lines that they stand on."""

from __future__ import annotations

from auditor.checking.documents.source import Field, Source

_TAX_LINES = Source(
    "order_tax",
    "channel",
    "Tax of the order: {rate}",
    ("canonical.sales_order_tax",),
    "SELECT w.no, coalesce(t.title, CAST(t.tax_no AS VARCHAR)) AS rate, t.tax_rate, t.tax, t.is_channel_liable, "
    "t.currency FROM wanted AS w "
    "JOIN canonical.sales_order_tax AS t ON t.channel = w.channel AND t.order_id = w.order_id "
    "WHERE w.tax_code IS NOT NULL OR w.country IS NOT NULL ORDER BY w.no, t.tax_no",
    (
        Field("tax_rate", "Tax rate", "rate"),
        Field("tax", "Tax", "money"),
        Field("is_channel_liable", "Paid by the channel", "flag"),
    ),
)
_TAX_CODE = Source(
    "b1_tax_code",
    "b1",
    "Tax code {tax_code}",
    ("canonical.b1_tax_code",),
    # The rate that holds now; a code may have had others before.
    "SELECT w.no, t.tax_code, max(t.name) AS name, arg_max(t.tax_rate, coalesce(t.effective_from, DATE '1900-01-01')) "
    "AS tax_rate, max(t.effective_from) AS effective_from, bool_or(t.is_inactive) AS is_inactive "
    "FROM wanted AS w JOIN canonical.b1_tax_code AS t ON t.tax_code = w.tax_code GROUP BY w.no, t.tax_code",
    (
        Field("tax_code", "Tax code"),
        Field("name", "Name"),
        Field("tax_rate", "Rate", "rate"),
        Field("effective_from", "Since", "day"),
        Field("is_inactive", "Inactive", "flag"),
    ),
)

SOURCES = (_TAX_LINES, _TAX_CODE)
