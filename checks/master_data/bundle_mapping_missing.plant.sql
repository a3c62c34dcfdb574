-- plant: a new kit was put on the channel before anybody made its bill of materials
-- victim
SELECT CONCAT('KIT-', $channel, '-', l.sku) AS subject_id, 0 AS money_at_risk, 'kit_without_parts' AS cause,
       CONCAT('KIT-', $channel, '-', l.sku) AS sku, l.listing_id, s.item_code AS like_item
FROM canonical.listing AS l
JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku AND s.rule = 'item_code'
JOIN canonical.b1_item AS i ON i.item_code = s.item_code AND i.is_inventory AND i.tree_type = 'not_a_tree'
WHERE l.channel = $channel AND l.is_active IS NOT FALSE AND l.is_tracked IS NOT FALSE AND l.is_bundle IS NOT TRUE
ORDER BY l.sku, l.listing_id
-- change
INSERT INTO canonical.b1_item
SELECT * REPLACE ($sku AS item_code, 'sales_tree' AS tree_type, FALSE AS is_inventory, CAST(NULL AS VARCHAR) AS barcode)
FROM canonical.b1_item WHERE item_code = $like_item
-- change
INSERT INTO canonical.listing
SELECT * REPLACE ($sku AS sku, $sku AS listing_id, CAST(NULL AS VARCHAR) AS barcode)
FROM canonical.listing WHERE channel = $channel AND listing_id = $listing_id
