-- plant: an order left the house without a tracking number, and the marketplace was never told
-- victim
WITH held AS (
    SELECT COALESCE(SUM(CASE WHEN h.has_finding THEN 0 ELSE h.total END), 0) AS total
    FROM fact.settlement_held AS h
    JOIN setting.channel AS c ON c.channel = h.channel
    WHERE h.channel = $channel AND h.sent_at + c.grace_tracking_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
)
SELECT o.channel AS subject_id, h.total + o.total AS money_at_risk, o.order_id,
       ARRAY_AGG(DISTINCT x.doc_entry) AS deliveries,
       (SELECT ARRAY_AGG(DISTINCT l.line_id) FROM fact.payout_item AS i
        JOIN canonical.payout_line AS m ON m.channel = i.channel AND m.line_id = i.line_id
        JOIN canonical.payout_line AS l
          ON l.channel = m.channel AND (l.line_id = m.line_id OR l.order_id = m.order_id OR l.order_ref = m.order_ref)
        WHERE i.channel = $channel AND i.order_id = o.order_id) AS line_ids
FROM canonical.sales_order AS o
JOIN setting.channel AS c ON c.channel = o.channel AND c.kind IN ('john_lewis', 'tiktok_shop')
JOIN matching.order_delivery AS x ON x.channel = o.channel AND x.order_id = o.order_id
JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
CROSS JOIN held AS h
WHERE o.channel = $channel AND o.payment_status = 'paid' AND o.fulfilment_status = 'shipped' AND o.cancelled_at IS NULL
  AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.total > 0 AND COALESCE(o.order_kind, 'sale') = 'sale'
GROUP BY o.channel, o.order_id, o.total, o.placed_at, h.total, c.grace_tracking_minutes
HAVING MIN(d.created_at) + c.grace_tracking_minutes * INTERVAL 1 MINUTE < CAST($as_of AS TIMESTAMP) - INTERVAL 1 DAY
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.sales_order SET fulfilment_status = 'unshipped', ship_by_at = NULL WHERE channel = $channel AND order_id = $order_id
-- change
DELETE FROM canonical.shipment WHERE channel = $channel AND order_id = $order_id
-- change
UPDATE canonical.b1_delivery SET tracking_number = NULL, tracking_key = NULL WHERE LIST_CONTAINS($deliveries, doc_entry)
-- change
UPDATE canonical.payout_line SET order_id = NULL, order_ref = 'HELDBACK', transaction_id = NULL
WHERE channel = $channel AND LIST_CONTAINS($line_ids, line_id)
