-- plant: the full run of the night broke off
-- victim
SELECT $channel AS subject_id, 0 AS money_at_risk, FLOOR(MAX(r.levels) * 0.9) AS nearly_all
FROM fact.stock_run AS r
WHERE r.channel = $channel
HAVING MIN(r.finished_at) < CAST($as_of AS TIMESTAMP) - INTERVAL 25 HOUR
-- change
UPDATE canonical.sync_event SET status = 'error', records_failed = COALESCE(records_failed, 0) + 1
WHERE (channel = $channel OR channel IS NULL) AND flow = 'stock' AND kind = 'run' AND records_moved >= $nearly_all
  AND COALESCE(finished_at, started_at, occurred_at) > CAST($as_of AS TIMESTAMP) - INTERVAL 25 HOUR
