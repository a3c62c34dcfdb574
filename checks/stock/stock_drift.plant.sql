-- plant: somebody raised the level on the channel by hand
-- victim
WITH sold AS (
    SELECT l.channel, l.sku, ARRAY_AGG(DISTINCT l.order_id) AS order_ids, COUNT(DISTINCT l.order_id) AS orders
    FROM canonical.sales_order_line AS l
    JOIN canonical.sales_order AS o ON o.channel = l.channel AND o.order_id = l.order_id
    WHERE l.channel = $channel AND l.sku IS NOT NULL AND o.placed_at > $as_of - INTERVAL 29 DAY
    GROUP BY l.channel, l.sku
), spread AS (
    SELECT sku, COUNT(*) AS places FROM canonical.channel_stock WHERE channel = $channel GROUP BY sku
)
SELECT CONCAT(s.sku, '@', s.location) AS subject_id, (5 + FLOOR(s.e_hi * 0.1)) * s.price AS money_at_risk,
       s.sku, s.location, s.item_code, q.order_ids AS order_id, s.e_hi + 5 + FLOOR(s.e_hi * 0.1) AS shown,
       CAST($as_of AS TIMESTAMP) - 3 * s.stock_minutes * INTERVAL 1 MINUTE AS told_at
FROM fact.stock_interval AS s
JOIN spread AS p ON p.sku = s.sku
LEFT JOIN sold AS q ON q.sku = s.sku
WHERE s.channel = $channel AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
  AND s.drift = 0 AND s.e_hi > 0 AND NOT s.is_sold_without_stock AND s.price > 0
ORDER BY p.places, COALESCE(q.orders, 0), s.sku, s.location
-- change
UPDATE canonical.channel_stock SET available = $shown, updated_at = CASE WHEN updated_at IS NOT NULL THEN CAST($told_at AS TIMESTAMP) END
WHERE channel = $channel AND location = $location AND sku = $sku

-- plant: somebody cut the level on the channel to a half
-- victim
WITH sold AS (
    SELECT l.channel, l.sku, ARRAY_AGG(DISTINCT l.order_id) AS order_ids, COUNT(DISTINCT l.order_id) AS orders
    FROM canonical.sales_order_line AS l
    JOIN canonical.sales_order AS o ON o.channel = l.channel AND o.order_id = l.order_id
    WHERE l.channel = $channel AND l.sku IS NOT NULL AND o.placed_at > $as_of - INTERVAL 29 DAY
    GROUP BY l.channel, l.sku
), spread AS (
    SELECT sku, COUNT(*) AS places FROM canonical.channel_stock WHERE channel = $channel GROUP BY sku
)
SELECT CONCAT(s.sku, '@', s.location) AS subject_id,
       CAST(ROUND((s.e_lo - FLOOR(s.e_lo * 0.5)) * s.price * LEAST(s.units_28d * s.stock_minutes, 28 * 24 * 60) / (28 * 24 * 60), 6)
            AS DECIMAL(19,6)) AS money_at_risk,
       s.sku, s.location, s.item_code, q.order_ids AS order_id, FLOOR(s.e_lo * 0.5) AS shown,
       CAST($as_of AS TIMESTAMP) - 3 * s.stock_minutes * INTERVAL 1 MINUTE AS told_at
FROM fact.stock_interval AS s
JOIN spread AS p ON p.sku = s.sku
LEFT JOIN sold AS q ON q.sku = s.sku
WHERE s.channel = $channel AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
  AND s.drift = 0 AND s.e_lo >= 10 AND NOT s.is_sold_without_stock AND s.units_28d > 0
ORDER BY p.places, COALESCE(q.orders, 0), s.sku, s.location
-- change
UPDATE canonical.channel_stock SET available = $shown, updated_at = CASE WHEN updated_at IS NOT NULL THEN CAST($told_at AS TIMESTAMP) END
WHERE channel = $channel AND location = $location AND sku = $sku
