-- plant: a credential ends in five days
-- victim
SELECT 'key_of_the_proof' AS subject_id, 0 AS money_at_risk, 'ends_soon' AS cause
WHERE EXISTS (SELECT 1 FROM fact.feed AS f WHERE f.system = $channel)
-- change
INSERT INTO fact.deadline (system, kind, name, ends_on)
VALUES ($channel, 'credential', 'key_of_the_proof', CAST(CAST($now AS TIMESTAMP) + INTERVAL 5 DAY AS DATE))

-- plant: the system refused four calls in a row, and has shown nothing since
-- victim
SELECT CONCAT(f.system, ':', MIN(f.stream)) AS subject_id, 0 AS money_at_risk, 'refused' AS cause, MIN(f.stream) AS stream
FROM fact.feed AS f
WHERE f.system = $channel AND f.last_status = 'complete'
GROUP BY f.system
-- change
UPDATE fact.feed SET last_status = 'failed', last_reason = 'access was refused' WHERE system = $channel AND stream = $stream
-- change
INSERT INTO fact.call_statistic (system, stream, status, finished_at, extract_id, quarter_at, calls, timeouts, connection_errors,
       server_errors, throttled, refused, rejected, unreadable, p50_ms, p95_ms, bytes, errors)
VALUES ($channel, $stream, 'failed', CAST($now AS TIMESTAMP), 0, CAST($now AS TIMESTAMP) - INTERVAL 20 MINUTE, 4, 0, 0,
       0, 0, 4, 0, 0, 100, 300, 0, 0)
