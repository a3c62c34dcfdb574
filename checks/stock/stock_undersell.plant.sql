-- plant: the channel shows none of what lies in the warehouse
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
       -- three pushes ago, and each day begun counts as one
       CAST(ROUND(LEAST(s.e_least * 28, s.units_28d * LEAST(14, 1 + 3 * s.stock_minutes // 1440)) * s.price / 28, 6) AS DECIMAL(19,6)) AS money_at_risk,
       s.sku, s.location, s.item_code, q.order_ids AS order_id,
       CAST($as_of AS TIMESTAMP) - 3 * s.stock_minutes * INTERVAL 1 MINUTE AS told_at
FROM fact.stock_interval AS s
JOIN spread AS p ON p.sku = s.sku
LEFT JOIN sold AS q ON q.sku = s.sku
WHERE s.channel = $channel AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
  AND s.drift = 0 AND s.available > 0 AND s.e_least >= 3 AND s.e_least * 28 >= s.units_28d AND NOT s.is_sold_without_stock
  AND s.units_28d > 0
ORDER BY p.places, COALESCE(q.orders, 0), s.sku, s.location
-- change
UPDATE canonical.channel_stock SET available = 0, updated_at = CASE WHEN updated_at IS NOT NULL THEN CAST($told_at AS TIMESTAMP) END
WHERE channel = $channel AND location = $location AND sku = $sku
