-- plant: the transfer came in and was never booked
-- victim
WITH paid AS (
    SELECT DISTINCT p.channel, p.order_id, p.gateway FROM canonical.sales_payment AS p
    WHERE p.channel = $channel AND p.status = 'success' AND p.kind IN ('sale', 'capture')
      AND p.gateway NOT IN ('gift_card', 'store_credit')
), habit AS (
    -- ways of paying of whose invoices one in five still has its payment when one more has lost it
    SELECT p.gateway FROM paid AS p
    JOIN matching.order_coverage AS c ON c.channel = p.channel AND c.order_id = p.order_id AND c.invoices = 1
    JOIN canonical.b1_invoice AS i ON i.doc_entry = c.invoice_entry
    GROUP BY p.gateway
    HAVING COUNT(CASE WHEN i.paid_to_date > 0 THEN 1 END) > 1
      AND COUNT(CASE WHEN i.paid_to_date > 0 THEN 1 END) * 5 - 5 >= COUNT(*)
)
SELECT o.order_id AS subject_id, i.total AS money_at_risk, 'payment_missing' AS cause, o.order_id, i.doc_entry,
       a.doc_entry AS payment_entry
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.invoices = 1
JOIN canonical.b1_invoice AS i ON i.doc_entry = c.invoice_entry AND i.paid_to_date = i.total AND i.total = o.total
JOIN canonical.b1_payment_invoice AS a
  ON a.invoice_entry = i.doc_entry AND a.invoice_type = 'invoice' AND a.direction = 'incoming' AND a.applied = i.total
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.payment_status = 'paid'
  AND i.created_at < $as_of - INTERVAL 3 DAY
  AND NOT EXISTS (SELECT 1 FROM canonical.refund AS r WHERE r.channel = o.channel AND r.order_id = o.order_id)
  AND NOT EXISTS (SELECT 1 FROM canonical.payout_line AS l WHERE l.channel = o.channel AND l.order_id = o.order_id)
  AND EXISTS (SELECT 1 FROM canonical.sales_payment AS p
              WHERE p.channel = o.channel AND p.order_id = o.order_id AND p.amount = i.total AND p.status = 'success'
                AND p.gateway IN (SELECT gateway FROM habit) AND p.processed_at < $as_of - INTERVAL 3 DAY)
ORDER BY i.created_at DESC, o.order_id
-- change
DELETE FROM canonical.b1_payment WHERE direction = 'incoming' AND doc_entry = $payment_entry
-- change
DELETE FROM canonical.b1_payment_invoice WHERE direction = 'incoming' AND doc_entry = $payment_entry
-- change
UPDATE canonical.b1_invoice SET paid_to_date = 0, status = 'open' WHERE doc_entry = $doc_entry
