-- plant: a page of the last reading was lost
-- victim
SELECT CONCAT(f.system, ':', f.stream) AS subject_id, 0 AS money_at_risk, 'not_proved' AS cause, f.stream
FROM fact.feed AS f
JOIN fact.extract AS e ON e.system = f.system AND e.stream = f.stream AND e.newest_first = 1
WHERE f.system = $channel AND f.last_status = 'complete'
  -- the first and the last are those of credentials_expiring and feed_stale
  AND f.stream > (SELECT MIN(x.stream) FROM fact.feed AS x WHERE x.system = $channel AND x.last_status = 'complete')
  AND f.stream < (SELECT MAX(x.stream) FROM fact.feed AS x WHERE x.system = $channel AND x.last_status = 'complete')
ORDER BY f.stream
-- change
UPDATE fact.feed SET last_status = 'incomplete', last_reason = 'the system counts more than came' WHERE system = $channel AND stream = $stream
-- change
UPDATE fact.extract SET status = 'incomplete' WHERE system = $channel AND stream = $stream AND newest_first = 1

-- plant: a sales order that no list showed was there when B1 was asked for its number
-- victim
SELECT CONCAT(f.system, ':', f.stream, ':numbers') AS subject_id, 0 AS money_at_risk, 'left_out' AS cause, f.stream
FROM fact.feed AS f
WHERE f.system = $channel AND f.system = 'b1' AND f.stream = 'orders' AND f.last_status = 'complete'
-- change
INSERT INTO fact.left_out (system, stream, documents, newest_number, asked_at)
VALUES ($channel, $stream, 1, 4711, CAST($now AS TIMESTAMP) - INTERVAL 5 MINUTE)
