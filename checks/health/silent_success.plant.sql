-- plant: the middleware stood still for a while, and its next run did not see the five orders of that time
-- victim
WITH placed AS (
    SELECT o.order_id, o.placed_at, b.reference, b.card_code
    FROM canonical.sales_order AS o
    JOIN setting.channel AS s ON s.channel = o.channel AND s.posting = 'order'
    JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
    JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.reference IS NOT NULL
    WHERE o.channel = $channel AND o.payment_status = 'paid' AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
      AND o.is_confirmed IS NOT FALSE AND COALESCE(o.order_kind, 'sale') = 'sale'
      AND o.placed_at > CAST($as_of AS TIMESTAMP) - INTERVAL 22 HOUR
      -- all of it past the time of grace: then each order has a finding of its own with its money
      AND o.placed_at < CAST($as_of AS TIMESTAMP) - (s.grace_order_minutes + 60) * INTERVAL 1 MINUTE
), five AS (
    SELECT ARRAY_AGG(p.order_id) OVER w AS order_id, ARRAY_AGG(p.reference) OVER w AS reference,
           MIN(p.card_code) OVER w AS card_code, COUNT(*) OVER w AS orders,
           MIN(p.placed_at) OVER w AS first_at, MAX(p.placed_at) OVER w AS last_at
    FROM placed AS p
    WINDOW w AS (ORDER BY p.placed_at, p.order_id ROWS BETWEEN CURRENT ROW AND 4 FOLLOWING)
), followed AS (
    SELECT f.order_id, f.reference, f.card_code, f.first_at, f.last_at, MIN(r.started_at) AS next_at
    FROM five AS f
    JOIN fact.flow_run AS r ON r.channel = $channel AND r.flow = 'orders' AND r.status = 'ok'
     AND r.started_at > f.last_at + INTERVAL 5 MINUTE AND r.started_at < f.last_at + INTERVAL 60 MINUTE
     AND COALESCE(r.finished_at, r.started_at) <= CAST($as_of AS TIMESTAMP)
    WHERE f.orders = 5 AND EXISTS (SELECT 1 FROM fact.flow_run AS b
                                   WHERE b.channel = $channel AND b.flow = 'orders' AND b.started_at <= f.first_at)
    GROUP BY f.order_id, f.reference, f.card_code, f.first_at, f.last_at
)
SELECT 'orders' AS subject_id, 0 AS money_at_risk, 'moved_nothing' AS cause, f.order_id, f.reference, f.card_code, f.first_at, f.next_at
FROM followed AS f
ORDER BY f.last_at DESC
-- change
DELETE FROM canonical.b1_order WHERE card_code = $card_code AND LIST_CONTAINS($reference, reference)
-- change
DELETE FROM canonical.b1_delivery WHERE card_code = $card_code AND LIST_CONTAINS($reference, reference)
-- change
DELETE FROM canonical.b1_invoice WHERE card_code = $card_code AND LIST_CONTAINS($reference, reference)
-- change
DELETE FROM canonical.b1_credit_memo WHERE card_code = $card_code AND LIST_CONTAINS($reference, reference)
-- change
DELETE FROM canonical.sync_event
WHERE channel = $channel AND flow = 'orders' AND kind = 'run' AND started_at > $first_at AND started_at < $next_at
-- change
UPDATE canonical.sync_event SET records_moved = 0
WHERE channel = $channel AND flow = 'orders' AND kind = 'run' AND started_at = $next_at
