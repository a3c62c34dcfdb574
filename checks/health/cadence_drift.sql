/*---
title    = "A flow runs less often than it used to, or orders take longer to B1"
severity = "low"
owner    = "INT"
subject  = "flow"
measure  = "text"
judges   = "system"
ladder   = false
reads    = ["canonical.sync_event", "canonical.sales_order", "canonical.b1_order", "fact.cadence"]
needs    = ["canonical.sync_event"]
means    = "For each of the last three days, the middle time between two runs of a flow, and between an order and its sales order in B1, is compared with the same days of the four weeks before, so that a busy Friday is compared with Fridays. All three days have to be half as long again. Less than twenty runs say nothing."
why      = "What becomes slower by degrees is noticed when it breaks: stock is sold that is gone, and orders miss the carrier."
look     = "The schedule of the flow, the length of its runs, and what else began to run at the same time."
fix      = "Give the flow its old interval back; where its runs have grown too long for it, read what changed instead of everything."
prevent  = "Watch the length of the runs against their interval, and let two flows never wait for each other."
story    = "{note_what}"

[causes]
runs_less_often = "the time between two runs has grown"
orders_slower   = "the time between an order and its sales order has grown"

[params]
percent      = {type = "int", default = 150, why = "half as long again is beyond what weeks differ by"}
much_percent = {type = "int", default = 300, why = "three times as long, the promise of the flow is broken"}
minimum_runs = {type = "int", default = 20, why = "the middle of fewer says nothing"}
slack_minutes = {type = "decimal", default = 1.0, why = "from one minute to two is no drift"}
---*/
SELECT
    CONCAT(c.flow, ':', c.measure)      AS subject_id,
    NULL                                AS currency,
    CONCAT(CAST(MAX(CASE WHEN c.days_ago = 0 THEN c.usual_minutes END) AS VARCHAR), ' minutes') AS expected,
    CONCAT(CAST(MAX(CASE WHEN c.days_ago = 0 THEN c.minutes END) AS VARCHAR), ' minutes') AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    CAST($as_of AS TIMESTAMP) - INTERVAL 3 DAY AS occurred_at,
    CASE WHEN MIN(CASE WHEN c.minutes * 100 > c.usual_minutes * $much_percent THEN 1 ELSE 0 END) = 1 THEN 'medium' ELSE 'low' END AS severity,
    CASE c.measure WHEN 'gap' THEN 'runs_less_often' ELSE 'orders_slower' END AS cause,
    c.flow                              AS flow,
    CONCAT(CASE c.measure WHEN 'gap' THEN CONCAT('The flow of ', c.flow, ' of ', $channel, ' runs every [')
                          ELSE CONCAT('Orders of ', $channel, ' take to SAP Business One [') END,
           MAX(CASE WHEN c.days_ago = 0 THEN c.minutes END), '] minutes for three days now; on the same days of the weeks before it was [',
           MAX(CASE WHEN c.days_ago = 0 THEN c.usual_minutes END), '].') AS note_what
FROM fact.cadence AS c
WHERE c.system = $channel
  AND c.usual_runs >= $minimum_runs
  AND c.minutes * 100 > c.usual_minutes * $percent
  AND c.minutes > c.usual_minutes + $slack_minutes
GROUP BY c.flow, c.measure
HAVING COUNT(*) = 3 AND SUM(c.runs) >= $minimum_runs
ORDER BY subject_id
