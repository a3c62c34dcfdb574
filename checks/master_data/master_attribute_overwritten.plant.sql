-- plant: somebody typed another barcode on the channel
-- victim
SELECT CONCAT(l.sku, ':barcode') AS subject_id, 0 AS money_at_risk, 'barcode_differs' AS cause, l.sku, i.item_code, l.listing_id
FROM canonical.listing AS l
JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku AND s.rule = 'item_code'
JOIN canonical.b1_item AS i ON i.item_code = s.item_code
WHERE l.channel = $channel AND l.is_active IS NOT FALSE AND l.is_bundle IS NOT TRUE AND l.barcode = i.barcode
  AND (SELECT COUNT(*) FROM canonical.listing AS n WHERE n.channel = l.channel AND n.sku = l.sku) = 1
  AND NOT EXISTS (SELECT 1 FROM canonical.b1_item AS n WHERE n.barcode = CONCAT('9', l.barcode))
ORDER BY l.sku
-- change
UPDATE canonical.listing SET barcode = CONCAT('9', barcode) WHERE channel = $channel AND listing_id = $listing_id

-- plant: somebody wrote another title on the channel
-- victim
SELECT CONCAT(l.sku, ':title') AS subject_id, 0 AS money_at_risk, 'title_changed' AS cause, l.sku, i.item_code, l.listing_id
FROM canonical.listing AS l
JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku AND s.rule = 'item_code'
JOIN canonical.b1_item AS i ON i.item_code = s.item_code
WHERE l.channel = $channel AND l.is_active IS NOT FALSE AND l.is_bundle IS NOT TRUE AND l.title = i.name
  AND (SELECT COUNT(*) FROM canonical.listing AS n WHERE n.channel = l.channel AND n.sku = l.sku) = 1
ORDER BY l.sku
-- change
UPDATE canonical.listing SET title = 'Special offer' WHERE channel = $channel AND listing_id = $listing_id
