-- plant: more was taken out of a warehouse than B1 knew to be there
-- victim
SELECT CONCAT(i.item_code, '@', i.warehouse) AS subject_id, i.item_code, i.warehouse, 'negative_on_hand' AS cause,
       CASE WHEN EXISTS (SELECT 1 FROM canonical.b1_company AS c
                         WHERE c.setting = 'BlockStockNegativeQuantity' AND UPPER(c.value) IN ('TNO', 'N')) THEN 0
            ELSE 5 * COALESCE(MAX(p.price), 0) END AS money_at_risk
FROM canonical.b1_item_warehouse AS i
JOIN fact.stock_interval AS s ON s.item_code = i.item_code
JOIN setting.location_warehouse AS m ON m.channel = s.channel AND m.location = s.location AND m.warehouse = i.warehouse
JOIN canonical.b1_warehouse AS h ON h.warehouse = m.warehouse AND h.is_inactive IS NOT TRUE
LEFT JOIN (SELECT c.price_list, x.item_code, x.price FROM canonical.b1_item_price AS x
           JOIN (SELECT DISTINCT price_list, currency FROM setting.channel) AS c
             ON c.price_list = x.price_list AND COALESCE(x.currency, c.currency) = c.currency) AS p ON p.item_code = i.item_code
WHERE $channel = 'b1' AND i.on_hand >= 0 AND i.is_locked IS NOT TRUE
GROUP BY i.item_code, i.warehouse, i.on_hand, i.committed
-- what is left elsewhere in each location fills the open orders, so that no channel sells what is not there
HAVING BOOL_AND(NOT s.is_bundle AND s.on_hand - i.on_hand - 5 >= s.demand AND (s.base - i.on_hand - 5) * s.share - s.buffer >= 1)
ORDER BY i.item_code DESC, i.warehouse
-- change
UPDATE canonical.b1_item_warehouse SET on_hand = -5 WHERE item_code = $item_code AND warehouse = $warehouse
