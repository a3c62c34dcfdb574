/*---
title    = "The tax differs by more than rounding can explain"
severity = "medium"
owner    = "FIN"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.sales_order_shipping", "canonical.b1_order",
            "canonical.b1_invoice", "canonical.b1_tax_code", "fact.order_tax"]
needs    = ["canonical.sales_order.tax", "canonical.sales_order_line.tax"]
muted_by = ["order_missing_in_b1"]
means    = "Where the same amounts are taxed at the same rates, the tax of the order and of its document in B1 may differ by half a penny for each line and one for the document, or by what another way of rounding gives to the penny. What is beyond that is an error."
why      = "The same amounts at the same rates must give the same tax; one side declares too much or too little."
look     = "B1: the document's tax per line and on freight. Channel: the order's tax lines."
fix      = "Correct the document while it is open; once invoiced, credit it and bill again."
prevent  = "Send the tax of each line and of the freight to B1 with the order, and let nobody type the tax of a document."
---*/
SELECT
    t.order_id                          AS subject_id,
    t.currency                          AS currency,
    t.channel_tax                       AS expected,
    t.b1_tax                            AS actual,
    ROUND(ABS(t.tax_difference), 2)     AS money_at_risk,
    t.placed_at                         AS occurred_at,
    t.updated_at                        AS source_updated_at,
    t.order_id                          AS order_id,
    t.order_ref                         AS order_ref,
    t.tax_code                          AS tax_code,
    t.object                            AS b1_object,
    t.doc_entry                         AS doc_entry,
    t.doc_num                           AS doc_num,
    CONCAT('rounding explains at most [', t.explainable_gap, '] ', t.currency, ' on ', CAST(t.taxed_lines AS VARCHAR), ' lines') AS note_bound
FROM fact.order_tax AS t
WHERE t.channel = $channel AND t.is_rate_equal AND NOT t.is_rounding AND NOT t.is_untaxed
ORDER BY t.placed_at, t.order_id
