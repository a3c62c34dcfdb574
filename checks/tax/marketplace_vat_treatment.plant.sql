-- plant: the invoice was posted without any VAT, although the seller owes it
-- victim
SELECT o.order_id AS subject_id, o.tax AS money_at_risk, 'owed_by_seller' AS cause, o.order_id, i.doc_entry
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.invoices = 1
JOIN canonical.b1_invoice AS i
  ON i.doc_entry = c.invoice_entry AND i.currency = o.currency AND i.total = o.total AND i.tax = o.tax AND i.tax > 1
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE AND o.payment_status = 'paid'
  AND COALESCE(o.order_kind, 'sale') = 'sale' AND o.tax_collected_by IS DISTINCT FROM 'channel'
  AND o.tax_collected_by = 'seller'
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.b1_invoice SET total = total - tax, tax = 0 WHERE doc_entry = $doc_entry
-- change
UPDATE canonical.b1_invoice_line SET gross = net, tax = 0, tax_rate = 0 WHERE doc_entry = $doc_entry
-- change
UPDATE canonical.b1_invoice_expense SET gross = net, tax = 0 WHERE doc_entry = $doc_entry

-- plant: output VAT was booked for an order of which the channel pays the VAT itself
-- victim
SELECT o.order_id AS subject_id, ROUND(i.total * 0.2, 2) AS money_at_risk, 'collected_by_channel' AS cause, o.order_id, i.doc_entry
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.invoices = 1
JOIN canonical.b1_invoice AS i ON i.doc_entry = c.invoice_entry AND i.total > 0 AND i.tax = 0
WHERE o.channel = $channel AND o.tax_collected_by = 'channel' AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
  AND COALESCE(o.order_kind, 'sale') = 'sale' AND o.payment_status = 'paid'
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.b1_invoice SET tax = ROUND(total * 0.2, 2), total = total + ROUND(total * 0.2, 2) WHERE doc_entry = $doc_entry
