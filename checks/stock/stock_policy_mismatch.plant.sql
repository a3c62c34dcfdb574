-- plant: the integration counts goods on order as if they were there
-- victim
WITH place AS (
    SELECT s.location, COUNT(*) AS skus, COUNT(CASE WHEN s.drift <> 0 THEN 1 END) AS drifting
    FROM fact.stock_interval AS s WHERE s.channel = $channel GROUP BY s.location
), healthy AS (
    SELECT s.location, s.sku, s.item_code, FLOOR((s.base + 60) * s.share - s.buffer) AS shown, s.stock_minutes,
           MIN(m.warehouse) AS warehouse, ROW_NUMBER() OVER (PARTITION BY s.location ORDER BY s.sku) AS place_no
    FROM fact.stock_interval AS s
    JOIN setting.channel AS c ON c.channel = s.channel AND c.stock_policy = 'available'
    JOIN setting.location_warehouse AS m ON m.channel = s.channel AND m.location = s.location
    JOIN canonical.b1_warehouse AS h ON h.warehouse = m.warehouse AND h.is_inactive IS NOT TRUE
    JOIN canonical.b1_item_warehouse AS i ON i.item_code = s.item_code AND i.warehouse = m.warehouse AND i.is_locked IS NOT TRUE
    WHERE s.channel = $channel AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
      AND s.drift = 0 AND s.e_hi > 0 AND s.e_lo = s.e_hi AND COALESCE(s.ordered, 0) = 0 AND NOT s.is_sold_without_stock
      -- far enough out, whatever the location holds
      AND FLOOR((s.base + 60) * s.share - s.buffer) - s.e_hi > GREATEST(3, s.e_hi * 0.05)
    GROUP BY s.location, s.sku, s.item_code, s.base, s.share, s.buffer, s.stock_minutes
), grouped AS (
    -- four times as many as are wrong already, and some that other plants may add
    SELECT h.location, h.sku, h.item_code, h.shown, h.warehouse, h.stock_minutes, p.drifting, p.skus,
           LEAST(p.skus, 4 * p.drifting + 20) AS size,
           FLOOR((h.place_no - 1) / LEAST(p.skus, 4 * p.drifting + 20)) AS part
    FROM healthy AS h JOIN place AS p ON p.location = h.location
    WHERE p.drifting <= 3
)
SELECT g.location AS subject_id, 0 AS money_at_risk, 'ordered_counted' AS cause, g.location,
       ARRAY_AGG(g.sku ORDER BY g.sku) AS skus, ARRAY_AGG(g.item_code ORDER BY g.sku) AS items,
       -- at a small location the other plants have no need of these SKUs, and what is said of them elsewhere matters not
       CASE WHEN g.skus > 20 THEN ARRAY_AGG(g.sku) END AS sku, CASE WHEN g.skus > 20 THEN ARRAY_AGG(g.item_code) END AS item_code,
       ARRAY_AGG(g.shown ORDER BY g.sku) AS shown, MIN(g.warehouse) AS warehouse,
       CAST($as_of AS TIMESTAMP) - 3 * MIN(g.stock_minutes) * INTERVAL 1 MINUTE AS told_at
FROM grouped AS g
GROUP BY g.location, g.part, g.size, g.drifting, g.skus
HAVING COUNT(*) >= 5 AND (COUNT(*) = g.size OR g.skus <= 20) AND MIN(g.warehouse) = MAX(g.warehouse)
ORDER BY g.drifting, g.skus, g.location, g.part
-- change
UPDATE canonical.channel_stock SET available = LIST_EXTRACT($shown, LIST_POSITION($skus, sku)),
       updated_at = CASE WHEN updated_at IS NOT NULL THEN CAST($told_at AS TIMESTAMP) END
WHERE channel = $channel AND location = $location AND LIST_CONTAINS($skus, sku)
-- change
UPDATE canonical.b1_item_warehouse SET ordered = 60
WHERE warehouse = $warehouse AND LIST_CONTAINS($items, item_code)
