-- plant: the provider gave the money of an order to another one
-- victim
WITH lag AS (
    SELECT CASE c.kind WHEN 'john_lewis' THEN 14 WHEN 'tiktok_shop' THEN 21 ELSE 7 END AS promised, COALESCE(l.p99_days, 0) AS usual
    FROM setting.channel AS c LEFT JOIN fact.settlement_lag AS l ON l.channel = c.channel
    WHERE c.channel = $channel
), contract AS (
    SELECT f.percent, f.fixed FROM setting.fee_map AS f WHERE f.channel = $channel
    ORDER BY f.fee_type = 'charge' DESC, f.percent DESC LIMIT 1
), sent AS (
    SELECT s.order_id, MAX(COALESCE(s.delivered_at, s.shipped_at)) AS sent_at FROM canonical.shipment AS s
    WHERE s.channel = $channel GROUP BY s.order_id
), began AS (
    SELECT MIN(l.processed_at) AS began_at FROM canonical.payout_line AS l WHERE l.channel = $channel
)
SELECT p.order_id AS subject_id, 'not_at_provider' AS cause, p.order_id,
       p.charged - COALESCE(ROUND(p.charged * (SELECT k.percent FROM contract AS k) * 0.01 + (SELECT k.fixed FROM contract AS k), 2), 0) AS money_at_risk,
       (SELECT ARRAY_AGG(l.line_id ORDER BY l.line_id) FROM canonical.payout_line AS l
        WHERE l.channel = $channel AND l.payout_id IS NOT DISTINCT FROM MIN(i.payout_id)
          AND (l.order_id IN (SELECT m.order_id FROM canonical.payout_line AS m WHERE m.channel = $channel AND m.line_id = MIN(i.line_id))
               OR l.order_ref IN (SELECT m.order_ref FROM canonical.payout_line AS m WHERE m.channel = $channel AND m.line_id = MIN(i.line_id))
               OR l.line_id = MIN(i.line_id))) AS line_ids
FROM fact.settled_order AS p
JOIN fact.payout_item AS i ON i.channel = p.channel AND i.order_id = p.order_id
JOIN canonical.sales_order AS o ON o.channel = p.channel AND o.order_id = p.order_id
JOIN sent AS s ON s.order_id = p.order_id
CROSS JOIN lag AS g CROSS JOIN began AS b
WHERE p.channel = $channel AND o.payment_status = 'paid' AND o.fulfilment_status = 'shipped' AND o.cancelled_at IS NULL
  AND COALESCE(o.order_kind, 'sale') = 'sale' AND COALESCE(o.refunded, 0) = 0
  AND p.given_back = 0 AND p.paid_elsewhere = 0 AND p.charged = o.total AND COALESCE(p.captured, o.total) = o.total AND p.waiting = 0
  AND o.placed_at >= b.began_at AND s.sent_at >= b.began_at
  -- the usual time may change by a day when this order counts no more
  AND s.sent_at + (GREATEST(g.promised, g.usual) + 2) * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)
  AND NOT EXISTS (SELECT 1 FROM canonical.payout_line AS l
                  WHERE l.channel = $channel AND l.order_id = p.order_id AND l.kind IN ('reserve', 'dispute', 'adjustment', 'other'))
  AND NOT EXISTS (SELECT 1 FROM canonical.dispute AS d WHERE d.channel = $channel AND d.order_id = p.order_id)
GROUP BY p.order_id, p.charged, o.placed_at
HAVING COUNT(DISTINCT i.payout_id) = 1
ORDER BY o.placed_at DESC, p.order_id
-- change
UPDATE canonical.payout_line SET order_id = NULL, order_ref = 'OFSOMEBODYELSE', transaction_id = NULL
WHERE channel = $channel AND LIST_CONTAINS($line_ids, line_id)
