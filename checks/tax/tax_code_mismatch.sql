/*---
title    = "A line is taxed with another rate or tax code than it should be"
severity = "medium"
owner    = "FIN"
subject  = "order_line"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.b1_order", "canonical.b1_order_line", "canonical.b1_invoice",
            "canonical.b1_invoice_line", "canonical.b1_tax_code", "canonical.b1_item", "setting.tax_code_map", "fact.tax_code_line"]
needs    = ["canonical.sales_order_line.tax"]
muted_by = ["order_missing_in_b1", "marketplace_vat_treatment"]
means    = "Each line's tax rate in B1 is compared with the rate that the channel charged, and its tax code with the code that the company's map names for the channel, the country and the rate. A tenth of a percentage point is tolerated, a rate that changed between the order and the invoice is right on both days, and goods that are not taxed may carry their item's own code."
why      = "The VAT return declares another amount than the customer paid, or declares it in the wrong box."
look     = "B1: the line's tax code and rate; the item's sales tax code. Channel: the line's tax. The map of tax codes in auditor.toml."
fix      = "Correct the tax code in the map or on the item; change the document while it is open, else credit it and bill again."
prevent  = "Let the middleware choose the tax code from channel, country and rate, and refuse an order for which it finds none."
story    = "On {order} the item {item_code} is taxed otherwise in {b1} than it should be: {note_what}."

[causes]
other_rate = "the document is taxed at another rate than the channel charged"
other_code = "the rate is right, but the tax code is not the one that the map names"

[params]
points = {type = "decimal", default = 0.001, why = "a tenth of a percentage point is how a rate was written down, not another rate"}
---*/
SELECT
    CONCAT(l.order_id, ':', l.item_code) AS subject_id,
    l.currency                          AS currency,
    l.channel_tax                       AS expected,
    l.b1_tax                            AS actual,
    ROUND(l.money, 2)                   AS money_at_risk,
    l.placed_at                         AS occurred_at,
    l.updated_at                        AS source_updated_at,
    l.cause                             AS cause,
    l.order_id                          AS order_id,
    l.order_ref                         AS order_ref,
    COALESCE(l.sku, l.item_code)        AS sku,
    l.item_code                         AS item_code,
    l.tax_code                          AS tax_code,
    l.country                           AS country,
    l.object                            AS b1_object,
    l.doc_entry                         AS doc_entry,
    CASE l.cause
        WHEN 'other_rate' THEN CONCAT(
            'the channel charged [', CAST(l.channel_rate * 100 AS DECIMAL(9,1)), '] %, B1 holds [',
            CAST(l.b1_rate * 100 AS DECIMAL(9,1)), '] % with the tax code ', COALESCE(l.tax_code, '(none)'),
            CASE WHEN l.mapped_code IS NULL THEN '' ELSE CONCAT('; the map names ', l.mapped_code) END)
        ELSE CONCAT('the tax code is ', COALESCE(l.tax_code, '(none)'), ', but for ', COALESCE(l.country, 'any country'), ' and [',
            CAST(l.b1_rate * 100 AS DECIMAL(9,1)), '] % the map names ', l.mapped_code) END AS note_what
FROM fact.tax_code_line AS l
WHERE l.channel = $channel
  AND (l.cause = 'other_code' OR ABS(l.channel_rate - l.b1_rate) > $points)
ORDER BY l.placed_at, l.order_id, l.item_code
