-- plant: what was delivered in one period was invoiced in the next
-- victim
SELECT CONCAT('delivery:', d.doc_entry) AS subject_id,
       (SELECT SUM(l.net) FROM canonical.b1_invoice_line AS l WHERE l.doc_entry = i.doc_entry) AS money_at_risk,
       'invoiced_later' AS cause, o.order_id, i.doc_entry, p.to_on
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.invoices = 1
JOIN canonical.b1_invoice AS i ON i.doc_entry = c.invoice_entry
JOIN matching.order_delivery AS x ON x.channel = o.channel AND x.order_id = o.order_id
JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry AND d.doc_on = i.doc_on
JOIN canonical.b1_period AS p
  ON d.doc_on BETWEEN p.from_on AND p.to_on AND p.status = 'open' AND p.to_on < CAST($as_of AS DATE) - 2
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.payment_status = 'paid' AND o.is_test IS NOT TRUE
  AND (SELECT COUNT(*) FROM matching.order_delivery AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
  AND NOT EXISTS (SELECT 1 FROM canonical.b1_invoice_line AS l WHERE l.doc_entry = i.doc_entry
                  AND (l.base_type IS DISTINCT FROM 15 OR l.base_entry IS DISTINCT FROM d.doc_entry))
  AND EXISTS (SELECT 1 FROM canonical.b1_invoice_line AS l WHERE l.doc_entry = i.doc_entry AND l.net > 0)
ORDER BY d.doc_on DESC, o.order_id
-- change
UPDATE canonical.b1_invoice SET doc_on = CAST($to_on AS DATE) + 1, tax_on = CAST($to_on AS DATE) + 1
WHERE doc_entry = $doc_entry
