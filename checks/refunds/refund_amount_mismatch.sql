/*---
title    = "The credit memo is not the amount that went back to the customer"
severity = "info"
owner    = "FIN"
subject  = "refund"
reads    = ["canonical.refund", "canonical.refund_line", "canonical.sales_order", "canonical.b1_credit_memo", "fact.refund_parts"]
needs    = ["canonical.refund.total"]
muted_by = ["order_missing_in_b1", "refund_duplicate_credit_memo"]
means    = "The credit memos of a refund are added up and compared part by part with what the channel paid back: items, shipping, tax, and corrections that belong to no item. A penny per refunded line is tolerated, at most ten; where the channel tells no tax, amounts with tax are compared."
why      = "Revenue, shipping income or VAT is corrected by another amount than was paid out."
look     = "Channel: the refund's items, shipping and adjustments. B1: the credit memo's lines and freight."
fix      = "Cancel the credit memo and post it anew, or post the difference; write the refund's id on it."
prevent  = "Let the middleware take items, shipping and corrections from the refund itself, not from the invoice."

[params]
tolerance_per_line = {type = "decimal", default = 0.01, why = "each refunded line may be rounded once by half a penny on either side"}
tolerance_cap      = {type = "decimal", default = 0.10, why = "beyond ten pence nobody would call it rounding, however long the refund"}
tolerance_header   = {type = "decimal", default = 0.02, why = "a refund without lines has one amount and one tax to be rounded"}
---*/
WITH gap AS (
    SELECT p.channel, p.refund_id, p.order_id, p.order_no, p.currency, p.processed_at, p.total, p.b1_total, p.item, p.b1_item,
           p.shipping, p.b1_shipping, p.tax, p.b1_tax, p.is_gross, p.doc_entry, p.doc_num,
           p.credit_memos, p.b1_updated_at,
           CASE WHEN p.priced_lines = 0 THEN $tolerance_header
                ELSE LEAST($tolerance_per_line * p.priced_lines, $tolerance_cap) END AS tolerance,
           -- a correction that belongs to no item may have been booked with the items: then only the total tells
           CASE WHEN p.adjustment = 0 OR p.b1_other <> 0 THEN GREATEST(p.total_gap, p.part_gap) ELSE p.total_gap END AS gap
    FROM fact.refund_parts AS p
    WHERE p.channel = $channel AND p.transaction_status = 'success'
)
SELECT
    g.refund_id                         AS subject_id,
    g.currency                          AS currency,
    g.total                             AS expected,
    g.b1_total                          AS actual,
    ROUND(g.gap, 2)                     AS money_at_risk,
    g.processed_at                      AS occurred_at,
    g.b1_updated_at                     AS source_updated_at,
    g.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    g.refund_id                         AS refund_id,
    'credit_memo'                       AS b1_object,
    g.doc_entry                         AS doc_entry,
    g.doc_num                           AS doc_num,
    CONCAT(CASE WHEN g.item IS NULL THEN 'not told' ELSE CONCAT('[', g.item, ' ', g.currency, ']') END,
           ' / [', g.b1_item, ' ', g.currency, ']') AS note_items,
    CONCAT(CASE WHEN g.shipping IS NULL THEN 'not told' ELSE CONCAT('[', g.shipping, ' ', g.currency, ']') END,
           ' / [', g.b1_shipping, ' ', g.currency, ']') AS note_shipping,
    CASE WHEN g.is_gross THEN 'not told by the channel; items and shipping are with tax'
         ELSE CONCAT('[', g.tax, ' ', g.currency, '] / [', g.b1_tax, ' ', g.currency, ']') END AS note_tax
FROM gap AS g
LEFT JOIN canonical.sales_order AS o ON o.order_no = g.order_no
WHERE g.gap > g.tolerance
  -- several credit memos that are too much together: that is told as a duplicate
  AND NOT (g.credit_memos > 1 AND g.b1_total - g.total > g.tolerance)
ORDER BY g.processed_at, g.refund_id
