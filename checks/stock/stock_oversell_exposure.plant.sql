-- plant: the channel goes on offering what B1 has none of
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
SELECT CONCAT(s.sku, '@', s.location) AS subject_id, 'offered_without_stock' AS cause,
       CAST(ROUND(LEAST(3 * 28 * 24 * 60, s.units_28d * s.stock_minutes) * s.price / (28 * 24 * 60), 6) AS DECIMAL(19,6)) AS money_at_risk,
       s.sku, s.location, s.item_code, q.order_ids AS order_id,
       CAST($as_of AS TIMESTAMP) - 3 * s.stock_minutes * INTERVAL 1 MINUTE AS told_at
FROM fact.stock_interval AS s
JOIN spread AS p ON p.sku = s.sku
LEFT JOIN sold AS q ON q.sku = s.sku
WHERE s.channel = $channel AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
  AND s.available <= 0 AND s.e_hi <= 0 AND COALESCE(s.ordered, 0) <= 0 AND s.demand <= s.on_hand
  -- what nobody orders anywhere: no order of another channel, to which something else happens, changes what is needed
  AND s.item_code NOT IN (
      SELECT l.item_code FROM canonical.b1_order_line AS l JOIN canonical.b1_order AS b ON b.doc_entry = l.doc_entry
      WHERE l.item_code IS NOT NULL AND b.created_at > $as_of - INTERVAL 29 DAY)
ORDER BY s.sku, s.location
-- change
UPDATE canonical.channel_stock SET available = 3, updated_at = CASE WHEN updated_at IS NOT NULL THEN CAST($told_at AS TIMESTAMP) END
WHERE channel = $channel AND location = $location AND sku = $sku

-- plant: the goods that open orders wait for were written off in B1
-- victim
WITH sold AS (
    SELECT l.channel, l.sku, ARRAY_AGG(DISTINCT l.order_id) AS order_ids, COUNT(DISTINCT l.order_id) AS orders
    FROM canonical.sales_order_line AS l
    JOIN canonical.sales_order AS o ON o.channel = l.channel AND o.order_id = l.order_id
    WHERE l.channel = $channel AND l.sku IS NOT NULL AND o.placed_at > $as_of - INTERVAL 29 DAY
    GROUP BY l.channel, l.sku
), spread AS (
    SELECT sku, COUNT(*) AS places FROM canonical.channel_stock WHERE channel = $channel GROUP BY sku
), own AS (
    SELECT l.sku, x.doc_entry FROM canonical.sales_order_line AS l
    JOIN canonical.sales_order AS o ON o.channel = l.channel AND o.order_id = l.order_id
    JOIN matching.order_document AS x ON x.channel = l.channel AND x.order_id = l.order_id AND x.object = 'order'
    WHERE l.channel = $channel AND l.sku IS NOT NULL AND o.placed_at > $as_of - INTERVAL 29 DAY
), needed AS (
    SELECT l.item_code, l.doc_entry FROM canonical.b1_order_line AS l
    JOIN canonical.b1_order AS b ON b.doc_entry = l.doc_entry
    WHERE b.status = 'open' AND l.open_quantity > 0
), waiting AS (
    SELECT s.sku, s.location, MIN(i.warehouse) AS warehouse, COUNT(*) AS warehouses
    FROM fact.stock_interval AS s
    JOIN setting.location_warehouse AS m ON m.channel = s.channel AND m.location = s.location
    JOIN canonical.b1_warehouse AS h ON h.warehouse = m.warehouse AND h.is_inactive IS NOT TRUE
    JOIN canonical.b1_item_warehouse AS i ON i.item_code = s.item_code AND i.warehouse = m.warehouse AND i.on_hand > 0
    WHERE s.channel = $channel GROUP BY s.sku, s.location
)
SELECT CONCAT(s.sku, '@', s.location) AS subject_id, 'open_orders_exceed_stock' AS cause,
       s.demand * s.price
       + CAST(ROUND(LEAST(s.available * 28 * 24 * 60, s.units_28d * s.stock_minutes) * s.price / (28 * 24 * 60), 6) AS DECIMAL(19,6)) AS money_at_risk,
       s.sku, s.location, s.item_code, q.order_ids AS order_id, w.warehouse
FROM fact.stock_interval AS s
JOIN spread AS p ON p.sku = s.sku
LEFT JOIN sold AS q ON q.sku = s.sku
JOIN waiting AS w ON w.sku = s.sku AND w.location = s.location AND w.warehouses = 1
WHERE s.channel = $channel AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete AND s.drift = 0 AND s.available > 0 AND s.demand > 0 AND COALESCE(s.ordered, 0) = 0
  -- what an order waits for that is not claimed here may be taken away by what befalls that order
  AND NOT EXISTS (SELECT 1 FROM needed AS n WHERE n.item_code = s.item_code
                  AND NOT EXISTS (SELECT 1 FROM own AS c WHERE c.sku = s.sku AND c.doc_entry = n.doc_entry))
ORDER BY COALESCE(q.orders, 0), s.sku, s.location
-- change
UPDATE canonical.b1_item_warehouse SET on_hand = 0 WHERE item_code = $item_code AND warehouse = $warehouse
