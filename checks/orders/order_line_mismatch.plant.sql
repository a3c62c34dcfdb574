-- plant: B1 took two units where one was sold
-- victim
SELECT CONCAT(o.order_id, ':', k.item_code) AS subject_id, k.gross AS money_at_risk, o.order_id, b.doc_entry,
       k.line_num, k.gross, k.tax
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.total = o.total AND b.currency = o.currency
JOIN canonical.sales_order_line AS l ON l.channel = o.channel AND l.order_id = o.order_id AND l.kind = 'product'
JOIN canonical.b1_order_line AS k ON k.doc_entry = b.doc_entry AND k.item_code = l.sku
JOIN matching.sku_item AS m ON m.channel = l.channel AND m.sku = l.sku AND m.rule = 'item_code'
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid' AND o.is_edited IS NOT TRUE
  AND l.quantity = 1 AND k.quantity = 1 AND l.current_quantity IS NOT DISTINCT FROM 1 AND l.bundle_id IS NULL
  AND k.gross > 1
  AND k.tree_type IS DISTINCT FROM 'ingredient' AND k.item_code NOT IN (SELECT item_code FROM canonical.b1_bom)
  AND (SELECT COUNT(*) FROM canonical.b1_order_line AS n
       WHERE n.doc_entry = b.doc_entry AND n.item_code = k.item_code) = 1
  AND (SELECT COUNT(*) FROM canonical.sales_order_line AS n
       WHERE n.channel = o.channel AND n.order_id = o.order_id AND n.sku = l.sku) = 1
  AND NOT EXISTS (SELECT 1 FROM canonical.refund AS r WHERE r.channel = o.channel AND r.order_id = o.order_id)
ORDER BY o.placed_at DESC, o.order_id, k.line_num
-- change
UPDATE canonical.b1_order_line
SET quantity = quantity * 2, inventory_quantity = inventory_quantity * 2, open_quantity = open_quantity * 2,
    net = net * 2, tax = tax * 2, gross = gross * 2
WHERE doc_entry = $doc_entry AND line_num = $line_num
-- change
UPDATE canonical.b1_order SET total = total + $gross, tax = tax + $tax WHERE doc_entry = $doc_entry
-- plant: B1 asks a pound more for the item than it was sold for
-- victim
SELECT CONCAT(o.order_id, ':', k.item_code) AS subject_id, 1.20 AS money_at_risk, o.order_id, b.doc_entry, k.line_num
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.total = o.total AND b.currency = o.currency
JOIN canonical.sales_order_line AS l ON l.channel = o.channel AND l.order_id = o.order_id AND l.kind = 'product'
JOIN canonical.b1_order_line AS k ON k.doc_entry = b.doc_entry AND k.item_code = l.sku
JOIN matching.sku_item AS m ON m.channel = l.channel AND m.sku = l.sku AND m.rule = 'item_code'
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid' AND o.is_edited IS NOT TRUE
  AND l.quantity = 1 AND k.quantity = 1 AND l.current_quantity IS NOT DISTINCT FROM 1 AND l.bundle_id IS NULL
  AND k.gross > 1
  AND k.tree_type IS DISTINCT FROM 'ingredient' AND k.item_code NOT IN (SELECT item_code FROM canonical.b1_bom)
  AND (SELECT COUNT(*) FROM canonical.b1_order_line AS n
       WHERE n.doc_entry = b.doc_entry AND n.item_code = k.item_code) = 1
  AND (SELECT COUNT(*) FROM canonical.sales_order_line AS n
       WHERE n.channel = o.channel AND n.order_id = o.order_id AND n.sku = l.sku) = 1
  AND NOT EXISTS (SELECT 1 FROM canonical.refund AS r WHERE r.channel = o.channel AND r.order_id = o.order_id)
ORDER BY o.placed_at DESC, o.order_id, k.line_num
-- change
UPDATE canonical.b1_order_line SET price = price + 1, net = net + 1, tax = tax + 0.20, gross = gross + 1.20
WHERE doc_entry = $doc_entry AND line_num = $line_num
-- change
UPDATE canonical.b1_order SET total = total + 1.20, tax = tax + 0.20 WHERE doc_entry = $doc_entry
