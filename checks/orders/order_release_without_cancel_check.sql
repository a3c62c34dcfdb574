/*---
title    = "Goods were released without a last look at the channel"
severity = "low"
owner    = "INT"
subject  = "flow"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.b1_delivery", "canonical.sync_event", "fact.release"]
needs    = ["canonical.sync_event"]
means    = "For each order whose first delivery was made in the last day, the middleware must have read the order's status on the channel successfully within the half hour before. B1 keeps no moment of release, so the first delivery stands for it. Channels for which the middleware never told of such a reading are not looked at."
why      = "Between posting and picking an order may be called off. The last look is what keeps the goods in the house."
look     = "The middleware: its log of status calls for the order that is named, and whether the gate before release is switched on."
fix      = "Switch the gate on again, or mend the call that fails. Look at the orders that went out without it."
prevent  = "Let the release to the pick list wait for the status call, and stop it when the call fails."
story    = "On {channel} {actual} of {note_releases} orders were delivered within the last day without a status read in the half hour before; the latest is {order}."
[causes]
not_read    = "no status call was made in time"
read_failed = "the status call was made, and failed, and the goods were released all the same"
[params]
minutes      = {type = "int", default = 30, why = "what was read longer ago may have been called off since"}
window_hours = {type = "int", default = 24, why = "a day without a release of this kind settles it"}
percent      = {type = "int", default = 5, why = "one of twenty is more than an accident"}
---*/
WITH released AS (
    SELECT r.order_id, r.order_no, r.doc_entry, r.released_at,
           COALESCE(r.read_at >= r.released_at - $minutes * INTERVAL 1 MINUTE, FALSE) AS is_read,
           COALESCE(r.failed_at >= r.released_at - $minutes * INTERVAL 1 MINUTE, FALSE) AS is_failed
    FROM fact.release AS r
    WHERE r.channel = $channel AND r.released_at <= CAST($as_of AS TIMESTAMP)
      AND r.released_at > CAST($as_of AS TIMESTAMP) - $window_hours * INTERVAL 1 HOUR
),
counted AS (
    SELECT COUNT(*) AS releases, SUM(CASE WHEN is_read THEN 0 ELSE 1 END) AS unread,
           SUM(CASE WHEN NOT is_read AND NOT is_failed THEN 1 ELSE 0 END) AS untried
    FROM released
),
latest AS (
    SELECT order_id, order_no, doc_entry, released_at, ROW_NUMBER() OVER (ORDER BY released_at DESC, doc_entry DESC) AS place
    FROM released WHERE NOT is_read
)
SELECT
    'releases'                          AS subject_id,
    NULL                                AS currency,
    '0'                                 AS expected,
    CAST(c.unread AS VARCHAR)           AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    l.released_at                       AS occurred_at,
    CASE WHEN c.unread * 100 > c.releases * $percent THEN 'medium' ELSE 'low' END AS severity,
    CASE WHEN c.untried > 0 THEN 'not_read' ELSE 'read_failed' END AS cause,
    o.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    'delivery'                          AS b1_object,
    l.doc_entry                         AS doc_entry,
    'releases'                          AS flow,
    CAST(c.releases AS VARCHAR)         AS note_releases
FROM counted AS c
JOIN latest AS l ON l.place = 1
JOIN canonical.sales_order AS o ON o.order_no = l.order_no
WHERE c.unread > 0
ORDER BY 1
