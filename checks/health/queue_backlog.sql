/*---
title    = "Messages wait in a queue for too long, or were given up"
severity = "medium"
owner    = "INT"
subject  = "queue"
measure  = "text"
judges   = "system"
ladder   = false
reads    = ["canonical.sync_event", "setting.channel", "setting.standstill"]
needs    = ["canonical.sync_event"]
means    = "The newest sample that the middleware tells of each queue is looked at. A message may wait for two cycles of its flow, hours in which a system is closed ([[maintenance]] in auditor.toml) not counted; a dead letter, a message that was given up, is always told. A queue that was full and is empty in a later sample is well. The worth of what waits is noted and not counted here: each document that misses its time has a finding of its own that carries the money."
why      = "What waits has happened on one side only: sold and not picked, called off and still packed, counted and not shown."
look     = "The middleware's queue of that flow, its dead letters first; its log at the time of the oldest message."
fix      = "Mend what blocks the first message (a lock, a value that B1 refuses, a limit), then let the queue run on and replay the dead letters."
prevent  = "Give each kind of message its own queue, so that one that fails does not hold up the others, and let dead letters raise an alarm where they arise."
story    = "In the middleware's queue of {flow} for {channel} {note_what}."

[causes]
dead_letters   = "messages were given up after repeated errors, and nobody will try them again"
waits_too_long = "messages come in faster than they are worked off, or the first one blocks the rest"

[params]
cycles          = {type = "int", default = 2, why = "one cycle is the usual wait, two are one that failed"}
default_minutes = {type = "int", default = 60, why = "flows for which auditor.toml promises no cadence: prices, items"}
high_value      = {type = "decimal", default = 1000.00, why = "as for any other finding of this worth"}
---*/
WITH sample AS (
    SELECT e.event_id, e.source, e.flow, e.queued, e.dead_letters, e.oldest_at, e.value, e.currency, e.channel,
           COALESCE(e.finished_at, e.occurred_at, e.received_at, e.started_at) AS sampled_at,
           ROW_NUMBER() OVER (PARTITION BY e.source, e.flow
                              ORDER BY COALESCE(e.finished_at, e.occurred_at, e.received_at, e.started_at) DESC, e.event_id DESC) AS place
    FROM canonical.sync_event AS e
    WHERE e.kind = 'queue' AND COALESCE(e.channel, 'middleware') = $channel
),
promised AS (
    SELECT s.event_id, s.source, s.flow, s.queued, s.dead_letters, s.oldest_at, s.value, s.currency, s.sampled_at,
           COALESCE(CASE s.flow WHEN 'orders' THEN c.orders_minutes WHEN 'cancellations' THEN c.orders_minutes
                                WHEN 'stock' THEN c.stock_minutes WHEN 'tracking' THEN c.tracking_minutes
                                WHEN 'refunds' THEN c.refunds_minutes WHEN 'payouts' THEN c.payouts_minutes END,
                    $default_minutes) AS minutes
    FROM sample AS s
    LEFT JOIN setting.channel AS c ON c.channel = s.channel
    WHERE s.place = 1
),
closed AS (
    -- while a system is closed, nothing can be worked off
    SELECT p.event_id, SUM(DATE_DIFF('second', GREATEST(p.oldest_at, s.closed_at), LEAST(p.sampled_at, s.opened_at))) AS seconds
    FROM promised AS p
    JOIN setting.standstill AS s ON s.channel = $channel AND s.closed_at < p.sampled_at AND s.opened_at > p.oldest_at
    GROUP BY p.event_id
)
SELECT
    CONCAT(p.source, ':', p.flow)       AS subject_id,
    p.currency                          AS currency,
    CONCAT('nothing older than ', CAST(p.minutes * $cycles AS VARCHAR), ' minutes') AS expected,
    CONCAT(CAST(COALESCE(p.queued, 0) AS VARCHAR), ' waiting, ', CAST(COALESCE(p.dead_letters, 0) AS VARCHAR), ' given up') AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    COALESCE(p.oldest_at, p.sampled_at) AS occurred_at,
    p.sampled_at                        AS source_updated_at,
    CASE WHEN p.flow IN ('orders', 'cancellations') OR p.value >= $high_value THEN 'high' ELSE 'medium' END AS severity,
    CASE WHEN p.dead_letters > 0 THEN 'dead_letters' ELSE 'waits_too_long' END AS cause,
    p.flow                              AS flow,
    p.event_id                          AS event_id,
    CASE WHEN p.dead_letters > 0
         THEN CONCAT('there are ', CAST(p.dead_letters AS VARCHAR), ' messages that were given up')
         ELSE CONCAT('the oldest of ', CAST(COALESCE(p.queued, 0) AS VARCHAR), ' messages has waited for ',
                     CAST(DATE_DIFF('minute', p.oldest_at, p.sampled_at) AS VARCHAR), ' minutes') END AS note_what,
    CASE WHEN p.value > 0 THEN CAST(p.value AS DECIMAL(19,6)) END AS note_worth
FROM promised AS p
LEFT JOIN closed AS n ON n.event_id = p.event_id
WHERE p.dead_letters > 0
   OR p.oldest_at + p.minutes * $cycles * INTERVAL 1 MINUTE + COALESCE(n.seconds, 0) * INTERVAL 1 SECOND < p.sampled_at
ORDER BY subject_id
