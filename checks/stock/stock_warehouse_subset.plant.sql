-- plant: a warehouse was left out of the integration's map of a location
-- victim
WITH row AS (
    -- what each warehouse gives to the figure of a healthy SKU
    SELECT s.location, m.warehouse, s.sku, s.item_code, s.available, s.share, s.buffer, s.base,
           fact.figure(s.stock_policy, i.on_hand, i.committed, i.ordered) AS part, s.stock_minutes
    FROM fact.stock_interval AS s
    JOIN setting.location_warehouse AS m ON m.channel = s.channel AND m.location = s.location
    JOIN canonical.b1_warehouse AS h ON h.warehouse = m.warehouse AND h.is_inactive IS NOT TRUE
    JOIN canonical.b1_item_warehouse AS i ON i.item_code = s.item_code AND i.warehouse = m.warehouse AND i.is_locked IS NOT TRUE
    WHERE s.channel = $channel AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
      AND s.drift = 0 AND s.e_lo = s.e_hi AND NOT s.is_sold_without_stock
      AND NOT EXISTS (SELECT 1 FROM canonical.b1_batch_stock AS b WHERE b.item_code = s.item_code AND b.status IS DISTINCT FROM 'released')
), whole AS (
    SELECT location, sku FROM row GROUP BY location, sku, base HAVING SUM(part) = base
), lost AS (
    SELECT r.location, r.warehouse, r.sku, r.item_code, r.buffer, FLOOR((r.base - r.part) * r.share - r.buffer) AS shown, r.stock_minutes
    FROM row AS r
    JOIN whole AS w ON w.location = r.location AND w.sku = r.sku
    WHERE r.part > 0 AND (r.base - r.part) * r.share - r.buffer >= 1
      AND r.available - FLOOR((r.base - r.part) * r.share - r.buffer) > GREATEST(3, r.available * 0.05)
), grouped AS (
    SELECT l.location, l.warehouse, l.sku, l.item_code, l.shown, l.stock_minutes, l.buffer,
           FLOOR((ROW_NUMBER() OVER (PARTITION BY l.location, l.warehouse, l.buffer ORDER BY l.sku DESC) - 1) / 6) AS part
    FROM lost AS l
)
SELECT g.location AS subject_id, 0 AS money_at_risk, 'warehouse_left_out' AS cause, g.location,
       ARRAY_AGG(g.sku ORDER BY g.sku) AS sku, ARRAY_AGG(g.item_code ORDER BY g.sku) AS item_code,
       ARRAY_AGG(g.shown ORDER BY g.sku) AS shown,
       CAST($as_of AS TIMESTAMP) - 3 * MIN(g.stock_minutes) * INTERVAL 1 MINUTE AS told_at
FROM grouped AS g
WHERE NOT EXISTS (SELECT 1 FROM fact.stock_subset AS x WHERE x.channel = $channel AND x.location = g.location AND x.skus >= 5)
GROUP BY g.location, g.warehouse, g.buffer, g.part
HAVING COUNT(*) = 6
ORDER BY (SELECT COUNT(*) FROM canonical.channel_stock AS c WHERE c.channel = $channel AND c.location = g.location) DESC,
         g.location, g.part, g.warehouse
-- change
UPDATE canonical.channel_stock SET available = LIST_EXTRACT($shown, LIST_POSITION($sku, sku)),
       updated_at = CASE WHEN updated_at IS NOT NULL THEN CAST($told_at AS TIMESTAMP) END
WHERE channel = $channel AND location = $location AND LIST_CONTAINS($sku, sku)
