/*---
title    = "Orders take longer from the channel to B1 than was promised"
severity = "medium"
owner    = "INT"
subject  = "flow"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.sales_payment", "canonical.b1_order", "canonical.b1_invoice", "canonical.b1_draft",
            "setting.channel", "fact.latency"]
needs    = ["canonical.sales_order.placed_at", "canonical.sales_order.payment_status"]
grace    = "order"
means    = "For the orders that reached B1 within two hours, the time from being placed and paid to their first document is measured. Nineteen of twenty have to arrive within the promised interval of the flow and the grace for orders together. Fewer than twenty orders say nothing. Orders that still wait count once they are too late already. Hours in which B1, the channel or the middleware is closed ([[maintenance]] in auditor.toml) are not measured. It is settled when two windows in a row are in time."
why      = "Every order that is late to B1 is late to the warehouse, and meanwhile the same stock is sold a second time."
look     = "The middleware: length and start of its runs, its queue. B1: times of the sales orders, and whether it was slow or closed for maintenance."
fix      = "Find what holds the runs up, a lock in B1 or a record that fails again and again, and let the flow catch up before the carrier comes."
prevent  = "Run the flow in small batches, give orders the way before everything else, and announce maintenance in auditor.toml."
story    = "Nineteen of twenty orders of {channel} should reach B1 within {expected}; of the last {note_orders} it took {actual}. {note_waiting}"
[params]
minimum_orders = {type = "int", default = 20, why = "one late order of fewer than twenty is not the flow's"}
percentile     = {type = "int", default = 95, why = "one of twenty may be late for reasons of its own"}
window_minutes = {type = "int", default = 120, why = "long enough for twenty orders, short enough to act on the same day"}
---*/
WITH event AS (
    SELECT l.order_id, l.seconds, l.amount, l.currency, l.effect_at, c.orders_minutes + c.grace_order_minutes AS promised,
           c.grace_order_minutes AS grace,
           CASE WHEN l.effect_at IS NULL THEN 0
                ELSE CAST(FLOOR(DATE_DIFF('second', l.effect_at, CAST($as_of AS TIMESTAMP)) / ($window_minutes * 60)) AS INTEGER) END
               AS window_no
    FROM fact.latency AS l
    JOIN setting.channel AS c ON c.channel = l.channel AND c.posting = 'order'
    WHERE l.channel = $channel AND l.flow = 'orders'
      AND (l.effect_at IS NULL OR (l.effect_at > CAST($as_of AS TIMESTAMP) - $window_minutes * 3 * INTERVAL 1 MINUTE
                                   AND l.effect_at <= CAST($as_of AS TIMESTAMP)))
      AND l.source_at <= CAST($as_of AS TIMESTAMP)
),
counted AS (
    -- what waits and is not late yet may still be in time
    SELECT e.window_no, e.seconds, e.promised,
           ROW_NUMBER() OVER (PARTITION BY e.window_no ORDER BY e.seconds) AS place,
           COUNT(*) OVER (PARTITION BY e.window_no) AS orders
    FROM event AS e
    WHERE e.effect_at IS NOT NULL OR e.seconds > e.promised * 60
),
measured AS (
    SELECT c.window_no, MIN(c.orders) AS orders, MIN(c.promised) AS promised,
           MIN(CASE WHEN c.place * 100 >= c.orders * $percentile THEN c.seconds END) AS seconds
    FROM counted AS c
    GROUP BY c.window_no
    HAVING MIN(c.orders) >= $minimum_orders
),
trend AS (
    SELECT MAX(promised) AS promised,
           MAX(CASE WHEN window_no = 0 THEN seconds END) AS now_seconds,
           MAX(CASE WHEN window_no = 1 THEN seconds END) AS before_seconds,
           MAX(CASE WHEN window_no = 2 THEN seconds END) AS long_before_seconds,
           MAX(CASE WHEN window_no <= 1 AND seconds > promised * 60 THEN seconds END) AS late_seconds,
           MAX(CASE WHEN window_no <= 1 AND seconds > promised * 60 THEN orders END) AS orders
    FROM measured
),
waiting AS (
    -- what waits beyond its grace is missing and carries its own money
    SELECT COUNT(*) AS orders, COALESCE(SUM(CASE WHEN e.seconds < e.grace * 60 THEN e.amount ELSE 0 END), 0) AS amount,
           MIN(e.currency) AS currency
    FROM event AS e WHERE e.effect_at IS NULL
)
SELECT
    'orders'                            AS subject_id,
    w.currency                          AS currency,
    CONCAT(CAST(t.promised AS VARCHAR), ' minutes') AS expected,
    CONCAT(CAST(FLOOR(t.late_seconds / 60) AS INTEGER), ' minutes') AS actual,
    ROUND(CAST(w.amount AS DECIMAL(19,6)), 2) AS money_at_risk,
    NULL                                AS occurred_at,
    CASE WHEN t.now_seconds > t.before_seconds AND t.before_seconds > t.long_before_seconds THEN 'high' ELSE 'medium' END
                                        AS severity,
    'orders'                            AS flow,
    CAST(t.orders AS VARCHAR)           AS note_orders,
    CASE WHEN w.orders = 0 THEN 'No order waits any more.'
         ELSE CONCAT(CAST(w.orders AS VARCHAR), ' more wait.') END AS note_waiting
FROM trend AS t
CROSS JOIN waiting AS w
WHERE t.late_seconds IS NOT NULL
ORDER BY 1
