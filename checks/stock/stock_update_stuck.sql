/*---
title       = "B1's stock has changed, and the channel was never told"
severity    = "medium"
owner       = "INT"
subject     = "sku"
reads       = ["canonical.channel_stock", "canonical.listing", "canonical.sales_order", "canonical.sales_order_line", "canonical.b1_item",
               "canonical.b1_item_warehouse", "canonical.b1_order", "fact.stock_interval", "fact.stock_subset",
               "fact.stock_other_policy", "fact.stock_behind"]
needs       = ["canonical.channel_stock.available"]
muted_by    = ["stock_update_rejected"]
means       = "B1's stock of a SKU at a location has been another one for more than three pushes than it was when the channel's level was last written, and the level is now out of what B1 allows. A change that cancelled itself out does not count, and neither does one that a forgotten warehouse or a wrong policy explains."
story       = "{channel} still shows {actual} of {sku} at {location_name}, where {expected} would be right: {note_since}."
why         = "A delta that was lost is never sent again by itself: the level stays wrong until the next movement of the article."
look        = "The middleware's queue and log for the SKU since the moment named; the channel's own history of the level."
fix         = "Queue the SKU's update again, then look whether others of the same run are missing too."
prevent     = "Let the middleware repeat what failed, alert on messages that wait, and push the whole catalogue once a night so that a lost delta does not last."

[causes]
shows_old_figure = "the channel still shows exactly the figure from before the change"

[params]
tolerance_units = {type = "decimal", default = 1, why = "a single unit is usually a sale between the two readings"}
tolerance_share = {type = "decimal", default = 0.02, why = "on large stocks two per cent change nothing for a buyer"}
stuck_cadences  = {type = "int", default = 3, why = "a push may be missed once and repeated; a third time nobody repeats it any more"}
last_pieces     = {type = "decimal", default = 5, why = "below five pieces the next sale may be the one too many"}
hidden_units    = {type = "decimal", default = 3, why = "the same as in stock_undersell, which has the SKUs that show nothing at all"}
subset_skus     = {type = "int", default = 5, why = "the same as in stock_warehouse_subset, whose finding then is the cause"}
policy_skus     = {type = "int", default = 5, why = "the same as in stock_policy_mismatch, whose finding then is the cause"}
policy_percent  = {type = "int", default = 80, why = "the same as in stock_policy_mismatch, whose finding then is the cause"}
---*/
SELECT
    CONCAT(s.sku, '@', s.location)      AS subject_id,
    s.currency                          AS currency,
    CASE WHEN s.drift > 0 THEN s.e_hi ELSE s.e_lo END AS expected,
    s.available                         AS actual,
    s.drift                             AS difference,
    s.drift_money                       AS money_at_risk,
    b.since                             AS occurred_at,
    s.level_updated_at                  AS source_updated_at,
    CASE WHEN s.e_hi < $last_pieces THEN 'high' ELSE 'medium' END AS severity,
    CASE WHEN s.available = b.figure_before THEN 'shows_old_figure' END AS cause,
    s.sku                               AS sku,
    s.location                          AS location,
    CONCAT('B1 had other stock by ', CAST(b.since AS VARCHAR), ' UTC, so the channel should have gone from ',
           CAST(CAST(b.figure_before AS DECIMAL(19,0)) AS VARCHAR), ' to ', CAST(CAST(s.e_hi AS DECIMAL(19,0)) AS VARCHAR)) AS note_since
FROM fact.stock_interval AS s
JOIN fact.stock_behind AS b ON b.channel = s.channel AND b.location = s.location AND b.sku = s.sku
LEFT JOIN fact.stock_subset AS w
  ON w.channel = s.channel AND w.location = s.location AND w.sku = s.sku AND w.skus >= $subset_skus
LEFT JOIN fact.stock_other_policy AS p
  ON p.channel = s.channel AND p.location = s.location AND p.sku = s.sku
 AND p.fitting >= $policy_skus AND p.fitting * 100 >= p.drifting * $policy_percent
WHERE s.channel = $channel
  AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
  AND ABS(s.drift) > GREATEST($tolerance_units, $tolerance_share * s.e_hi)
  AND b.since < CAST($as_of AS TIMESTAMP) - $stuck_cadences * s.stock_minutes * INTERVAL 1 MINUTE
  -- a push just before the reading that showed the change may have come after the change itself
  AND s.level_updated_at < b.since - s.stock_minutes * INTERVAL 1 MINUTE
  AND w.sku IS NULL AND p.sku IS NULL
  AND NOT (s.available > 0 AND s.e_hi <= 0) AND NOT s.is_sold_without_stock
  AND NOT (s.available = 0 AND s.e_least >= $hidden_units AND s.e_least * 28 >= s.units_28d)
ORDER BY s.drift_money DESC, s.location, s.sku
