-- plant: the middleware was told that an item has batch numbers
-- victim
SELECT i.item_code AS subject_id, 0 AS money_at_risk, 'untracked_in_b1' AS cause, i.item_code, ARRAY_AGG(l.sku) AS sku
FROM canonical.listing AS l
JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku AND s.rule = 'item_code'
JOIN canonical.b1_item AS i ON i.item_code = s.item_code
WHERE l.channel = $channel AND l.is_active IS NOT FALSE AND i.is_inventory AND i.tree_type = 'not_a_tree'
  AND i.told_tracking = 'none' AND i.manages_batches IS NOT TRUE AND i.manages_serials IS NOT TRUE
  AND NOT EXISTS (SELECT 1 FROM canonical.b1_order_line AS n WHERE n.item_code = i.item_code AND n.status = 'open')
GROUP BY i.item_code
ORDER BY (SELECT COUNT(*) FROM canonical.b1_order_line AS n WHERE n.item_code = i.item_code), i.item_code DESC
-- change
UPDATE canonical.b1_item SET told_tracking = 'batch' WHERE item_code = $item_code
