-- plant: the shop still holds back three units of an order that is long gone
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
SELECT r.sku AS subject_id, 3 * r.price AS money_at_risk, 'held_back_too_much' AS cause, r.sku, s.location, s.item_code,
       q.order_ids AS order_id
FROM fact.stock_reservation AS r
JOIN fact.stock_interval AS s ON s.channel = r.channel AND s.sku = r.sku AND s.drift = 0 AND s.available > 3 AND NOT s.is_bundle
JOIN spread AS p ON p.sku = s.sku
LEFT JOIN sold AS q ON q.sku = s.sku
WHERE r.channel = $channel AND r.on_hand - r.salable = r.needed AND r.moved_at IS NULL AND r.price > 0
ORDER BY p.places, COALESCE(q.orders, 0), r.sku, s.location
-- change
UPDATE canonical.channel_stock SET available = available - 3 WHERE channel = $channel AND location = $location AND sku = $sku
