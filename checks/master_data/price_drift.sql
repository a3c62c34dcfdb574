/*---
title    = "The channel asks another price than B1's price list says"
severity = "low"
owner    = "ECOM"
subject  = "sku"
reads    = ["canonical.listing", "canonical.sales_order", "canonical.sales_order_line", "canonical.b1_item", "canonical.b1_item_price",
            "canonical.b1_tax_code", "matching.sku_item", "fact.listed_price_gap"]
needs    = ["canonical.listing.price", "canonical.listing.sku", "canonical.sales_order.is_tax_included"]
consecutive = 2
means    = "The price of every active product is compared with the item's price in the price list from which the channels get theirs (auditor.toml, [booking] price_list). B1's price is brought to the channel's terms first: where the shop's prices contain tax, the item's tax is added. Sets that the SKU map makes of several items or units have no price in B1 and are not compared. The difference may be the larger of the two tolerances, and it must be seen in two audits running, because prices and lists are read minutes apart."
why      = "Every unit that is sold too cheaply costs the difference; what is too dear is not sold, or breaks a promise of the price."
look     = "B1: the item's price in the price list. Channel: the product's price, sales and scheduled changes."
fix      = "Send the price to the channel again. If the channel's price is meant, correct the price list."
prevent  = "Let prices be changed in B1 only and travel with every change; name running promotions under `promoted`, so that they are not taken for errors."
story    = "{sku} costs {actual} on {channel}, and {expected} by price list {note_price_list} of {b1}{note_terms}."

[causes]
tax_left_out     = "the channel shows the price without tax, though its prices contain tax"
tax_added_twice  = "tax was added to a price that already contained it"
old_price        = "the channel still shows the price that B1 had before"
other_price_list = "the channel shows the price of another price list"

[params]
tolerance         = {type = "decimal", default = 0.01, why = "a price with tax is rounded to the penny, so the list's price without tax may be a penny off"}
tolerance_percent = {type = "decimal", default = 0.5, why = "smaller differences come from exchange rates and psychological prices, and nobody would act on them"}
half_percent      = {type = "decimal", default = 50, why = "below half of the list price somebody has mistyped, and every hour counts"}
promoted          = {type = "text", default = "", why = "SKUs on promotion, separated by commas, * for all of the channel: their price is another one on purpose"}
---*/
SELECT
    CONCAT(p.sku, ':', p.currency)      AS subject_id,
    NULLIF(p.currency, '')              AS currency,
    ROUND(p.expected, 2)                AS expected,
    ROUND(p.actual, 2)                  AS actual,
    CASE WHEN p.net_gap > 0 THEN ROUND(CAST(p.net_gap * p.units_7d AS DECIMAL(19,6)), 2) ELSE 0 END AS money_at_risk,
    p.updated_at                        AS occurred_at,
    CASE WHEN p.net_price < COALESCE(p.cost, 0) OR p.actual * 100 < p.expected * $half_percent THEN 'high' ELSE 'low' END AS severity,
    CASE WHEN p.is_gross AND p.rate > 0 AND ABS(p.actual * (1 + p.rate) - p.expected) <= $tolerance * (1 + p.rate) THEN 'tax_left_out'
         WHEN p.is_gross AND p.rate > 0 AND ABS(p.actual - p.expected * (1 + p.rate)) <= $tolerance THEN 'tax_added_twice'
         WHEN p.is_old_price THEN 'old_price'
         WHEN p.other_price_list IS NOT NULL THEN 'other_price_list' END AS cause,
    p.sku                               AS sku,
    p.item_code                         AS item_code,
    CAST(p.price_list AS VARCHAR)       AS note_price_list,
    CASE WHEN p.is_gross AND p.price_is_net THEN ', tax added'
         WHEN NOT p.is_gross AND NOT p.price_is_net THEN ', both with tax' ELSE '' END AS note_terms,
    CAST(CAST(p.units_7d AS BIGINT) AS VARCHAR) AS note_sold_in_seven_days
FROM fact.listed_price_gap AS p
WHERE p.channel = $channel
  AND ABS(p.actual - p.expected) > GREATEST($tolerance, p.expected * $tolerance_percent * 0.01)
  AND NOT ($promoted = '*' OR contains(CONCAT(',', REPLACE($promoted, ' ', ''), ','), CONCAT(',', p.sku, ',')))
ORDER BY p.sku, p.currency
