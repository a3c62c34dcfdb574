"""The figures of a month on both sides, and the documents of it that are not posted."""

from __future__ import annotations

from auditor.checking.documents.source import Field, Side, Source

_OF_A_MONTH = "w.period IS NOT NULL AND coalesce(w.order_id, w.payout_id, w.doc_entry, w.tax_code, w.account) IS NULL"
"""Findings about a month as a whole; others name the month of their document."""
_CHANNEL_FIGURES = Source(
    "channel_month",
    "channel",
    "{words} of {period}, by the day of the sale or refund",
    ("fact.tieout",),
    "SELECT w.no, t.period, t.currency, CASE t.measure WHEN 'vat' THEN 'Tax on sales' ELSE 'Net sales' END AS words, "
    "t.channel_figure, t.timing, t.channel_figure + t.timing AS by_document FROM wanted AS w "
    f"JOIN fact.tieout AS t ON t.channel = w.channel AND t.period = w.period WHERE {_OF_A_MONTH} "
    "ORDER BY w.no, t.measure, t.currency",
    (
        Field("channel_figure", "Figure", "money"),
        Field("timing", "Timing: in another month, or not invoiced yet", "money"),
        Field("by_document", "By the dates of B1", "money"),
    ),
)


def _unposted(name: str, side: Side, title: str, kind: str) -> Source:
    """The documents of a kind in a month, together and the ten largest."""
    query = (
        "SELECT w.no, u.period, u.currency, count(*) AS count, sum(u.amount) AS amount, "
        "string_agg(u.name, ', ' ORDER BY abs(u.amount) DESC, u.name) FILTER (WHERE u.place <= 10) AS names "
        "FROM wanted AS w JOIN (SELECT *, row_number() OVER (PARTITION BY channel, period, currency, kind "
        "ORDER BY abs(amount) DESC, name) AS place FROM fact.unposted_document) AS u "
        f"ON u.channel = w.channel AND u.period = w.period AND u.kind = '{kind}' WHERE {_OF_A_MONTH} "
        "GROUP BY w.no, u.period, u.currency ORDER BY w.no, u.currency"
    )
    fields = (Field("amount", "Together", "money"), Field("names", "The largest"))
    return Source(name, side, title, ("fact.unposted_document",), query, fields)


_B1_FIGURES = Source(
    "b1_month",
    "b1",
    "{words} of {period}, by the dates of the documents",
    ("fact.tieout",),
    "SELECT w.no, t.period, t.currency, CASE t.measure WHEN 'vat' THEN 'Output VAT' ELSE 'Revenue' END AS words, "
    "t.b1_figure, t.explained, t.tolerated, t.unexplained, t.documents FROM wanted AS w "
    f"JOIN fact.tieout AS t ON t.channel = w.channel AND t.period = w.period WHERE {_OF_A_MONTH} "
    "ORDER BY w.no, t.measure, t.currency",
    (
        Field("b1_figure", "Figure", "money"),
        Field("explained", "Explained", "money"),
        Field("tolerated", "Tolerated", "money"),
        Field("unexplained", "Explained by nothing", "money"),
        Field("documents", "Documents that nothing explains", "quantity"),
    ),
)

SOURCES = (
    _CHANNEL_FIGURES,
    _unposted("unposted_payouts", "channel", "{count} payouts of {period} that are in no entry", "payout"),
    _B1_FIGURES,
    _unposted("unposted_drafts", "b1", "{count} drafts of {period} that were never added", "draft"),
)
