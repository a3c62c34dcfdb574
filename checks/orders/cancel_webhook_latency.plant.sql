-- plant: five hours passed between a cancellation and the end of its sales order
-- victim
SELECT 'cancellations' AS subject_id, 0 AS money_at_risk, l.order_id,
       CASE WHEN n.received_at > l.effect_at - INTERVAL 290 MINUTE THEN 'notice_late' ELSE 'effect_late' END AS cause
FROM fact.latency AS l
JOIN matching.channel_order AS k ON k.channel = l.channel AND k.order_id = l.order_id
LEFT JOIN fact.cancel_notice AS n ON n.channel = l.channel AND n.reference_key = k.reference_key
WHERE l.channel = $channel AND l.flow = 'cancellations' AND l.effect_at > $as_of - INTERVAL 6 DAY
  AND l.effect_at <= $as_of
  AND l.seconds < 18000
  AND NOT EXISTS (SELECT 1 FROM fact.latency AS s
                  WHERE s.channel = l.channel AND s.flow = l.flow AND s.effect_at IS NOT NULL AND s.seconds >= 18000
                    AND s.effect_at > $as_of - INTERVAL 8 DAY)
ORDER BY l.effect_at DESC, l.order_id
-- change
UPDATE fact.latency SET source_at = effect_at - INTERVAL 5 HOUR, seconds = 18000
WHERE channel = $channel AND flow = 'cancellations' AND order_id = $order_id
