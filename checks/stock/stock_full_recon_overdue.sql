/*---
title    = "The whole stock of a channel was not pushed for a day"
severity = "medium"
owner    = "INT"
subject  = "channel"
measure  = "text"
reads    = ["canonical.sync_event", "canonical.channel_stock", "fact.stock_run", "setting.channel", "setting.standstill"]
needs    = ["canonical.sync_event.records_moved", "canonical.channel_stock.available"]
means    = "A run of the middleware that moved nearly as many levels as the channel has, without an error, is a full one. One must have ended within the last day, and not twice in a row outside the quiet hours of the company's own day. Hours in which B1, the channel or the middleware is closed ([[maintenance]] in auditor.toml) do not count. A middleware that has told of itself for less than a day is not judged by this."
story    = "{channel} had its last full push of the stock {note_last}; {note_rule}."
why      = "Between two full pushes nobody notices a level that a lost update left wrong; and a full push in the busy hours slows down B1 for everybody."
look     = "The middleware's schedule and the log of its last full run."
fix      = "Start the full run by hand in a quiet hour, and mend its schedule."
prevent  = "Schedule the full run every night, alert when it does not end, and announce a planned freeze in auditor.toml ([[maintenance]])."

[causes]
overdue = "the last full run ended too long ago"
never_run = "the middleware tells of no full run at all"
outside_quiet_hours = "the last two full runs began outside the quiet hours"

[params]
hours            = {type = "int", default = 24, why = "a full run every night is what keeps lost updates from lasting"}
full_percent     = {type = "int", default = 95, why = "a few levels may have been added or switched off since the run"}
quiet_from_hour  = {type = "int", default = 0, why = "from midnight few people order or work in B1"}
quiet_until_hour = {type = "int", default = 6, why = "from six the warehouse begins to pick"}
---*/
WITH full_run AS (
    SELECT r.event_id, r.started_at, r.finished_at, r.local_hour, r.moved,
           NOT (r.local_hour >= $quiet_from_hour AND r.local_hour < $quiet_until_hour) AS is_outside,
           ROW_NUMBER() OVER (ORDER BY r.finished_at DESC, r.event_id DESC) AS place
    FROM fact.stock_run AS r
    WHERE r.channel = $channel AND r.status = 'ok' AND r.failed = 0 AND r.levels > 0
      AND r.moved * 100 >= r.levels * $full_percent AND r.finished_at <= CAST($as_of AS TIMESTAMP)
),
known AS (
    SELECT MIN(finished_at) AS since, MAX(levels) AS levels FROM fact.stock_run WHERE channel = $channel
),
last_two AS (
    SELECT MAX(CASE WHEN place = 1 THEN finished_at END) AS finished_at,
           COUNT(CASE WHEN place <= 2 AND is_outside THEN 1 END) AS outside,
           MAX(CASE WHEN place = 1 THEN local_hour END) AS local_hour
    FROM full_run
),
since AS (
    SELECT l.finished_at, l.outside, l.local_hour, k.levels, COALESCE(l.finished_at, k.since) AS since
    FROM last_two AS l CROSS JOIN known AS k
    WHERE k.levels > 0
),
closed AS (
    -- in a freeze nothing is due
    SELECT SUM(DATE_DIFF('second', GREATEST(n.since, s.closed_at), LEAST(CAST($as_of AS TIMESTAMP), s.opened_at))) AS seconds
    FROM since AS n
    JOIN setting.standstill AS s ON s.channel = $channel AND s.closed_at < CAST($as_of AS TIMESTAMP) AND s.opened_at > n.since
),
judged AS (
    SELECT n.finished_at, n.outside, n.local_hour, n.levels,
           n.since + COALESCE(c.seconds, 0) * INTERVAL 1 SECOND < CAST($as_of AS TIMESTAMP) - $hours * INTERVAL 1 HOUR AS is_overdue
    FROM since AS n CROSS JOIN closed AS c
)
SELECT
    $channel                            AS subject_id,
    NULL                                AS currency,
    CONCAT('all ', CAST(j.levels AS VARCHAR), ' levels within ', CAST($hours AS VARCHAR), ' hours') AS expected,
    CASE WHEN j.finished_at IS NULL THEN 'no full run'
         ELSE CONCAT('last at ', CAST(j.finished_at AS VARCHAR), ' UTC') END AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    j.finished_at                       AS occurred_at,
    CASE WHEN j.is_overdue AND j.finished_at IS NULL THEN 'never_run' WHEN j.is_overdue THEN 'overdue'
         ELSE 'outside_quiet_hours' END AS cause,
    'stock'                             AS flow,
    CASE WHEN j.finished_at IS NULL THEN 'at no time that the middleware tells of'
         ELSE CONCAT('at ', CAST(j.finished_at AS VARCHAR), ' UTC') END AS note_last,
    CASE WHEN j.is_overdue THEN CONCAT('one is due every ', CAST($hours AS VARCHAR), ' hours')
         ELSE CONCAT('it and the one before began outside the quiet hours, this one in the hour from ',
                     CAST(j.local_hour AS VARCHAR)) END AS note_rule
FROM judged AS j
WHERE j.is_overdue OR j.outside = 2
ORDER BY subject_id
