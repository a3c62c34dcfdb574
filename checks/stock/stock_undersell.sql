/*---
title       = "The channel shows nothing although B1 has enough"
severity    = "low"
owner       = "ECOM"
subject     = "sku"
consecutive = 2
reads       = ["canonical.channel_stock", "canonical.listing", "canonical.sales_order", "canonical.sales_order_line", "canonical.b1_item",
               "canonical.b1_item_warehouse", "canonical.b1_order", "fact.stock_interval"]
needs       = ["canonical.channel_stock.available"]
muted_by    = ["stock_update_rejected"]
means       = "The channel offers none of a SKU at a location although B1 has at least three units for it there, and at least what sells in a day. The level must have stood at nothing for more than two pushes, in two readings in a row. Listings that are switched off, items that the channel does not count, stock that waits as returned goods, and a share of nothing are left out."
story       = "{channel} offers none of {sku} at {location_name}, although {b1} has {expected} to sell there; {note_missed}."
why         = "Customers find the article sold out and buy elsewhere, while it lies in the warehouse."
look        = "Channel: the SKU's level at the location and who changed it last. B1: Inventory > Item Master Data > Inventory Data, by warehouse."
fix         = "Push the SKU's stock again; if it is taken off sale on purpose, switch the listing off instead of setting its stock to nothing."
prevent     = "Take articles off sale by switching off the listing, never by a level of nothing, and push the whole catalogue once a night."

[params]
least_units    = {type = "decimal", default = 3, why = "one or two pieces are often kept back, counted or on their way"}
quiet_cadences = {type = "int", default = 2, why = "a level written within the last two pushes may still be overtaken"}
---*/
SELECT
    CONCAT(s.sku, '@', s.location)      AS subject_id,
    s.currency                          AS currency,
    s.e_least                           AS expected,
    s.available                         AS actual,
    s.missed_money                      AS money_at_risk,
    s.level_updated_at                  AS occurred_at,
    s.level_updated_at                  AS source_updated_at,
    s.sku                               AS sku,
    s.location                          AS location,
    CASE WHEN s.units_28d > 0
         THEN CONCAT('it sold ', CAST(CAST(s.units_28d AS DECIMAL(19,0)) AS VARCHAR), ' times in the last four weeks')
         ELSE 'it did not sell in the last four weeks' END AS note_missed
FROM fact.stock_interval AS s
WHERE s.channel = $channel
  AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
  AND s.available = 0 AND s.e_least >= $least_units AND s.e_least * 28 >= s.units_28d
  AND (s.level_updated_at IS NULL
       OR s.level_updated_at < CAST($as_of AS TIMESTAMP) - $quiet_cadences * s.stock_minutes * INTERVAL 1 MINUTE)
  AND NOT s.is_sold_without_stock
ORDER BY s.missed_money DESC, s.location, s.sku
