-- plant: one part of a kit is missing on the B1 document
-- victim
SELECT CONCAT(o.order_id, ':', k.item_code) AS subject_id, p.quantity * COALESCE(t.price, 0) AS money_at_risk,
       'component_missing' AS cause, o.order_id, b.doc_entry, p.line_num
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.currency = o.currency
JOIN canonical.b1_order_line AS k ON k.doc_entry = b.doc_entry AND k.tree_type = 'sales_tree'
JOIN canonical.b1_order_line AS p ON p.doc_entry = b.doc_entry AND p.tree_type = 'ingredient' AND p.net = 0
JOIN setting.channel AS h ON h.channel = o.channel
LEFT JOIN canonical.b1_item_price AS t ON t.item_code = p.item_code AND t.price_list = h.price_list
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE AND o.payment_status = 'paid'
  AND COALESCE(o.order_kind, 'sale') = 'sale'
  -- one kit on the document, and of that part one line
  AND (SELECT COUNT(*) FROM canonical.b1_order_line AS n WHERE n.doc_entry = b.doc_entry AND n.tree_type = 'sales_tree') = 1
  AND (SELECT COUNT(*) FROM canonical.b1_order_line AS n WHERE n.doc_entry = b.doc_entry AND n.item_code = p.item_code) = 1
  -- a bill of materials that was never changed, and that the document follows
  AND (SELECT COUNT(DISTINCT n.known_from) FROM history_at.b1_bom_line AS n WHERE n.item_code = k.item_code) = 1
  AND EXISTS (SELECT 1 FROM canonical.b1_bom AS m JOIN canonical.b1_bom_line AS n ON n.item_code = m.item_code
              WHERE m.item_code = k.item_code AND n.component_code = p.item_code AND n.quantity * k.quantity = p.quantity * m.quantity)
ORDER BY o.placed_at DESC, o.order_id, p.line_num
-- change
DELETE FROM canonical.b1_order_line WHERE doc_entry = $doc_entry AND line_num = $line_num
