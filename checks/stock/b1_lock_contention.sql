/*---
title    = "Items in B1 are locked while others work with them, or written more often than agreed"
severity = "medium"
owner    = "INT"
subject  = "item"
judges   = "system"
measure  = "quantity"
reads    = ["canonical.sync_event"]
needs    = ["canonical.sync_event.error_class"]
means    = "The middleware tells which of its calls failed because another user or another operation held the same record. Within the last hour, five such failures in a quarter of an hour, or more than one per cent of all messages about items and stock, on three items at least, are too many. A single item that somebody has open is not reported. Where a number of writes per minute was agreed (`writes_per_minute` in checks/policy.toml), a minute of the last hour in which the middleware wrote more items to B1 is told."
story    = "{note_what}"
why      = "While an item is locked, orders, deliveries and stock pushes of it wait or fail, and people at their screens lose what they typed."
look     = "B1: who works on the items named in the middleware's log, and which imports or item updates run at that time."
fix      = "Stop or slow down what writes items in bulk; let the middleware wait longer before it tries again."
prevent  = "Write item records only in the quiet hours and in small portions, read stock instead of writing items, and let one integration alone write them."

[causes]
many_at_once    = "many items were locked within a quarter of an hour"
part_of_all     = "a steady part of all calls meets a lock"
too_many_writes = "more items were written in a minute than was agreed"

[params]
errors            = {type = "int", default = 5, why = "two or three are people who save the same item; five in a quarter of an hour are a process"}
minutes           = {type = "int", default = 15, why = "a bulk update of items takes minutes"}
items             = {type = "int", default = 3, why = "one user who keeps one item open hits that item alone"}
percent           = {type = "decimal", default = 1, why = "above one call in a hundred, retries become a load of their own"}
hours             = {type = "int", default = 1, why = "an hour without contention is the end of it"}
writes_per_minute = {type = "int", default = 0, why = "what B1 bears is agreed with whoever runs it; 0: nothing was agreed"}
---*/
WITH call AS (
    SELECT e.event_id, e.flow, e.sku, e.b1_object, e.error_class = 'lock' AND e.status = 'error' AS is_lock,
           COALESCE(e.finished_at, e.occurred_at, e.started_at, e.received_at) AS called_at
    FROM canonical.sync_event AS e
    WHERE $channel = 'b1' AND e.kind = 'message' AND (e.sku IS NOT NULL OR e.b1_object = 'item')
      AND COALESCE(e.finished_at, e.occurred_at, e.started_at, e.received_at)
          BETWEEN CAST($as_of AS TIMESTAMP) - $hours * INTERVAL 1 HOUR AND CAST($as_of AS TIMESTAMP)
),
burst AS (
    SELECT a.event_id, COUNT(*) AS locks, COUNT(DISTINCT b.sku) AS items
    FROM call AS a
    JOIN call AS b ON b.is_lock AND b.called_at <= a.called_at AND b.called_at > a.called_at - $minutes * INTERVAL 1 MINUTE
    WHERE a.is_lock
    GROUP BY a.event_id
),
peak AS (
    SELECT COUNT(*) AS bursts FROM burst WHERE locks >= $errors AND items >= $items
),
hour AS (
    SELECT COUNT(*) AS calls, COUNT(CASE WHEN is_lock THEN 1 END) AS locks, COUNT(DISTINCT CASE WHEN is_lock THEN sku END) AS items,
           COUNT(CASE WHEN is_lock AND flow = 'stock' THEN 1 END) AS pushes, MAX(CASE WHEN is_lock THEN called_at END) AS last_at
    FROM call
),
minute AS (
    SELECT DATE_TRUNC('minute', called_at) AS minute_at, COUNT(*) AS writes
    FROM call WHERE b1_object = 'item' GROUP BY DATE_TRUNC('minute', called_at)
),
busiest AS (
    SELECT MAX(writes) AS writes, MAX(minute_at) AS last_at, COUNT(*) AS minutes
    FROM minute WHERE $writes_per_minute > 0 AND writes > $writes_per_minute
)
SELECT
    'items'                             AS subject_id,
    NULL                                AS currency,
    0                                   AS expected,
    h.locks                             AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    h.last_at                           AS occurred_at,
    CASE WHEN h.pushes > 0 THEN 'high' ELSE 'medium' END AS severity,
    CASE WHEN p.bursts > 0 THEN 'many_at_once' ELSE 'part_of_all' END AS cause,
    'b1'                                AS system,
    CAST(h.items AS VARCHAR)            AS note_items,
    CONCAT('Within the last hour ', CAST(h.locks AS VARCHAR), ' calls to SAP Business One about ', CAST(h.items AS VARCHAR),
           ' items failed because somebody else held them; ', CAST(h.calls AS VARCHAR), ' calls about items and stock were made in all',
           CASE WHEN h.pushes > 0 THEN CONCAT(', and ', CAST(h.pushes AS VARCHAR), ' of the failed ones were pushes of stock') ELSE '' END, '.')
                                        AS note_what
FROM hour AS h CROSS JOIN peak AS p
WHERE h.items >= $items AND (p.bursts > 0 OR h.locks * 100 > h.calls * $percent)
UNION ALL
SELECT
    'writes', NULL, $writes_per_minute, b.writes, CAST(0 AS DECIMAL(19,2)), b.last_at, 'medium', 'too_many_writes', 'b1', NULL,
    CONCAT('In ', CAST(b.minutes AS VARCHAR), ' minute(s) of the last hour the middleware wrote more items to SAP Business One than was agreed, up to ',
           CAST(b.writes AS VARCHAR), ' in one minute instead of ', CAST($writes_per_minute AS VARCHAR), '.')
FROM busiest AS b
WHERE b.writes IS NOT NULL
ORDER BY subject_id
