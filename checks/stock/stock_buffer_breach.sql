/*---
title       = "The safety buffer is on offer"
severity    = "low"
owner       = "ECOM"
subject     = "sku"
consecutive = 2
reads       = ["canonical.channel_stock", "canonical.listing", "canonical.sales_order", "canonical.sales_order_line", "canonical.b1_item",
               "canonical.b1_item_warehouse", "canonical.b1_order", "fact.stock_interval"]
needs       = ["canonical.channel_stock.available"]
means       = "The channel shows at least the whole of its share, although a safety buffer should be kept back from it, and the difference is too small for the stock checks to report it. Also reported is an item without a buffer of its own where most items of the channel have one and the channel has none. A buffer that was changed after the level was last written is left out."
story       = "{channel} shows {actual} of {sku} at {location_name}, where {expected} would keep the safety buffer back; {note_buffer}."
why         = "The buffer is there for miscounts and for orders that come in between two pushes; without it the last piece is sold twice."
look        = "B1: the item's buffer field. auditor.toml: the channel's stock buffer. The integration's formula for the quantity."
fix         = "Let the integration take the buffer off, or write the item's buffer, then push the SKU again."
prevent     = "Make the buffer a required field of items sold online, and test the integration's formula with an item near its buffer."

[causes]
buffer_ignored = "the safety buffer was not taken off"
buffer_missing = "the item has no buffer of its own, although most of the channel's items have one, and the channel has none either"

[params]
tolerance_units = {type = "decimal", default = 1, why = "the same as in stock_drift, which has what is further off"}
tolerance_share = {type = "decimal", default = 0.02, why = "the same as in stock_drift, which has what is further off"}
usual_percent   = {type = "int", default = 50, why = "a buffer that only few items have is an exception, not a rule"}
quiet_cadences  = {type = "int", default = 2, why = "a level written within the last two pushes may still be overtaken"}
---*/
WITH kept AS (
    SELECT COUNT(own_buffer) AS with_buffer, COUNT(*) AS items
    FROM fact.stock_interval WHERE channel = $channel AND is_tracked AND is_active AND NOT is_bundle
), judged AS (
    SELECT s.sku, s.location, s.available, s.e_hi, s.whole_share, s.buffer, s.drift, s.level_updated_at, s.currency,
           s.buffer > 0 AND s.available > s.e_hi AND s.available >= s.whole_share
               AND NOT COALESCE(s.buffer_changed_at > s.level_updated_at, FALSE)
               AND NOT ABS(s.drift) > GREATEST($tolerance_units, $tolerance_share * s.e_hi) AS is_ignored,
           s.own_buffer IS NULL AND s.buffer = 0 AND s.available > 0 AND s.drift = 0
               AND k.with_buffer * 100 > k.items * $usual_percent AS is_missing
    FROM fact.stock_interval AS s CROSS JOIN kept AS k
    WHERE s.channel = $channel
      AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
      AND NOT (s.available > 0 AND s.e_hi <= 0) AND NOT s.is_sold_without_stock
      AND (s.level_updated_at IS NULL
           OR s.level_updated_at < CAST($as_of AS TIMESTAMP) - $quiet_cadences * s.stock_minutes * INTERVAL 1 MINUTE)
)
SELECT
    CONCAT(j.sku, '@', j.location)      AS subject_id,
    j.currency                          AS currency,
    j.e_hi                              AS expected,
    j.available                         AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    j.level_updated_at                  AS occurred_at,
    j.level_updated_at                  AS source_updated_at,
    CASE WHEN j.is_ignored THEN 'buffer_ignored' ELSE 'buffer_missing' END AS cause,
    j.sku                               AS sku,
    j.location                          AS location,
    CASE WHEN j.is_ignored
         THEN CONCAT(CAST(CAST(j.buffer AS DECIMAL(19,0)) AS VARCHAR), ' should be kept back of ',
                     CAST(CAST(j.whole_share AS DECIMAL(19,0)) AS VARCHAR))
         ELSE 'nothing says how much of it that is' END AS note_buffer
FROM judged AS j
WHERE j.is_ignored OR j.is_missing
ORDER BY j.location, j.sku
