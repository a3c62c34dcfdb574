-- plant: the order was called off two hours before its delivery was made
-- victim
SELECT o.order_id AS subject_id, d.total - COALESCE(d.tax, 0) AS money_at_risk, 'cancellation_overlooked' AS cause,
       o.order_id, d.created_at - INTERVAL 2 HOUR AS called_off_at
FROM canonical.sales_order AS o
JOIN matching.order_delivery AS x ON x.channel = o.channel AND x.order_id = o.order_id
JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.cancel_requested_at IS NULL AND o.payment_status = 'paid'
  AND d.created_at < $as_of - INTERVAL 1 DAY AND d.created_at > o.placed_at + INTERVAL 3 HOUR
  AND (SELECT COUNT(*) FROM matching.order_delivery AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
  AND NOT EXISTS (SELECT 1 FROM matching.order_document AS n
                  WHERE n.channel = o.channel AND n.order_id = o.order_id AND n.object IN ('return', 'credit_memo'))
  AND NOT EXISTS (SELECT 1 FROM canonical.cancellation AS n WHERE n.channel = o.channel AND n.order_id = o.order_id)
ORDER BY d.created_at DESC, o.order_id
-- change
UPDATE canonical.sales_order SET cancelled_at = $called_off_at, status = 'cancelled', updated_at = $called_off_at
WHERE channel = $channel AND order_id = $order_id
-- plant: the customer had asked to call the order off, and nobody has decided
-- victim
SELECT o.order_id AS subject_id, d.total - COALESCE(d.tax, 0) AS money_at_risk, 'CX' AS owner,
       'request_undecided' AS cause,
       o.order_id, d.created_at - INTERVAL 2 HOUR AS called_off_at
FROM canonical.sales_order AS o
JOIN matching.order_delivery AS x ON x.channel = o.channel AND x.order_id = o.order_id
JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.cancel_requested_at IS NULL AND o.payment_status = 'paid'
  AND d.created_at < $as_of - INTERVAL 1 DAY AND d.created_at > o.placed_at + INTERVAL 3 HOUR
  AND (SELECT COUNT(*) FROM matching.order_delivery AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
  AND NOT EXISTS (SELECT 1 FROM matching.order_document AS n
                  WHERE n.channel = o.channel AND n.order_id = o.order_id AND n.object IN ('return', 'credit_memo'))
  AND NOT EXISTS (SELECT 1 FROM canonical.cancellation AS n WHERE n.channel = o.channel AND n.order_id = o.order_id)
ORDER BY d.created_at DESC, o.order_id
-- change
UPDATE canonical.sales_order SET cancel_requested_at = $called_off_at, updated_at = $called_off_at
WHERE channel = $channel AND order_id = $order_id
