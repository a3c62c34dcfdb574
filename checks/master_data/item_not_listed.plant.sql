-- plant: a new item was marked for the channels, and nobody published it
-- Its worth to the channel only ranks the list, so it has no price yet.
-- victim
SELECT CONCAT('NEW-', $channel, '-', i.item_code) AS subject_id, 0 AS money_at_risk,
       CONCAT('NEW-', $channel, '-', i.item_code) AS item_code, i.item_code AS like_item, w.warehouse,
       CAST($as_of AS TIMESTAMP) - INTERVAL 30 DAY AS marked_at
FROM canonical.listing AS l
JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku AND s.rule = 'item_code'
JOIN canonical.b1_item AS i ON i.item_code = s.item_code
JOIN setting.location_warehouse AS w ON w.channel = l.channel
JOIN canonical.b1_warehouse AS h ON h.warehouse = w.warehouse AND h.is_inactive IS NOT TRUE
JOIN canonical.b1_item_warehouse AS k
  ON k.item_code = i.item_code AND k.warehouse = w.warehouse AND k.is_locked IS NOT TRUE
WHERE l.channel = $channel AND i.is_inventory AND i.is_sales AND i.tree_type = 'not_a_tree' AND i.is_frozen IS NOT TRUE
  AND i.is_valid IS NOT FALSE
ORDER BY i.item_code, w.warehouse
-- change
INSERT INTO canonical.b1_item
SELECT * REPLACE ($item_code AS item_code, TRUE AS is_web, CAST(NULL AS DATE) AS web_from, CAST(NULL AS VARCHAR) AS barcode,
                  CAST($marked_at AS TIMESTAMP) AS updated_at)
FROM canonical.b1_item WHERE item_code = $like_item
-- change
INSERT INTO canonical.b1_item_warehouse
SELECT * REPLACE ($item_code AS item_code, 100000 AS on_hand, 0 AS committed, 0 AS ordered)
FROM canonical.b1_item_warehouse WHERE item_code = $like_item AND warehouse = $warehouse
