-- plant: the customer's bank took the money back, and nobody posted it
-- victim
SELECT CONCAT('planted-', o.order_id) AS subject_id, o.total AS money_at_risk, 'chargeback_lost' AS cause, o.order_id, o.currency,
       CONCAT('planted-', o.order_id) AS dispute_id, o.total, CAST($as_of AS TIMESTAMP) - INTERVAL 10 DAY AS opened_at
FROM canonical.sales_order AS o
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 14 DAY AND o.cancelled_at IS NULL AND o.payment_status = 'paid'
  AND o.is_test IS NOT TRUE AND o.total > 0
  AND NOT EXISTS (SELECT 1 FROM canonical.dispute AS d WHERE d.channel = o.channel AND d.order_id = o.order_id)
  AND NOT EXISTS (SELECT 1 FROM canonical.payout_line AS l
                  WHERE l.channel = o.channel AND l.order_id = o.order_id AND l.kind = 'dispute')
ORDER BY o.placed_at DESC, o.order_id
-- change
INSERT INTO canonical.dispute BY NAME
SELECT $channel AS channel, $dispute_id AS dispute_id, $order_id AS order_id, 'chargeback' AS kind, 'lost' AS status,
       'lost' AS source_status, $total AS amount, $currency AS currency, CAST($opened_at AS TIMESTAMP) AS opened_at
