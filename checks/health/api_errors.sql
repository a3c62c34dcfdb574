/*---
title    = "A system answers with errors, or much slower than usual"
severity = "medium"
owner    = "INT"
subject  = "system"
measure  = "text"
judges   = "system"
reads    = ["fact.call_statistic"]
means    = "Our own calls of the last half hour are counted per quarter of an hour: attempts that timed out, broke off, were answered with an error of the server, came too often or could not be read. Two in a hundred and at least ten are told, and a time within which nineteen of twenty calls are answered that is three times that of the last seven days. What a system answers in hours in which it is closed ([[maintenance]] in auditor.toml) does not count. A reading that failed altogether is told by feed_stale or extract_incomplete, a refused login by credentials_expiring."
why      = "What fails for us fails for the middleware as well: orders come late, and pushes of stock are lost."
look     = "The provider's status page; for SAP Business One, the load of the server and of its database at that time."
fix      = "With too many calls, spread the programs that share the limit; with errors of the server, wait for the provider or restart the Service Layer's node; then look whether the middleware has repeated what failed."
prevent  = "Give each program its own account and its own part of the limit, and run what reads much outside the busy hours."
story    = "{channel} answers badly: {note_what}."

[causes]
timeouts    = "calls are not answered in time"
connection  = "connections are refused or broken off"
server      = "the server answers with errors of its own"
throttled   = "more calls are made than the provider allows, by us or by others who share the limit"
unreadable  = "answers come that cannot be read"
slow        = "calls are answered, but far slower than usual"

[params]
minimum_errors   = {type = "int", default = 10, why = "a handful of repeated calls is the weather of every network"}
percent          = {type = "int", default = 2, why = "one call in fifty repeated costs nobody anything"}
high_percent     = {type = "int", default = 20, why = "one call in five lost is an outage for whoever does not repeat"}
slower           = {type = "int", default = 3, why = "twice as slow is a busy hour"}
slow_ms          = {type = "int", default = 1000, why = "under a second nobody waits"}
minimum_calls    = {type = "int", default = 20, why = "of fewer calls one slow one decides"}
minimum_quarters = {type = "int", default = 8, why = "what is usual needs two hours of calls"}
---*/
WITH quarter AS (
    SELECT s.quarter_at, SUM(s.calls) AS calls, SUM(s.errors) AS errors, SUM(s.timeouts) AS timeouts,
           SUM(s.connection_errors) AS connection_errors, SUM(s.server_errors) AS server_errors, SUM(s.throttled) AS throttled,
           SUM(s.unreadable) AS unreadable, SUM(s.p95_ms * s.calls) AS weighted_ms
    FROM fact.call_statistic AS s
    WHERE s.system = $channel AND s.status = 'complete'
    GROUP BY s.quarter_at
),
usual AS (
    SELECT COUNT(*) AS quarters, SUM(q.calls) AS calls, SUM(q.weighted_ms) AS weighted_ms
    FROM quarter AS q
    WHERE q.quarter_at <= CAST($now AS TIMESTAMP) - INTERVAL 45 MINUTE
      AND q.quarter_at > CAST($now AS TIMESTAMP) - INTERVAL 7 DAY AND q.calls >= $minimum_calls
),
bad AS (
    SELECT q.quarter_at, q.calls, q.errors, q.timeouts, q.connection_errors, q.server_errors, q.throttled, q.unreadable,
           q.weighted_ms, u.calls AS usual_calls, u.weighted_ms AS usual_ms,
           CASE WHEN q.errors >= $minimum_errors AND q.errors * 100 > q.calls * $percent THEN 1 ELSE 0 END AS is_wrong,
           ROW_NUMBER() OVER (ORDER BY CASE WHEN q.errors >= $minimum_errors AND q.errors * 100 > q.calls * $percent THEN 0 ELSE 1 END,
                              q.errors DESC, q.quarter_at DESC) AS place
    FROM quarter AS q, usual AS u
    -- a quarter of an hour that ended within the last half hour
    WHERE q.quarter_at > CAST($now AS TIMESTAMP) - INTERVAL 45 MINUTE
      AND ((q.errors >= $minimum_errors AND q.errors * 100 > q.calls * $percent)
           OR (u.quarters >= $minimum_quarters AND q.calls >= $minimum_calls AND q.weighted_ms > $slow_ms * q.calls
               AND q.weighted_ms * u.calls > u.weighted_ms * q.calls * $slower))
)
SELECT
    $channel                            AS subject_id,
    NULL                                AS currency,
    CASE WHEN b.is_wrong = 1 THEN CONCAT('at most ', CAST($percent AS VARCHAR), ' in 100 calls')
         ELSE CONCAT('about ', CAST(CAST(FLOOR(b.usual_ms / b.usual_calls) AS BIGINT) AS VARCHAR), ' ms') END AS expected,
    CASE WHEN b.is_wrong = 1 THEN CONCAT(CAST(b.errors AS VARCHAR), ' of ', CAST(b.calls AS VARCHAR), ' calls')
         ELSE CONCAT(CAST(CAST(FLOOR(b.weighted_ms / b.calls) AS BIGINT) AS VARCHAR), ' ms') END AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    b.quarter_at                        AS occurred_at,
    b.quarter_at                        AS source_updated_at,
    CASE WHEN b.is_wrong = 1 AND b.errors * 100 > b.calls * $high_percent THEN 'high' ELSE 'medium' END AS severity,
    CASE WHEN b.is_wrong = 0 THEN 'slow'
         WHEN b.throttled >= GREATEST(b.timeouts, b.connection_errors, b.server_errors, b.unreadable) THEN 'throttled'
         WHEN b.server_errors >= GREATEST(b.timeouts, b.connection_errors, b.unreadable) THEN 'server'
         WHEN b.timeouts >= GREATEST(b.connection_errors, b.unreadable) THEN 'timeouts'
         WHEN b.connection_errors >= b.unreadable THEN 'connection' ELSE 'unreadable' END AS cause,
    $channel                            AS system,
    CASE WHEN b.is_wrong = 1
         THEN CONCAT('within a quarter of an hour ', CAST(b.errors AS VARCHAR), ' of ', CAST(b.calls AS VARCHAR), ' calls failed and had to be repeated')
         ELSE CONCAT('nineteen of twenty calls take up to ', CAST(CAST(FLOOR(b.weighted_ms / b.calls) AS BIGINT) AS VARCHAR),
                     ' ms, where ', CAST(CAST(FLOOR(b.usual_ms / b.usual_calls) AS BIGINT) AS VARCHAR), ' ms were usual') END AS note_what
FROM bad AS b
WHERE b.place = 1
