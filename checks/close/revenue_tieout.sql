/*---
title    = "The revenue of a month does not tie out with the channel's net sales"
severity = "high"
owner    = "FIN"
subject  = "period"
after_findings = true
reads    = ["canonical.sales_order", "canonical.refund", "canonical.b1_order", "canonical.b1_invoice",
            "canonical.b1_credit_memo", "canonical.b1_payment", "fact.tieout",
            # what the checks read that explain a difference: where one of them cannot be judged, nor can the month
            "canonical.b1_bom", "canonical.b1_credit_memo_expense", "canonical.b1_credit_memo_line", "canonical.b1_delivery",
            "canonical.b1_draft", "canonical.b1_invoice_line", "canonical.b1_item", "canonical.b1_order_line",
            "canonical.b1_payment_invoice", "canonical.b1_return", "canonical.b1_tax_code", "canonical.cancellation",
            "canonical.fulfilment_order", "canonical.payout_line", "canonical.refund_line", "canonical.return_case",
            "canonical.sales_order_line", "canonical.sales_order_shipping", "canonical.sales_payment"]
needs    = ["canonical.sales_order.placed_at", "canonical.sales_order.payment_status", "canonical.sales_order.total"]
means    = "The channel's net sales of a month (sales less refunds and discounts, by the day of the sale or refund) are held against B1's revenue (invoices less credit memos of the channel, by their dates), both without tax; where a channel tells no tax, both with it. What stands in another month, is on its way or is not invoiced yet is a matter of timing, and what findings explain is told there, also while it is accepted or looked into. Told here is only the rest that nothing explains, when it is more than a thousandth of the channel's figure and more than 100. A month is judged when it has ended, by the company's calendar, and both sides were read completely for some days beyond it; the month in which the history begins is left out, because it was not read from its first day. Entries that people make on revenue accounts without a document are not seen."
why      = "A difference that no check explains is one that nobody is working on: the revenue of the month cannot be signed."
look     = "The bridge of the month, at the bars that nothing explains; the documents named here on both sides."
fix      = "Find out what the documents named here have in common, and correct them. If the difference is right, accept this finding for the month with the reason."
prevent  = "Look at the bridge before each closing, and write a check of your own for a difference that comes back."
story    = "{channel} has net sales of {expected} in {period} and {b1} has revenue of {actual}. Of the difference {note_timing} is timing, which makes the net sales by the dates of B1 {note_by_document}, and {note_explained} is explained. Nothing explains {money}: {note_largest}."
[params]
share = {type = "decimal", default = 0.001, why = "a thousandth of the month's sales is what finance calls material"}
floor = {type = "decimal", default = 100, why = "below 100 the search costs more than the difference"}
settle_days = {type = "int", default = 2, why = "invoices and credit memos of the last day are made within two days"}
---*/
SELECT
    CONCAT(t.period, ':', t.currency)   AS subject_id,
    t.currency                          AS currency,
    t.channel_figure                    AS expected,
    t.b1_figure                         AS actual,
    t.unexplained                       AS difference,
    ROUND(ABS(t.unexplained), 2)        AS money_at_risk,
    t.ended_at - INTERVAL 1 SECOND      AS occurred_at,
    t.period                            AS period,
    t.timing                            AS note_timing,
    t.channel_figure + t.timing         AS note_by_document,
    t.explained + t.tolerated           AS note_explained,
    COALESCE(t.largest, 'no single document') AS note_largest,
    CAST(t.documents AS VARCHAR)        AS note_documents
FROM fact.tieout AS t
WHERE t.channel = $channel AND t.measure = 'revenue'
  AND t.ended_at + $settle_days * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)
  AND ABS(t.unexplained) > GREATEST($share * ABS(t.channel_figure), $floor)
ORDER BY t.period, t.currency
