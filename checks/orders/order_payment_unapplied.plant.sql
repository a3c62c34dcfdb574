-- plant: the transfer came in and was never booked
-- victim
SELECT o.order_id AS subject_id, i.total AS money_at_risk, 'payment_missing' AS cause, o.order_id, i.doc_entry,
       a.doc_entry AS payment_entry
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.invoices = 1
JOIN canonical.b1_invoice AS i ON i.doc_entry = c.invoice_entry AND i.paid_to_date = i.total AND i.total = o.total
JOIN canonical.b1_payment_invoice AS a
  ON a.invoice_entry = i.doc_entry AND a.invoice_type = 'invoice' AND a.direction = 'incoming' AND a.applied = i.total
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.payment_status = 'paid' AND i.created_at < $as_of - INTERVAL 3 DAY
  AND NOT EXISTS (SELECT 1 FROM canonical.refund AS r WHERE r.channel = o.channel AND r.order_id = o.order_id)
  AND NOT EXISTS (SELECT 1 FROM canonical.payout_line AS l WHERE l.channel = o.channel AND l.order_id = o.order_id)
  AND EXISTS (SELECT 1 FROM canonical.sales_payment AS p
              WHERE p.channel = o.channel AND p.order_id = o.order_id AND p.amount = i.total AND p.status = 'success'
                AND p.gateway NOT IN ('gift_card', 'store_credit') AND p.processed_at < $as_of - INTERVAL 3 DAY)
  -- one in five of the invoices that are paid in this way still has its payment
  AND (SELECT COUNT(*) FILTER (WHERE n.paid_to_date > 0) * 5 - 5 >= COUNT(*) AND COUNT(*) FILTER (WHERE n.paid_to_date > 0) > 1
       FROM (SELECT DISTINCT q.order_id, w.invoice_entry
             FROM canonical.sales_payment AS q
             JOIN matching.order_coverage AS w ON w.channel = q.channel AND w.order_id = q.order_id AND w.invoices = 1
             WHERE q.channel = o.channel AND q.gateway = (SELECT MIN(p.gateway) FROM canonical.sales_payment AS p
                                                          WHERE p.channel = o.channel AND p.order_id = o.order_id)) AS same
       JOIN canonical.b1_invoice AS n ON n.doc_entry = same.invoice_entry)
ORDER BY i.created_at DESC, o.order_id
-- change
DELETE FROM canonical.b1_payment WHERE direction = 'incoming' AND doc_entry = $payment_entry
-- change
DELETE FROM canonical.b1_payment_invoice WHERE direction = 'incoming' AND doc_entry = $payment_entry
-- change
UPDATE canonical.b1_invoice SET paid_to_date = 0, status = 'open' WHERE doc_entry = $doc_entry
