-- plant: four units were received without a batch number
-- victim
SELECT CONCAT(b.item_code, '@', b.warehouse) AS subject_id, 0 AS money_at_risk, 'MASTER' AS owner, 'numbers_missing' AS cause,
       b.item_code, b.warehouse, MIN(CASE WHEN b.quantity >= 4 AND b.status = 'released' THEN b.batch END) AS batch
FROM canonical.b1_batch_stock AS b
JOIN canonical.b1_item AS t ON t.item_code = b.item_code AND t.manages_batches AND t.manages_serials IS NOT TRUE
JOIN canonical.b1_warehouse AS h ON h.warehouse = b.warehouse AND h.is_inactive IS NOT TRUE
JOIN canonical.b1_item_warehouse AS i ON i.item_code = b.item_code AND i.warehouse = b.warehouse AND i.is_locked IS NOT TRUE
WHERE $channel = 'b1'
  AND EXISTS (SELECT 1 FROM fact.stock_interval AS s
              JOIN setting.location_warehouse AS m ON m.channel = s.channel AND m.location = s.location
              WHERE s.item_code = b.item_code AND m.warehouse = b.warehouse)
GROUP BY b.item_code, b.warehouse, i.on_hand, i.committed
HAVING SUM(b.quantity) = i.on_hand AND MIN(CASE WHEN b.quantity >= 4 AND b.status = 'released' THEN b.batch END) IS NOT NULL
   AND SUM(CASE WHEN b.status = 'released' AND COALESCE(b.expires_on >= CAST($now AS DATE), TRUE) THEN b.quantity ELSE 0 END) - 4
       >= COALESCE(i.committed, 0)
ORDER BY b.item_code DESC, b.warehouse
-- change
UPDATE canonical.b1_batch_stock SET quantity = quantity - 4 WHERE item_code = $item_code AND warehouse = $warehouse AND batch = $batch
