-- plant: a feed was not read for three times as long as was promised
-- victim
SELECT CONCAT(f.system, ':', MAX(f.stream)) AS subject_id, 0 AS money_at_risk, 'not_run' AS cause, MAX(f.stream) AS stream
FROM fact.feed AS f
WHERE f.system = $channel AND f.last_status = 'complete'
GROUP BY f.system
-- change
UPDATE fact.feed SET watermark = CAST($now AS TIMESTAMP) - 3 * cadence_minutes * INTERVAL 1 MINUTE, closed_minutes = 0
WHERE system = $channel AND stream = $stream
