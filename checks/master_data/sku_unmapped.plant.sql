-- plant: somebody typed another SKU on the channel
-- victim
SELECT CONCAT(l.sku, '-OLD') AS subject_id, 0 AS money_at_risk, l.sku, s.item_code, l.listing_id,
       CASE WHEN (SELECT COUNT(*) FROM canonical.b1_item AS i WHERE i.barcode = l.barcode) = 1 THEN 'same_barcode' ELSE 'unknown_item' END AS cause
FROM canonical.listing AS l
JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku AND s.rule = 'item_code'
JOIN canonical.b1_item AS i ON i.item_code = s.item_code AND i.is_inventory AND i.tree_type = 'not_a_tree'
WHERE l.channel = $channel AND l.is_active IS NOT FALSE AND l.is_tracked IS NOT FALSE AND l.is_bundle IS NOT TRUE
  AND (SELECT COUNT(*) FROM canonical.listing AS n WHERE n.channel = l.channel AND n.sku = l.sku) = 1
  AND NOT EXISTS (SELECT 1 FROM canonical.listing_component AS n WHERE n.channel = l.channel AND n.component_sku = l.sku)
  AND NOT EXISTS (SELECT 1 FROM matching.sku_item AS n WHERE n.channel = l.channel AND n.sku = CONCAT(l.sku, '-OLD'))
ORDER BY (SELECT COUNT(*) FROM canonical.sales_order_line AS n WHERE n.channel = l.channel AND n.sku = l.sku), l.sku
-- change
UPDATE canonical.listing SET sku = $subject_id WHERE channel = $channel AND listing_id = $listing_id
