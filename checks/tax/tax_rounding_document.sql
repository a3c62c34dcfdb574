/*---
title    = "The tax differs by rounding"
severity = "info"
ladder   = false
owner    = "FIN"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.sales_order_shipping", "canonical.b1_order",
            "canonical.b1_invoice", "fact.order_tax"]
needs    = ["canonical.sales_order.tax", "canonical.sales_order_line.tax"]
why      = "A penny per document is nobody's loss, but a thousand of them are a difference in the VAT return that somebody must explain."
look     = "B1: Administration > System Initialization > Document Settings, rounding; the tax code's rounding. Channel: tax settings."
fix      = "Let both sides round the same way, per line or per document. Single documents need no posting."
---*/
SELECT
    t.order_id                          AS subject_id,
    t.currency                          AS currency,
    t.channel_tax                       AS expected,
    t.b1_tax                            AS actual,
    ROUND(ABS(t.tax_difference), 2)     AS money_at_risk,
    t.placed_at                         AS occurred_at,
    t.updated_at                        AS source_updated_at,
    CASE WHEN t.rounding_method IS NULL THEN 'rounding_other' ELSE 'rounding_method' END AS cause,
    t.order_id                          AS order_id,
    t.order_ref                         AS order_ref,
    t.tax_code                          AS tax_code,
    t.object                            AS b1_object,
    t.doc_entry                         AS doc_entry,
    t.doc_num                           AS doc_num,
    CASE t.rounding_method
        WHEN 'channel_by_line' THEN 'the channel rounds line by line, B1 once per document'
        WHEN 'b1_by_line' THEN 'B1 rounds line by line, the channel once per document' END AS note_method,
    CONCAT('rounding explains at most ', CAST(t.explainable_gap AS VARCHAR), ' on ', CAST(t.taxed_lines AS VARCHAR), ' lines') AS note_bound
FROM fact.order_tax AS t
WHERE t.channel = $channel AND t.is_rate_equal AND ABS(t.tax_difference) <= t.explainable_gap
ORDER BY t.placed_at, t.order_id
