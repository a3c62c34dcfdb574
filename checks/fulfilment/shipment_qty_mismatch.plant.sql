-- plant: the warehouse booked two units where the parcel held one
-- victim
SELECT CONCAT(o.order_id, ':', k.item_code) AS subject_id, k.gross AS money_at_risk, 'over_delivery' AS cause,
       o.order_id, d.doc_entry, e.line_num
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order_line AS k ON k.doc_entry = c.order_entry AND k.quantity = 1 AND k.gross > 1
JOIN canonical.shipment_line AS l ON l.channel = o.channel AND l.order_id = o.order_id AND l.sku = k.item_code
  AND l.quantity = 1
JOIN canonical.shipment AS s ON s.channel = l.channel AND s.order_id = l.order_id AND s.shipment_id = l.shipment_id
JOIN matching.sku_item AS m ON m.channel = l.channel AND m.sku = l.sku AND m.rule = 'item_code'
JOIN matching.order_delivery AS x ON x.channel = o.channel AND x.order_id = o.order_id
JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
JOIN canonical.b1_delivery_line AS e ON e.doc_entry = d.doc_entry AND e.item_code = k.item_code AND e.quantity = 1
JOIN canonical.b1_item AS i ON i.item_code = k.item_code AND i.is_inventory
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.payment_status = 'paid' AND o.is_test IS NOT TRUE
  AND s.status IN ('shipped', 'delivered') AND s.shipped_at < $as_of - INTERVAL 1 DAY
  AND d.created_at < $as_of - INTERVAL 1 DAY
  AND k.tree_type IS DISTINCT FROM 'ingredient' AND k.item_code NOT IN (SELECT item_code FROM canonical.b1_bom)
  AND (SELECT COUNT(*) FROM canonical.b1_order_line AS n
       WHERE n.doc_entry = c.order_entry AND n.item_code = k.item_code) = 1
  AND (SELECT COUNT(*) FROM matching.order_delivery AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
  AND (SELECT COUNT(*) FROM canonical.shipment AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
ORDER BY d.created_at DESC, o.order_id, e.line_num
-- change
UPDATE canonical.b1_delivery_line SET quantity = quantity * 2, inventory_quantity = inventory_quantity * 2
WHERE doc_entry = $doc_entry AND line_num = $line_num
