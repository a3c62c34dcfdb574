/*---
title    = "Cancellations reach B1 too late to stop the goods"
severity = "medium"
owner    = "INT"
subject  = "flow"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.b1_order", "canonical.b1_delivery", "canonical.b1_invoice", "canonical.sync_event",
            "matching.channel_order", "fact.latency", "fact.cancel_notice"]
needs    = ["canonical.sales_order.cancelled_at"]
means    = "For the orders of the last week that were cancelled on the channel and stopped in B1, the time between the two is measured. Of twenty or more, nineteen of twenty have to be stopped within ten minutes, and none may take longer than an hour. Orders that B1 still has open are named one by one by another check; orders that had left the house are returns."
why      = "A cancellation that comes after the pick is a parcel that nobody pays for."
look     = "The middleware: when the notice of the cancellation arrived and when it was worked on. B1: the change log of the sales order."
fix      = "Find out whether the notice came late or waited in the queue, and let cancellations go before everything else."
prevent  = "Subscribe to the channel's notices of cancellation instead of asking every quarter of an hour, and ask as well, because notices get lost."
story    = "Within the last week {note_cancellations} cancellations of {channel} were stopped in B1; the slowest took {actual}, where {expected} are promised."
[causes]
notice_late = "the middleware received the notice of the slowest cancellation late"
effect_late = "the notice was there in time, or nobody tells when it came, and B1 was told late"
[params]
percentile      = {type = "int", default = 95, why = "one of twenty may be late for reasons of its own"}
usual_minutes   = {type = "int", default = 10, why = "a pick begins a quarter of an hour after release at the earliest"}
most_minutes    = {type = "int", default = 60, why = "an hour is four runs of a flow that asks instead of being told"}
minimum_events  = {type = "int", default = 20, why = "the slowest of fewer is not one of twenty"}
window_days     = {type = "int", default = 7, why = "cancellations are few; a week has enough of them"}
---*/
WITH event AS (
    SELECT l.order_id, l.order_ref, l.source_at, l.effect_at, l.seconds, o.reference_key,
           ROW_NUMBER() OVER (ORDER BY l.seconds, l.order_id) AS place,
           ROW_NUMBER() OVER (ORDER BY l.seconds DESC, l.order_id) AS slowest,
           COUNT(*) OVER () AS events
    FROM fact.latency AS l
    JOIN matching.channel_order AS o ON o.order_no = l.order_no
    WHERE l.channel = $channel AND l.flow = 'cancellations' AND l.effect_at IS NOT NULL
      AND l.effect_at > CAST($as_of AS TIMESTAMP) - $window_days * INTERVAL 1 DAY
),
measured AS (
    SELECT MIN(e.events) AS events, MAX(e.seconds) AS most,
           MIN(CASE WHEN e.place * 100 >= e.events * $percentile THEN e.seconds END) AS usual
    FROM event AS e
    GROUP BY e.events
)
SELECT
    'cancellations'                     AS subject_id,
    NULL                                AS currency,
    CONCAT(CAST($usual_minutes AS VARCHAR), ' minutes') AS expected,
    CONCAT(CAST(FLOOR(m.most / 60) AS INTEGER), ' minutes') AS actual,
    -- what B1 still has open carries its own money
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    s.effect_at                         AS occurred_at,
    CASE WHEN n.received_at > s.source_at + $usual_minutes * INTERVAL 1 MINUTE THEN 'notice_late' ELSE 'effect_late' END
                                        AS cause,
    'cancellations'                     AS flow,
    CAST(m.events AS VARCHAR)           AS note_cancellations,
    s.order_ref                         AS note_slowest_order,
    CASE WHEN n.received_at IS NULL THEN NULL
         ELSE CONCAT('the notice arrived ', CAST(DATE_DIFF('minute', s.source_at, n.received_at) AS VARCHAR), ' minutes after the cancellation')
         END                            AS note_notice
FROM measured AS m
JOIN event AS s ON s.slowest = 1
LEFT JOIN fact.cancel_notice AS n ON n.channel = $channel AND n.reference_key = s.reference_key
WHERE m.most > $most_minutes * 60
   OR (m.events >= $minimum_events AND m.usual > $usual_minutes * 60)
ORDER BY 1
