-- plant: B1's answer holds no row of a warehouse that was there the time before
-- victim
WITH held AS (
    SELECT m.location, m.warehouse, s.sku, s.available * s.price AS worth, i.on_hand, s.on_hand AS all_on_hand
    FROM setting.location_warehouse AS m
    JOIN fact.stock_interval AS s ON s.channel = m.channel AND s.location = m.location AND s.available > 0
    JOIN canonical.b1_item_warehouse AS i ON i.item_code = s.item_code AND i.warehouse = m.warehouse
    WHERE m.channel = $channel
)
SELECT CONCAT(f.location, ':', f.warehouse) AS subject_id, 'warehouse_vanished' AS cause, f.location, f.warehouse,
       COALESCE(SUM(CASE WHEN h.on_hand * 5 > h.all_on_hand THEN h.worth END), 0) AS money_at_risk,
       COUNT(CASE WHEN h.on_hand * 5 > h.all_on_hand THEN h.sku END) AS skus
FROM fact.stock_source AS f
LEFT JOIN held AS h ON h.location = f.location AND h.warehouse = f.warehouse
WHERE f.channel = $channel AND NOT f.is_missing
GROUP BY f.location, f.warehouse
ORDER BY money_at_risk DESC, f.location, f.warehouse
-- change
UPDATE fact.stock_source SET is_missing = TRUE, was_seen = TRUE, gone_at = CAST($as_of AS TIMESTAMP), skus = $skus,
       exposed_value = $money_at_risk
WHERE channel = $channel AND location = $location AND warehouse = $warehouse
