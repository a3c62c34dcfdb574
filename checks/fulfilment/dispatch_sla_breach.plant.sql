-- plant: the order left in time, but the channel was never told, and its deadline passed
-- victim
SELECT o.order_id AS subject_id, o.total AS money_at_risk, 'not_confirmed' AS cause, o.order_id
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.payment_status = 'paid' AND o.is_test IS NOT TRUE
  AND o.is_confirmed IS NOT FALSE AND o.fulfilment_status = 'shipped' AND COALESCE(o.order_kind, 'sale') = 'sale'
  AND COALESCE(o.ship_by_at, (SELECT MIN(f.ship_by_at) FROM canonical.fulfilment_order AS f
                              WHERE f.channel = o.channel AND f.order_id = o.order_id)) < $as_of - INTERVAL 1 DAY
  AND EXISTS (SELECT 1 FROM matching.order_delivery AS x WHERE x.channel = o.channel AND x.order_id = o.order_id)
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.sales_order SET fulfilment_status = 'unshipped' WHERE channel = $channel AND order_id = $order_id
-- change
UPDATE canonical.fulfilment_order SET status = 'open' WHERE channel = $channel AND order_id = $order_id
-- change
DELETE FROM canonical.shipment WHERE channel = $channel AND order_id = $order_id
-- change
DELETE FROM canonical.shipment_line WHERE channel = $channel AND order_id = $order_id
