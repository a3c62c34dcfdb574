/*---
title    = "A B1 document of the channel carries no order number that anyone could search for"
severity = "medium"
owner    = "INT"
subject  = "document"
measure  = "text"
reads    = ["canonical.b1_order", "canonical.b1_delivery", "canonical.b1_invoice", "canonical.b1_credit_memo", "canonical.b1_return",
            "canonical.sales_order", "matching.open_document", "matching.order_document"]
means    = "Every sales order, delivery, invoice, credit memo and return on the channel's customer account must carry a reference of the form that the channel's order numbers have. Nothing is tolerated. Documents in a series for orders typed by hand are left out, and what was drawn from a document without a reference is not named again."
why      = "Without the channel's order number nobody can find the document when a customer, an auditor or a payout asks for it."
look     = "B1: the document's Customer Ref. No. Integration log: the order that made it."
fix      = "Write the channel's order number into the reference field; the likely order is named where only one fits."
prevent  = "Make the reference a required field of the channel's series, and give orders that people type in a series of their own (manual_series)."
[causes]
reference_empty     = "the reference was not written at all"
reference_malformed = "what was written is not an order number of the channel"
---*/
WITH likely AS (
    SELECT x.object, x.doc_entry, MIN(x.order_id) AS order_id, MIN(o.order_ref) AS order_ref, MIN(x.rule) AS rule
    FROM matching.order_document AS x
    JOIN matching.open_document AS d ON d.object = x.object AND d.doc_entry = x.doc_entry AND d.is_reported
    JOIN canonical.sales_order AS o ON o.order_no = x.order_no
    WHERE x.channel = $channel
    GROUP BY x.object, x.doc_entry
    HAVING COUNT(DISTINCT x.order_id) = 1
)
SELECT
    CONCAT(d.object, ':', CAST(d.doc_entry AS VARCHAR)) AS subject_id,
    d.currency                          AS currency,
    l.order_ref                         AS expected,
    d.reference                         AS actual,
    ROUND(ABS(d.total), 2)              AS money_at_risk,
    d.created_at                        AS occurred_at,
    d.updated_at                        AS source_updated_at,
    CASE WHEN d.object IN ('invoice', 'credit_memo') THEN 'high' ELSE 'medium' END AS severity,
    CASE WHEN TRIM(COALESCE(d.reference, '')) = '' THEN 'reference_empty' ELSE 'reference_malformed' END AS cause,
    l.order_id                          AS order_id,
    l.order_ref                         AS order_ref,
    d.object                            AS b1_object,
    d.doc_entry                         AS doc_entry,
    d.doc_num                           AS doc_num,
    l.rule                              AS note_order_found_by
FROM matching.open_document AS d
LEFT JOIN likely AS l ON l.object = d.object AND l.doc_entry = d.doc_entry
WHERE d.channel = $channel AND d.object <> 'draft'
  AND NOT d.is_reference_valid AND NOT d.is_manual_series
  -- reported once, where the number got lost
  AND d.is_origin AND d.is_reported
ORDER BY d.created_at, d.object, d.doc_entry
