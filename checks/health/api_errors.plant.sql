-- plant: the server answered two calls out of three with an error for a quarter of an hour
-- victim
SELECT $channel AS subject_id, 0 AS money_at_risk, 'server' AS cause
WHERE EXISTS (SELECT 1 FROM fact.feed AS f WHERE f.system = $channel)
-- change
INSERT INTO fact.call_statistic (system, stream, status, finished_at, extract_id, quarter_at, calls, timeouts, connection_errors,
       server_errors, throttled, refused, rejected, unreadable, p50_ms, p95_ms, bytes, errors)
SELECT $channel, MIN(f.stream), 'complete', CAST($now AS TIMESTAMP), 0, CAST($now AS TIMESTAMP) - INTERVAL 20 MINUTE, 90, 0, 0,
       60, 0, 0, 0, 0, 100, 300, 0, 60
FROM fact.feed AS f WHERE f.system = $channel
