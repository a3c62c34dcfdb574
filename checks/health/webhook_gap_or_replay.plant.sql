-- plant: the subscription lapsed, and no notice of an order came for a day
-- victim
SELECT 'orders' AS subject_id, 0 AS money_at_risk, 'missed' AS cause
WHERE (SELECT COUNT(*) FROM canonical.sales_order AS o
       WHERE o.channel = $channel AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE
         AND COALESCE(o.order_kind, 'sale') = 'sale'
         AND o.placed_at BETWEEN CAST($as_of AS TIMESTAMP) - INTERVAL 23 HOUR AND CAST($as_of AS TIMESTAMP) - INTERVAL 1 HOUR) >= 3
  AND EXISTS (SELECT 1 FROM canonical.sync_event AS e
              WHERE e.channel = $channel AND e.kind = 'webhook' AND e.flow = 'orders' AND e.order_ref IS NOT NULL
                AND e.received_at < CAST($as_of AS TIMESTAMP) - INTERVAL 1 DAY)
-- change
DELETE FROM canonical.sync_event
WHERE channel = $channel AND kind = 'webhook' AND flow = 'orders' AND received_at > CAST($as_of AS TIMESTAMP) - INTERVAL 1 DAY
