/*---
title    = "The channel's notices of orders were missed, or an old one was worked off again"
severity = "medium"
owner    = "INT"
subject  = "webhook"
measure  = "text"
ladder   = false
reads    = ["canonical.sync_event", "canonical.sales_order", "canonical.sales_payment", "canonical.b1_order", "canonical.b1_invoice",
            "canonical.b1_draft", "matching.unposted_order", "matching.channel_order", "matching.link", "setting.channel"]
needs    = ["canonical.sync_event", "canonical.sales_order.placed_at"]
means    = "Missed: the orders that the channel shows for the last day are compared with the notices (webhooks) that the middleware received of them; each has a quarter of an hour to arrive. Three missed notices and one in twenty are told. Replayed: a notice that is received more than a day after what it tells of, and is followed within the hour by a document in B1. An order whose payment was captured late rightly comes late. Nothing is judged before the first notice that is known."
why      = "A missed notice is an order, a change or a cancellation that arrives hours late or never. A replayed one books what was settled long ago, perhaps for the second time."
look     = "Missed: the channel's list of webhooks and their failed deliveries. Replayed: the order's history in the middleware, and whether B1 has another document of it."
fix      = "Missed: fetch the orders of that time once by polling, then subscribe again. Replayed: check the document, cancel it if the order had one, and drop what is left in the queue of old notices."
prevent  = "Poll every hour beside the webhooks, refuse notices that are older than a day unless the order is really new, and keep the order's number as the key."
story    = "{note_what}"

[causes]
missed   = "the channel's notices did not arrive: the subscription has lapsed, or the address did not answer"
replayed = "an old notice was delivered or queued again"

[params]
hours          = {type = "int", default = 24, why = "a day holds every hour of the shop once"}
lag_minutes    = {type = "int", default = 15, why = "notices arrive within seconds and are repeated for some minutes"}
minimum_missed = {type = "int", default = 3, why = "channels lose a notice now and then, and polling brings the order"}
percent        = {type = "int", default = 5, why = "a broken subscription loses all, a busy hour a few"}
replay_hours   = {type = "int", default = 24, why = "channels repeat a failed delivery for a day at most"}
replay_days    = {type = "int", default = 14, why = "what was replayed longer ago has been found by other checks"}
follow_minutes = {type = "int", default = 60, why = "a notice is worked off within the hour"}
---*/
WITH since AS (
    SELECT MIN(e.received_at) AS first_at FROM canonical.sync_event AS e
    WHERE e.channel = $channel AND e.kind = 'webhook' AND e.flow = 'orders' AND e.order_ref IS NOT NULL
),
notice AS (
    -- of the days that are looked at, or every notice there ever was would be copied
    SELECT e.event_id, e.order_ref, e.occurred_at, e.received_at
    FROM canonical.sync_event AS e
    WHERE e.channel = $channel AND e.kind = 'webhook' AND e.flow = 'orders' AND e.order_ref IS NOT NULL
      AND e.received_at > CAST($as_of AS TIMESTAMP) - GREATEST($replay_days * 24, $hours + 24) * INTERVAL 1 HOUR
),
recent AS (
    -- nobody is told of an order before it is placed, give or take what clocks differ by
    SELECT UPPER(REPLACE(TRIM(n.order_ref), '#', '')) AS ref FROM notice AS n
    WHERE n.received_at > CAST($as_of AS TIMESTAMP) - $hours * INTERVAL 1 HOUR - INTERVAL 1 DAY
),
late AS (
    SELECT n.event_id, n.order_ref, n.occurred_at, n.received_at,
           CASE WHEN STARTS_WITH(n.ref, c.reference_prefix) THEN SUBSTRING(n.ref, LENGTH(c.reference_prefix) + 1)
                ELSE n.ref END AS reference_key
    FROM (
        SELECT e.event_id, e.order_ref, e.occurred_at, e.received_at, UPPER(REPLACE(TRIM(e.order_ref), '#', '')) AS ref
        FROM notice AS e
        WHERE e.received_at > e.occurred_at + $replay_hours * INTERVAL 1 HOUR
          AND e.received_at > CAST($as_of AS TIMESTAMP) - $replay_days * INTERVAL 1 DAY
    ) AS n
    JOIN setting.channel AS c ON c.channel = $channel
),
placed AS (
    SELECT o.order_id, o.order_no, o.order_ref, o.placed_at,
           -- one by one: a list of alternatives would compare every order with every notice
           CASE WHEN UPPER(REPLACE(TRIM(o.order_ref), '#', '')) IN (SELECT n.ref FROM recent AS n)
                  OR UPPER(TRIM(o.order_id)) IN (SELECT n.ref FROM recent AS n)
                  OR UPPER(REPLACE(TRIM(o.alternate_ref), '#', '')) IN (SELECT n.ref FROM recent AS n)
                THEN 0 ELSE 1 END AS is_missed
    FROM canonical.sales_order AS o, since AS s
    WHERE o.channel = $channel AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE
      AND COALESCE(o.order_kind, 'sale') = 'sale' AND o.placed_at >= s.first_at
      AND o.placed_at > CAST($as_of AS TIMESTAMP) - $hours * INTERVAL 1 HOUR
      AND o.placed_at + $lag_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
),
gap AS (
    SELECT COUNT(*) AS placed, SUM(p.is_missed) AS missed, MIN(CASE WHEN p.is_missed = 1 THEN p.placed_at END) AS first_at,
           SUM(CASE WHEN p.is_missed = 1 AND u.order_id IS NOT NULL THEN 1 ELSE 0 END) AS not_in_b1
    FROM placed AS p
    LEFT JOIN matching.unposted_order AS u ON u.order_no = p.order_no
),
replay AS (
    SELECT n.event_id, n.order_ref, n.occurred_at, n.received_at, c.order_id, b.doc_entry, b.doc_num,
           ROW_NUMBER() OVER (PARTITION BY n.event_id ORDER BY b.doc_entry) AS place
    FROM late AS n
    JOIN matching.channel_order AS c ON c.channel = $channel AND c.reference_key = n.reference_key
    JOIN matching.link AS k ON k.order_no = c.order_no AND k.object = 'order'
    JOIN canonical.b1_order AS b ON b.doc_entry = k.doc_entry
    WHERE b.created_at >= n.received_at AND b.created_at <= n.received_at + $follow_minutes * INTERVAL 1 MINUTE
      AND NOT EXISTS (SELECT 1 FROM canonical.sales_payment AS p
                      WHERE p.order_no = c.order_no AND p.status = 'success'
                        AND p.kind IN ('sale', 'capture')
                        AND p.processed_at > n.received_at - $replay_hours * INTERVAL 1 HOUR)
)
SELECT
    'orders'                            AS subject_id,
    NULL                                AS currency,
    CONCAT(CAST(g.placed AS VARCHAR), ' orders placed') AS expected,
    CONCAT(CAST(g.placed - g.missed AS VARCHAR), ' notices received') AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    g.first_at                          AS occurred_at,
    CASE WHEN g.not_in_b1 > 0 THEN 'high' ELSE 'medium' END AS severity,
    'missed'                            AS cause,
    'orders'                            AS flow,
    CAST(NULL AS VARCHAR)               AS event_id,
    CAST(NULL AS VARCHAR)               AS order_id,
    CAST(NULL AS VARCHAR)               AS order_ref,
    CAST(NULL AS VARCHAR)               AS b1_object,
    CAST(NULL AS BIGINT)                AS doc_entry,
    CONCAT('Of ', CAST(g.placed AS VARCHAR), ' orders placed on ', $channel, ' within a day, the middleware was told of all but ',
           CAST(g.missed AS VARCHAR), '; ', CAST(g.not_in_b1 AS VARCHAR), ' of these are not in SAP Business One.') AS note_what
FROM gap AS g
WHERE g.missed >= $minimum_missed AND g.missed * 100 >= g.placed * $percent
UNION ALL
SELECT
    r.event_id, NULL, 'nothing', 'a sales order', CAST(0 AS DECIMAL(19,2)), r.received_at, 'high', 'replayed', 'orders', r.event_id,
    r.order_id, r.order_ref, 'order', r.doc_entry,
    CONCAT('The notice of order ', r.order_ref, ' was received ',
           CAST(DATE_DIFF('hour', r.occurred_at, r.received_at) AS VARCHAR), ' hours after the order was placed, and sales order ',
           CAST(r.doc_num AS VARCHAR), ' was made of it.')
FROM replay AS r
WHERE r.place = 1
ORDER BY subject_id
