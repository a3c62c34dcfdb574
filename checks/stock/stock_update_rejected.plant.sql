-- plant: the channel refused the last push of a SKU for its contents
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
SELECT CONCAT(s.sku, ':422') AS subject_id, (6 + FLOOR(s.e_hi * 0.1)) * s.price AS money_at_risk, 'MASTER' AS owner,
       'value_refused' AS cause, s.sku, s.location, s.item_code, q.order_ids AS order_id,
       s.e_hi + 6 + FLOOR(s.e_hi * 0.1) AS shown, CONCAT('refused push of ', s.sku) AS event_id,
       CAST($as_of AS TIMESTAMP) - 3 * s.stock_minutes * INTERVAL 1 MINUTE AS refused_at
FROM fact.stock_interval AS s
JOIN spread AS p ON p.sku = s.sku
LEFT JOIN sold AS q ON q.sku = s.sku
WHERE s.channel = $channel AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
  AND s.drift = 0 AND s.e_hi > 0 AND NOT s.is_sold_without_stock
  AND NOT EXISTS (SELECT 1 FROM canonical.sync_event AS e WHERE e.channel = $channel AND e.flow = 'stock' AND e.sku = s.sku)
ORDER BY p.places, COALESCE(q.orders, 0), s.sku, s.location
-- change
UPDATE canonical.channel_stock SET available = $shown,
       updated_at = CASE WHEN updated_at IS NOT NULL THEN CAST($refused_at AS TIMESTAMP) - INTERVAL 1 DAY END
WHERE channel = $channel AND location = $location AND sku = $sku
-- change
INSERT INTO canonical.sync_event (event_id, source, flow, channel, kind, status, finished_at, sku, location, error_code, error_class, error)
VALUES ($event_id, 'prove', 'stock', $channel, 'message', 'error', CAST($refused_at AS TIMESTAMP), $sku, $location, '422', 'value',
        'The quantity is not accepted')
