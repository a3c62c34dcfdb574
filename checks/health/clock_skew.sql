/*---
title    = "A system's clock differs from ours, or its records are from the future"
severity = "low"
owner    = "INT"
subject  = "clock"
measure  = "text"
judges   = "system"
reads    = ["fact.call_statistic", "canonical.sales_order", "canonical.b1_order", "canonical.sync_event"]
means    = "The time that the system writes on its answers is compared with our clock; a minute is allowed, and all answers of the last two hours in which it answered have to agree. Meanwhile every grace is longer by as much, so that nothing is late only because a clock is wrong. Where the clock looks right, the newest records are compared with the present: an order or an event from the future is told."
why      = "Every grace, every deadline and every order of events is reckoned by these clocks. A clock that is fast makes documents seem missing, one that is slow hides that they are late."
look     = "The time service (NTP) of the server, of the machine on which the auditor runs, and the time zone of the interface."
fix      = "Set the clock by the time service. Where a whole number of hours is between, correct the time zone in the interface."
prevent  = "Let every server take its time from the same service and watch the difference."
story    = "{note_what}"

[causes]
clock_ahead     = "its clock is fast, or ours is slow"
clock_behind    = "its clock is slow, or ours is fast"
from_the_future = "a time zone is left out where the records are written"

[params]
seconds = {type = "int", default = 60, why = "clocks that follow a time service differ by less than a second; a slow answer by some"}
---*/
WITH told AS (
    SELECT MIN(s.clock_difference_seconds) AS least, MAX(s.clock_difference_seconds) AS most, MAX(s.quarter_at) AS newest_at
    FROM fact.call_statistic AS s
    WHERE s.system = $channel AND s.clock_difference_seconds IS NOT NULL
      -- the last two hours in which it answered: a system that is silent has not put its clock right
      AND s.quarter_at > (SELECT MAX(n.quarter_at) FROM fact.call_statistic AS n
                          WHERE n.system = $channel AND n.clock_difference_seconds IS NOT NULL) - INTERVAL 2 HOUR
),
wrong AS (
    SELECT CASE WHEN t.least > 0 THEN t.least ELSE t.most END AS seconds, t.newest_at
    FROM told AS t
    WHERE t.least > $seconds OR t.most < -$seconds
),
record AS (
    SELECT 'orders' AS name, COUNT(*) AS records, MAX(o.placed_at) AS newest_at
    FROM canonical.sales_order AS o
    WHERE o.channel = $channel AND o.placed_at > CAST($now AS TIMESTAMP) + $seconds * INTERVAL 1 SECOND
    UNION ALL
    SELECT 'sales orders', COUNT(*), MAX(b.created_at)
    FROM canonical.b1_order AS b
    WHERE $channel = 'b1' AND b.created_at > CAST($now AS TIMESTAMP) + $seconds * INTERVAL 1 SECOND
    UNION ALL
    SELECT 'sync events', COUNT(*), MAX(COALESCE(e.finished_at, e.started_at, e.received_at, e.occurred_at))
    FROM canonical.sync_event AS e
    WHERE $channel = 'middleware'
      AND COALESCE(e.finished_at, e.started_at, e.received_at, e.occurred_at) > CAST($now AS TIMESTAMP) + $seconds * INTERVAL 1 SECOND
)
SELECT
    'clock'                             AS subject_id,
    NULL                                AS currency,
    CONCAT('within ', CAST($seconds AS VARCHAR), ' seconds') AS expected,
    CONCAT(CAST(ABS(w.seconds) AS VARCHAR), ' seconds ', CASE WHEN w.seconds > 0 THEN 'ahead' ELSE 'behind' END) AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    CAST(NULL AS TIMESTAMP)             AS occurred_at,
    w.newest_at                         AS source_updated_at,
    CASE WHEN w.seconds > 0 THEN 'clock_ahead' ELSE 'clock_behind' END AS cause,
    $channel                            AS system,
    'clock'                             AS value,
    CONCAT('The clock of ', $channel, ' is ', CAST(ABS(w.seconds) AS VARCHAR), ' seconds ', CASE WHEN w.seconds > 0 THEN 'ahead of' ELSE 'behind' END, ' ours.') AS note_what
FROM wrong AS w
UNION ALL
SELECT
    CONCAT('future ', r.name), NULL, 'not later than now', CAST(r.newest_at AS VARCHAR), CAST(0 AS DECIMAL(19,2)), r.newest_at, r.newest_at,
    'from_the_future', $channel, 'clock',
    CONCAT('Dated in the future on ', $channel, ': ', CAST(r.records AS VARCHAR), ' of the ', r.name, ', the last of them at ', CAST(r.newest_at AS VARCHAR), ' UTC.')
FROM record AS r
WHERE r.records > 0 AND NOT EXISTS (SELECT 1 FROM wrong)
ORDER BY subject_id
