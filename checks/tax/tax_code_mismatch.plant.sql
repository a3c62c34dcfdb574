-- plant: a line was invoiced at the reduced rate of 5 %
-- victim
SELECT CONCAT(o.order_id, ':', l.item_code) AS subject_id, l.tax - ROUND(l.net * 0.05, 2) AS money_at_risk, 'other_rate' AS cause,
       o.order_id, i.doc_entry, l.line_num, l.tax - ROUND(l.net * 0.05, 2) AS less
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.invoices = 1
JOIN canonical.b1_invoice AS i
  ON i.doc_entry = c.invoice_entry AND i.currency = o.currency AND i.total = o.total AND i.tax = o.tax AND i.tax > 0
JOIN canonical.b1_invoice_line AS l ON l.doc_entry = i.doc_entry AND l.tax_rate >= 0.1 AND l.net > 1 AND l.tree_type = 'not_a_tree'
JOIN canonical.sales_order_line AS s
  ON s.channel = o.channel AND s.order_id = o.order_id AND s.sku = l.item_code AND s.kind = 'product'
 AND s.quantity = l.quantity AND s.current_quantity = s.quantity AND s.net = l.net AND s.tax = l.tax AND s.tax_rate = l.tax_rate
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE AND o.payment_status = 'paid'
  AND COALESCE(o.order_kind, 'sale') = 'sale' AND o.tax_collected_by IS DISTINCT FROM 'channel'
  AND (SELECT COUNT(*) FROM canonical.sales_order_line AS n
       WHERE n.channel = o.channel AND n.order_id = o.order_id AND n.sku = s.sku) = 1
  AND (SELECT COUNT(*) FROM canonical.b1_invoice_line AS n WHERE n.doc_entry = i.doc_entry AND n.item_code = l.item_code) = 1
  AND (SELECT COUNT(*) FROM matching.sku_item AS n WHERE n.channel = o.channel AND n.item_code = l.item_code) = 1
ORDER BY o.placed_at DESC, o.order_id, l.line_num
-- change
UPDATE canonical.b1_invoice_line SET tax = tax - $less, gross = gross - $less, tax_rate = 0.05
WHERE doc_entry = $doc_entry AND line_num = $line_num
-- change
UPDATE canonical.b1_invoice SET tax = tax - $less, total = total - $less WHERE doc_entry = $doc_entry
