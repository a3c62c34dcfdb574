/*---
title    = "Delivered in one period and invoiced in another"
severity = "low"
owner    = "FIN"
subject  = "document"
reads    = ["canonical.b1_period", "canonical.b1_delivery", "canonical.b1_delivery_line", "canonical.b1_invoice",
            "canonical.b1_invoice_line", "canonical.sales_order", "fact.delivery_cutoff"]
needs    = ["canonical.b1_period", "canonical.sales_order"]
means    = "When an accounting period is over, each delivery dated in it must be invoiced in it, and each invoice dated in it must be delivered in it. What is still open on a delivery counts as not invoiced. Periods that are locked are left alone, and reserve invoices, which are made before the goods leave, do not count unless the policy says so. The days are the company's."
why      = "Revenue stands in another period than the goods it was earned with: the margin of both is wrong, and the auditors ask for an accrual."
look     = "B1: the relationship map of the delivery or the invoice, and the posting dates of both."
fix      = "Make the invoice with a date in the period while it is open; otherwise post an accrual for the net amount and reverse it in the next period."
prevent  = "Invoice each day what was delivered that day, and run the last invoices before the period is closed."
story    = "The {b1_document} of {expected} without tax, dated {note_day}, {note_lacks}."

[causes]
not_invoiced    = "no invoice has been made"
invoiced_later  = "the invoice is dated after the end of the period"
delivered_later = "the delivery is dated after the end of the period"
not_delivered   = "a reserve invoice whose goods have not left"

[params]
close_hours     = {type = "int", default = 0, why = "on the first day of the new period the cut-off is already wrong"}
materiality     = {type = "decimal", default = 100, why = "from this net amount on a document is worth an accrual of its own"}
reserve_allowed = {type = "bool", default = true, why = "reserve invoices are made before the delivery by design"}
---*/
SELECT
    CONCAT(CASE WHEN c.object = 'delivery' THEN 'delivery' ELSE 'invoice' END, ':', c.doc_entry) AS subject_id,
    c.currency                  AS currency,
    c.missing_net               AS expected,
    0                           AS actual,
    ROUND(c.missing_net, 2)     AS money_at_risk,
    c.created_at                AS occurred_at,
    c.updated_at                AS source_updated_at,
    CASE WHEN c.missing_net >= $materiality THEN 'medium' END AS severity,
    CASE WHEN c.object = 'reserve_invoice' THEN 'not_delivered'
         WHEN c.object = 'invoice' THEN 'delivered_later'
         WHEN c.other_entry IS NULL THEN 'not_invoiced' ELSE 'invoiced_later' END AS cause,
    c.order_id                  AS order_id,
    o.order_ref                 AS order_ref,
    c.period_code               AS period,
    CASE WHEN c.object = 'delivery' THEN 'delivery' ELSE 'invoice' END AS b1_object,
    c.doc_entry                 AS doc_entry,
    c.doc_num                   AS doc_num,
    CAST(c.doc_on AS VARCHAR)   AS note_day,
    CASE WHEN c.object = 'delivery' AND c.other_entry IS NULL THEN CONCAT('was not invoiced in ', c.period_code)
         WHEN c.object = 'delivery' THEN CONCAT('was invoiced after the end of ', c.period_code)
         WHEN c.object = 'invoice' THEN CONCAT('was delivered after the end of ', c.period_code)
         ELSE CONCAT('was not delivered in ', c.period_code) END AS note_lacks
FROM fact.delivery_cutoff AS c
JOIN canonical.sales_order AS o ON o.order_no = c.order_no
WHERE c.channel = $channel
  AND c.ended_at + $close_hours * INTERVAL 1 HOUR <= CAST($as_of AS TIMESTAMP)
  AND (c.object <> 'reserve_invoice' OR NOT $reserve_allowed)
ORDER BY c.doc_on, c.object, c.doc_entry
