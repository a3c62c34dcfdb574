-- Which B1 items stand behind a channel's SKU, and how many inventory units of each one unit sold is.
-- The SKU map decides; else the item of that code, then the only item of that code in other capitals or with blanks.
CREATE TABLE matching.sku_item AS
WITH used AS (
    SELECT channel, sku FROM canonical.sales_order_line WHERE sku IS NOT NULL GROUP BY channel, sku
    UNION SELECT channel, sku FROM canonical.listing WHERE sku IS NOT NULL
    UNION SELECT channel, sku FROM canonical.channel_stock WHERE sku IS NOT NULL
    UNION SELECT channel, component_sku FROM canonical.listing_component WHERE component_sku IS NOT NULL
), item AS (
    SELECT item_code, is_inventory,
           CASE WHEN items_per_sales_unit > 0 THEN items_per_sales_unit ELSE 1 END AS units
    FROM canonical.b1_item
), other_spelling AS (
    SELECT upper(trim(item_code)) AS spelling, min(item_code) AS item_code, any_value(units) AS units
    FROM item GROUP BY spelling HAVING count(*) = 1
)
SELECT u.channel, u.sku, m.item_code, CAST(m.quantity AS DECIMAL(19,6)) AS units, 'sku_map' AS rule
FROM used AS u JOIN setting.sku_map AS m ON m.channel = u.channel AND m.channel_sku = u.sku
UNION ALL
SELECT u.channel, u.sku, coalesce(i.item_code, s.item_code), CAST(coalesce(i.units, s.units) AS DECIMAL(19,6)),
       CASE WHEN i.item_code IS NOT NULL THEN 'item_code' ELSE 'spelling' END
FROM used AS u
LEFT JOIN item AS i ON i.item_code = u.sku
LEFT JOIN other_spelling AS s ON i.item_code IS NULL AND s.spelling = upper(trim(u.sku))
WHERE coalesce(i.item_code, s.item_code) IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM setting.sku_map AS m WHERE m.channel = u.channel AND m.channel_sku = u.sku);
