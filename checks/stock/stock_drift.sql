/*---
title       = "The channel shows another stock than B1 allows"
severity    = "low"
owner       = "OPS"
subject     = "sku"
consecutive = 2
reads       = ["canonical.channel_stock", "canonical.listing", "canonical.sales_order", "canonical.sales_order_line", "canonical.b1_item",
               "canonical.b1_item_warehouse", "canonical.b1_order", "fact.stock_interval", "fact.stock_subset",
               "fact.stock_other_policy", "fact.stock_behind"]
needs       = ["canonical.channel_stock.available"]
muted_by    = ["stock_update_rejected"]
means       = "The stock that the channel shows for a SKU at a location is compared with what B1 allows: the stock of the location's warehouses under the agreed policy, times the channel's share, less the safety buffer. Orders on their way and movements between the two readings widen what is allowed. One unit, or two per cent of a large stock, is tolerated, and so is a level that was written within the last two pushes. Two readings in a row must show it."
why         = "Too high sells what is not there; too low hides what could be sold."
look        = "B1: Inventory > Item Master Data > Inventory Data, by warehouse. Channel: the SKU's level at the location and its last update."
fix         = "Push the SKU's stock again. If many SKUs of a location are wrong, mend its warehouse map or its policy first."
prevent     = "Let nobody change levels on the channel by hand, push the whole catalogue once a night, and keep the warehouse map, policy, share and buffer of the integration the same as in auditor.toml."

[causes]
warehouse_left_out = "one or more warehouses are left out of the sum"
on_hand_instead_of_available = "stock on hand is shown instead of what is available, on most wrong SKUs of the location"
ordered_counted = "goods on order are counted as available, on most wrong SKUs of the location"
available_instead_of_agreed = "what is available is shown instead of the agreed figure, on most wrong SKUs of the location"

[params]
tolerance_units   = {type = "decimal", default = 1, why = "a single unit is usually a sale between the two readings"}
tolerance_share   = {type = "decimal", default = 0.02, why = "on large stocks two per cent change nothing for a buyer"}
quiet_cadences    = {type = "int", default = 2, why = "a level written within the last two pushes may still be overtaken"}
subset_skus       = {type = "int", default = 5, why = "the same as in stock_warehouse_subset, whose finding then is the cause"}
policy_skus       = {type = "int", default = 5, why = "the same as in stock_policy_mismatch, whose finding then is the cause"}
policy_percent    = {type = "int", default = 80, why = "the same as in stock_policy_mismatch, whose finding then is the cause"}
hidden_units      = {type = "decimal", default = 3, why = "the same as in stock_undersell, which has the SKUs that show nothing at all"}
stuck_cadences    = {type = "int", default = 3, why = "the same as in stock_update_stuck, which has the levels that B1 left behind"}
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
    CASE WHEN w.sku IS NOT NULL THEN 'warehouse_left_out'
         WHEN p.policy = 'on_hand' THEN 'on_hand_instead_of_available'
         WHEN p.policy = 'available_and_ordered' THEN 'ordered_counted'
         WHEN p.policy = 'available' THEN 'available_instead_of_agreed' END AS cause,
    CASE WHEN w.sku IS NOT NULL THEN 'stock_warehouse_subset'
         WHEN p.sku IS NOT NULL THEN 'stock_policy_mismatch' END AS parent_check,
    CASE WHEN w.sku IS NOT NULL OR p.sku IS NOT NULL THEN s.location END AS parent_subject_id,
    s.sku                               AS sku,
    s.location                          AS location,
    CONCAT('base [', s.base, '], in flight [', s.in_flight, '], moved -[', s.movement_minus, '] +[', s.movement_plus,
           '], share [', s.share, '], buffer [', s.buffer, ']') AS note_interval,
    w.warehouses                        AS note_sum_of
FROM fact.stock_interval AS s
LEFT JOIN fact.stock_subset AS w
  ON w.channel = s.channel AND w.location = s.location AND w.sku = s.sku AND w.skus >= $subset_skus
LEFT JOIN fact.stock_other_policy AS p
  ON p.channel = s.channel AND p.location = s.location AND p.sku = s.sku
 AND p.fitting >= $policy_skus AND p.fitting * 100 >= p.drifting * $policy_percent
LEFT JOIN fact.stock_behind AS b ON b.channel = s.channel AND b.location = s.location AND b.sku = s.sku
WHERE s.channel = $channel
  AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
  AND ABS(s.drift) > GREATEST($tolerance_units, $tolerance_share * s.e_hi)
  AND (s.level_updated_at IS NULL
       OR s.level_updated_at < CAST($as_of AS TIMESTAMP) - $quiet_cadences * s.stock_minutes * INTERVAL 1 MINUTE)
  -- offered though nothing is there, or sold twice: stock_oversell_exposure judges that
  AND NOT (s.available > 0 AND s.e_hi <= 0) AND NOT s.is_sold_without_stock
  -- nothing offered though enough is there: stock_undersell
  AND NOT (s.available = 0 AND s.e_least >= $hidden_units AND s.e_least * 28 >= s.units_28d)
  -- left behind by B1: stock_update_stuck, unless a common cause explains it
  AND (w.sku IS NOT NULL OR p.sku IS NOT NULL OR b.since IS NULL
       OR s.level_updated_at >= b.since - s.stock_minutes * INTERVAL 1 MINUTE
       OR b.since >= CAST($as_of AS TIMESTAMP) - $stuck_cadences * s.stock_minutes * INTERVAL 1 MINUTE)
ORDER BY s.drift_money DESC, s.location, s.sku
