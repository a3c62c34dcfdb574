-- plant: the customer added a second unit after the order was posted
-- victim
SELECT o.order_id AS subject_id, l.gross AS money_at_risk, 'units_added' AS cause, o.order_id, l.line_id, l.gross,
       COALESCE(l.tax, 0) AS tax, b.created_at + INTERVAL 3 HOUR AS edited_at
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
  AND b.created_at < $as_of - INTERVAL 6 HOUR AND l.gross > 1
ORDER BY o.placed_at DESC, o.order_id, k.line_num
-- change
UPDATE canonical.sales_order_line
SET quantity = 2, current_quantity = 2, net = net * 2, tax = tax * 2, gross = gross * 2
WHERE channel = $channel AND order_id = $order_id AND line_id = $line_id
-- change
UPDATE canonical.sales_order
SET is_edited = TRUE, updated_at = $edited_at, total = total + $gross, tax = tax + $tax
WHERE channel = $channel AND order_id = $order_id
