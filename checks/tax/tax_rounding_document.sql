/*---
title    = "The tax differs by rounding"
severity = "info"
ladder   = false
owner    = "FIN"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.sales_order_shipping", "canonical.b1_order",
            "canonical.b1_invoice", "canonical.b1_tax_code", "fact.order_tax"]
needs    = ["canonical.sales_order.tax", "canonical.sales_order_line.tax"]
muted_by = ["order_missing_in_b1"]
means    = "Where the same amounts are taxed at the same rates, the tax of the order and of its document in B1 may differ by what rounding makes: half a penny for each line and one for the document. It is worked out which way of rounding gives each side's figure: line by line, once per document, unit by unit, or cut off."
why      = "A penny per document is nobody's loss, but a thousand of them are a difference in the VAT return that somebody must explain."
look     = "B1: Administration > System Initialization > Document Settings, rounding; the tax code's rounding. Channel: tax settings."
fix      = "Let both sides round the same way, per line or per document. Single documents need no posting."
prevent  = "Send the tax of each line to B1 with the order, or set both sides to the same way of rounding before the first order."

[causes]
rounding_method = "the two sides round in different ways, and both figures come out to the penny"
rounding_other  = "it is no more than rounding can make, though no usual way of rounding gives both figures"
---*/
SELECT
    t.order_id                          AS subject_id,
    t.currency                          AS currency,
    t.channel_tax                       AS expected,
    t.b1_tax                            AS actual,
    ROUND(ABS(t.tax_difference), 2)     AS money_at_risk,
    t.placed_at                         AS occurred_at,
    t.updated_at                        AS source_updated_at,
    CASE WHEN t.is_method THEN 'rounding_method' ELSE 'rounding_other' END AS cause,
    -- the setting that many documents share is told once, and carries their money
    'tax_rounding_accumulated'          AS parent_check,
    CONCAT(COALESCE(t.tax_code, 'several'), ':', t.period, ':', t.currency) AS parent_subject_id,
    t.order_id                          AS order_id,
    t.order_ref                         AS order_ref,
    t.tax_code                          AS tax_code,
    t.object                            AS b1_object,
    t.doc_entry                         AS doc_entry,
    t.doc_num                           AS doc_num,
    CASE WHEN t.is_method THEN CONCAT(
        'the channel ',
        CASE t.channel_method WHEN 'line' THEN 'rounds line by line' WHEN 'document' THEN 'rounds once per document'
                              WHEN 'unit' THEN 'rounds unit by unit' ELSE 'cuts off each line' END,
        ', B1 ',
        CASE t.b1_method WHEN 'line' THEN 'rounds line by line' WHEN 'document' THEN 'rounds once per document'
                         WHEN 'unit' THEN 'rounds unit by unit' ELSE 'cuts off each line' END,
        CASE WHEN t.channel_method = t.b1_method THEN ', one inside the price with tax and the other on top of the price without it'
             ELSE '' END) END           AS note_method,
    CONCAT('Rounded line by line it is [', t.by_line, ' ', t.currency,
           '], once per document [', t.by_document, ' ', t.currency,
           '], unit by unit [', t.by_unit, ' ', t.currency, '].') AS note_expected,
    CONCAT('rounding explains at most [', t.explainable_gap, '] ', t.currency, ' on ', CAST(t.taxed_lines AS VARCHAR), ' lines') AS note_bound
FROM fact.order_tax AS t
WHERE t.channel = $channel AND t.is_rate_equal AND t.is_rounding AND NOT t.is_untaxed
ORDER BY t.placed_at, t.order_id
