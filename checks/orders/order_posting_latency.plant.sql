-- plant: twenty orders of one channel stood in a queue for eight hours
-- victim
SELECT 'orders' AS subject_id, COALESCE(w.amount, 0) AS money_at_risk
FROM (SELECT SUM(o.total) AS amount
      -- what waits and is still within its grace
      FROM matching.unposted_order AS u
      JOIN canonical.sales_order AS o ON o.channel = u.channel AND o.order_id = u.order_id
      JOIN setting.channel AS s ON s.channel = o.channel
      WHERE u.channel = $channel AND u.open_drafts = 0
        AND o.placed_at > $as_of - s.grace_order_minutes * INTERVAL 1 MINUTE
        AND o.placed_at <= $as_of AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE
        AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
        AND COALESCE(o.order_kind, 'sale') = 'sale') AS w
WHERE (SELECT COUNT(*) FROM matching.order_coverage AS c WHERE c.channel = $channel) >= 40
-- change
INSERT INTO fact.latency BY NAME
SELECT 'orders' AS flow, o.channel, o.order_id, o.order_ref, $as_of - INTERVAL 490 MINUTE AS source_at,
       $as_of - INTERVAL 10 MINUTE AS effect_at, 28800 AS seconds, o.total AS amount, o.currency
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id
WHERE o.channel = $channel
ORDER BY o.placed_at, o.order_id
LIMIT 20
