-- plant: the integration pushed the level without taking the safety buffer off
-- victim
WITH spread AS (
    SELECT sku, COUNT(*) AS places FROM canonical.channel_stock WHERE channel = $channel GROUP BY sku
)
SELECT CONCAT(s.sku, '@', s.location) AS subject_id, 0 AS money_at_risk, 'buffer_ignored' AS cause,
       s.sku, s.location, s.item_code, s.whole_share AS shown,
       CAST($as_of AS TIMESTAMP) - 3 * s.stock_minutes * INTERVAL 1 MINUTE AS told_at
FROM fact.stock_interval AS s
JOIN spread AS p ON p.sku = s.sku
WHERE s.channel = $channel AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
  AND s.drift = 0 AND s.e_hi > 0 AND s.buffer > 0 AND s.buffer_changed_at IS NULL AND NOT s.is_sold_without_stock
  -- more than the whole share would be told by stock_drift, and so is a buffer that is much of it
  AND s.whole_share > s.e_hi AND (s.whole_share - s.e_hi <= 1 OR (s.whole_share - s.e_hi) * 50 <= s.e_hi)
ORDER BY p.places, s.sku, s.location
-- change
UPDATE canonical.channel_stock SET available = $shown, updated_at = CASE WHEN updated_at IS NOT NULL THEN CAST($told_at AS TIMESTAMP) END
WHERE channel = $channel AND location = $location AND sku = $sku
