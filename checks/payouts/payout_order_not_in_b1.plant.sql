-- plant: a sale was made past the shop, under a number that nobody knows
-- victim
SELECT 'PASTTHESHOP' AS subject_id, SUM(i.gross) AS money_at_risk, 'order_unknown' AS cause, p.order_id,
       (SELECT ARRAY_AGG(l.line_id ORDER BY l.line_id) FROM canonical.payout_line AS l
        WHERE l.channel = $channel AND l.payout_id IS NOT DISTINCT FROM MIN(i.payout_id)
          AND (l.order_id IN (SELECT m.order_id FROM canonical.payout_line AS m WHERE m.channel = $channel AND m.line_id = MIN(i.line_id))
               OR l.order_ref IN (SELECT m.order_ref FROM canonical.payout_line AS m WHERE m.channel = $channel AND m.line_id = MIN(i.line_id))
               OR l.line_id = MIN(i.line_id))) AS line_ids
FROM fact.settled_order AS p
JOIN fact.payout_item AS i ON i.channel = p.channel AND i.order_id = p.order_id
JOIN canonical.sales_order AS o ON o.channel = p.channel AND o.order_id = p.order_id
JOIN setting.channel AS c ON c.channel = p.channel
WHERE p.channel = $channel AND o.payment_status = 'paid' AND p.given_back = 0 AND p.charged > 0 AND p.waiting = 0 AND p.orders = 1
  AND p.last_at + c.grace_order_minutes * INTERVAL 1 MINUTE < CAST($as_of AS TIMESTAMP) - INTERVAL 1 DAY
GROUP BY p.order_id, o.placed_at
HAVING COUNT(DISTINCT i.payout_id) = 1
ORDER BY o.placed_at DESC, p.order_id
-- change
UPDATE canonical.payout_line SET order_id = NULL, order_ref = 'PASTTHESHOP', transaction_id = NULL
WHERE channel = $channel AND LIST_CONTAINS($line_ids, line_id)
