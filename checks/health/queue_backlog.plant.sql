-- plant: the first message of the queue of orders blocks forty others
-- victim
SELECT CONCAT(MAX(e.source), ':orders') AS subject_id, 0 AS money_at_risk, 'waits_too_long' AS cause, MAX(e.source) AS source
FROM canonical.sync_event AS e
WHERE e.kind = 'queue' AND e.flow = 'orders' AND e.channel = $channel
HAVING COUNT(*) > 0
-- change
INSERT INTO canonical.sync_event (event_id, source, flow, channel, kind, status, finished_at, queued, dead_letters, oldest_at)
-- A second later: the newest event that was read may be a sample of this queue itself.
VALUES (CONCAT('blocked queue of ', $channel), $source, 'orders', $channel, 'queue', 'ok', CAST($as_of AS TIMESTAMP) + INTERVAL 1 SECOND, 41, 0,
        CAST($as_of AS TIMESTAMP) - INTERVAL 3 DAY)

-- plant: three pushes of stock were given up
-- victim
SELECT CONCAT(MAX(e.source), ':stock') AS subject_id, 0 AS money_at_risk, 'dead_letters' AS cause, MAX(e.source) AS source
FROM canonical.sync_event AS e
WHERE e.kind = 'queue' AND e.flow = 'stock' AND e.channel = $channel
HAVING COUNT(*) > 0
-- change
INSERT INTO canonical.sync_event (event_id, source, flow, channel, kind, status, finished_at, queued, dead_letters)
VALUES (CONCAT('given up on ', $channel), $source, 'stock', $channel, 'queue', 'ok', CAST($as_of AS TIMESTAMP) + INTERVAL 1 SECOND, 0, 3)
