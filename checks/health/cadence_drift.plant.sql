-- plant: nearly every second run of a flow was left out for three days
-- victim
SELECT CONCAT(c.flow, ':gap') AS subject_id, 0 AS money_at_risk, 'runs_less_often' AS cause, c.flow
FROM fact.cadence AS c
-- the runs of orders are those in which silent_success is proved
WHERE c.system = $channel AND c.measure = 'gap' AND c.flow <> 'orders'
GROUP BY c.flow
-- five of nine must still be enough to speak of
HAVING COUNT(*) = 3 AND SUM(c.runs) >= 36 AND MIN(c.usual_runs) >= 20
   AND BOOL_AND(c.minutes >= c.usual_minutes * 0.9 AND c.minutes <= c.usual_minutes * 1.4 AND c.usual_minutes > 2)
ORDER BY c.flow
-- change
DELETE FROM canonical.sync_event WHERE event_id IN (
    SELECT r.event_id
    FROM (SELECT e.event_id, ROW_NUMBER() OVER (ORDER BY e.started_at DESC, e.event_id) AS place FROM canonical.sync_event AS e
          WHERE e.channel = $channel AND e.flow = $flow AND e.kind = 'run'
            AND e.started_at > CAST($now AS TIMESTAMP) - INTERVAL 3 DAY - INTERVAL 2 HOUR) AS r
    WHERE r.place % 9 IN (2, 4, 6, 8))
