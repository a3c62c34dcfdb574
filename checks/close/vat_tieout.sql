/*---
title    = "The output VAT of a month does not tie out with the channel's tax"
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
needs    = ["canonical.sales_order.placed_at", "canonical.sales_order.payment_status", "canonical.sales_order.total",
            "canonical.sales_order.tax"]
means    = "The tax that the channel shows on the sales of a month, less that of its refunds, is held against the output VAT on B1's invoices less its credit memos; tax that a marketplace collects and pays itself is no tax of the seller's. What stands in another month, is on its way or is not invoiced yet is a matter of timing; what findings explain is told there; and where the amount with tax agrees and the checks of tax let the tax pass, it is tolerated. Told here is only the rest that nothing explains, when it is more than a thousandth of the channel's tax and more than 100. A month is judged when it has ended, by the company's calendar, and both sides were read completely for some days beyond it; the month in which the history begins is left out, because it was not read from its first day. VAT that people book without a document is not seen."
why      = "The VAT return is made from B1: what the channel shows otherwise is declared too much or too little."
look     = "B1: Financials > Financial Reports > Tax Report of the month, and the documents named here; the channel's tax report."
fix      = "Correct the documents named here before the return is sent. If the difference is right, accept this finding for the month with the reason."
prevent  = "Send the tax of each line to B1 with the order, and look at the bridge before each return."
story    = "{channel} shows tax of {expected} on the sales of {period} and {b1} has output VAT of {actual}. Of the difference {note_timing} is timing, {note_explained} is explained, and {note_tolerated} is what the checks of tax let pass. Nothing explains {money}: {note_largest}."
[params]
share = {type = "decimal", default = 0.001, why = "a thousandth of the month's tax is what finance calls material"}
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
    t.explained                         AS note_explained,
    t.tolerated                         AS note_tolerated,
    COALESCE(t.largest, 'no single document') AS note_largest,
    CAST(t.documents AS VARCHAR)        AS note_documents
FROM fact.tieout AS t
WHERE t.channel = $channel AND t.measure = 'vat'
  AND t.ended_at + $settle_days * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)
  AND ABS(t.unexplained) > GREATEST($share * ABS(t.channel_figure), $floor)
ORDER BY t.period, t.currency
