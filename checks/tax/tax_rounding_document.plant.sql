-- plant: B1 rounded the tax of a document to the next penny
-- victim
SELECT o.order_id AS subject_id, 0.01 AS money_at_risk, o.order_id, i.doc_entry,
       (SELECT MIN(l.line_num) FROM canonical.b1_invoice_line AS l WHERE l.doc_entry = i.doc_entry AND l.tax > 0) AS line_num
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.invoices = 1
JOIN canonical.b1_invoice AS i
  ON i.doc_entry = c.invoice_entry AND i.currency = o.currency AND i.total = o.total AND i.tax = o.tax AND i.tax > 0.10
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE AND o.payment_status = 'paid'
  AND COALESCE(o.order_kind, 'sale') = 'sale' AND o.tax_collected_by IS DISTINCT FROM 'channel'
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.b1_invoice SET tax = tax + 0.01, total = total + 0.01 WHERE doc_entry = $doc_entry
-- change
UPDATE canonical.b1_invoice_line SET tax = tax + 0.01, gross = gross + 0.01 WHERE doc_entry = $doc_entry AND line_num = $line_num
