-- plant: a bulk update of items locked six calls of the middleware within ten minutes
-- victim
SELECT 'items' AS subject_id, 0 AS money_at_risk, 'many_at_once' AS cause
WHERE $channel = 'b1'
-- change
INSERT INTO canonical.sync_event (event_id, source, flow, kind, status, finished_at, sku, b1_object, error_code, error_class, error)
SELECT CONCAT('locked call ', n), 'prove', 'items', 'message', 'error', CAST($as_of AS TIMESTAMP) - (5 + n) * INTERVAL 1 MINUTE,
       CONCAT('locked item ', n % 3), 'item', '-2039', 'lock', 'Another user is working with the item'
FROM RANGE(6) AS calls(n)
