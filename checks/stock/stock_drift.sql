/*---
title       = "The channel shows another stock than B1 allows"
severity    = "low"
owner       = "OPS"
subject     = "sku"
consecutive = 2
reads       = ["canonical.channel_stock", "canonical.listing", "canonical.sales_order", "canonical.sales_order_line", "canonical.b1_item",
               "canonical.b1_item_warehouse", "canonical.b1_order", "fact.stock_interval", "fact.stock_subset"]
needs       = ["canonical.channel_stock.available"]
why         = "Too high sells what is not there; too low hides what could be sold."
look        = "B1: Inventory > Item Master Data > Inventory Data, by warehouse. Channel: the SKU's level at the location and its last update."
fix         = "Push the SKU's stock again. If many SKUs of a location are wrong, mend its warehouse map first."

[params]
tolerance_units   = {type = "decimal", default = 1, why = "a single unit is usually a sale between the two readings"}
tolerance_share   = {type = "decimal", default = 0.02, why = "on large stocks two per cent change nothing for a buyer"}
quiet_cadences    = {type = "int", default = 2, why = "a level written within the last two pushes may still be overtaken"}
subset_skus       = {type = "int", default = 5, why = "the same as in stock_warehouse_subset, whose finding then is the cause"}
---*/
SELECT
    CONCAT(s.sku, '@', s.location)      AS subject_id,
    s.currency                          AS currency,
    CASE WHEN s.drift > 0 THEN s.e_hi ELSE s.e_lo END AS expected,
    s.available                         AS actual,
    s.drift                             AS difference,
    s.drift_money                       AS money_at_risk,
    s.level_updated_at                  AS occurred_at,
    s.level_updated_at                  AS source_updated_at,
    CASE WHEN s.drift > 0 AND s.e_hi < 5 THEN 'high' ELSE 'low' END AS severity,
    CASE WHEN w.sku IS NOT NULL THEN 'warehouse_left_out' END AS cause,
    CASE WHEN w.sku IS NOT NULL THEN 'stock_warehouse_subset' END AS parent_check,
    CASE WHEN w.sku IS NOT NULL THEN s.location END AS parent_subject_id,
    s.sku                               AS sku,
    s.location                          AS location,
    CONCAT('base ', CAST(CAST(s.base AS DECIMAL(19,2)) AS VARCHAR),
           ', in flight ', CAST(CAST(s.in_flight AS DECIMAL(19,2)) AS VARCHAR),
           ', moved -', CAST(CAST(s.movement_minus AS DECIMAL(19,2)) AS VARCHAR),
           ' +', CAST(CAST(s.movement_plus AS DECIMAL(19,2)) AS VARCHAR),
           ', share ', CAST(s.share AS VARCHAR), ', buffer ', CAST(CAST(s.buffer AS DECIMAL(19,2)) AS VARCHAR)) AS note_interval,
    w.warehouses                        AS note_sum_of
FROM fact.stock_interval AS s
LEFT JOIN fact.stock_subset AS w
  ON w.channel = s.channel AND w.location = s.location AND w.sku = s.sku AND w.skus >= $subset_skus
WHERE s.channel = $channel
  AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
  AND ABS(s.drift) > GREATEST($tolerance_units, $tolerance_share * s.e_hi)
  AND (s.level_updated_at IS NULL
       OR s.level_updated_at < CAST($as_of AS TIMESTAMP) - $quiet_cadences * s.stock_minutes * INTERVAL 1 MINUTE)
  -- offered though nothing is there: stock_oversell_exposure judges that
  AND NOT (s.available > 0 AND s.e_hi <= 0)
ORDER BY s.drift_money DESC, s.location, s.sku
