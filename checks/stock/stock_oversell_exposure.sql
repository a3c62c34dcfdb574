/*---
title    = "The channel offers what B1 does not have"
severity = "high"
owner    = "OPS"
subject  = "sku"
reads    = ["canonical.channel_stock", "canonical.listing", "canonical.sales_order", "canonical.sales_order_line", "canonical.b1_item",
            "canonical.b1_item_warehouse", "canonical.b1_order", "fact.stock_interval"]
needs    = ["canonical.channel_stock.available"]
means    = "The channel offers a SKU although B1 has nothing of it to sell, or open orders in B1 ask for more than lies in the location's warehouses. Purchase orders on their way that cover it, items that may be oversold, and items that the channel does not count are left out."
why      = "Every further sale is a promise that will be broken: a cancellation, a refund and a bad review."
look     = "B1: open sales orders of the item, its stock by warehouse, purchase orders on the way."
fix      = "Set the level on the channel to zero or pause the listing now; then find out why it was not updated."
prevent  = "Push the last pieces first and often, keep a safety buffer on fast sellers, and let the channel refuse orders beyond its stock."

[causes]
open_orders_exceed_stock = "open orders ask for more than is on the shelf"
offered_without_stock = "the channel was not told that the stock is used up"
---*/
WITH judged AS (
    SELECT s.channel, s.location, s.sku, s.currency, s.available, s.e_hi, s.base, s.on_hand, s.ordered, s.demand,
           s.exposure_money, s.level_updated_at, s.is_offered_without_stock, s.is_sold_without_stock
    FROM fact.stock_interval AS s
    WHERE s.channel = $channel AND s.available > 0
      AND s.is_tracked AND s.is_active AND NOT s.oversell_allowed AND s.is_source_complete
)
SELECT
    CONCAT(j.sku, '@', j.location)      AS subject_id,
    j.currency                          AS currency,
    j.e_hi                              AS expected,
    j.available                         AS actual,
    j.exposure_money                    AS money_at_risk,
    j.level_updated_at                  AS occurred_at,
    j.level_updated_at                  AS source_updated_at,
    CASE WHEN j.demand > j.on_hand THEN 'critical' ELSE 'high' END AS severity,
    CASE WHEN j.is_sold_without_stock THEN 'open_orders_exceed_stock' ELSE 'offered_without_stock' END AS cause,
    j.sku                               AS sku,
    j.location                          AS location,
    -- a bundle has no stock of its own
    CASE WHEN j.on_hand IS NOT NULL
         THEN CONCAT('on hand [', j.on_hand, '], open orders [', j.demand, '], on purchase order [', j.ordered, ']') END AS note_stock
FROM judged AS j
WHERE j.is_offered_without_stock OR j.is_sold_without_stock
ORDER BY j.exposure_money DESC, j.location, j.sku
