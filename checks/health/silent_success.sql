/*---
title    = "A run reported success and moved nothing, although there was work to do"
severity = "critical"
owner    = "INT"
subject  = "flow"
measure  = "quantity"
ladder   = false
reads    = ["canonical.sync_event", "canonical.sales_order", "canonical.refund", "canonical.b1_order", "canonical.b1_invoice", "canonical.b1_draft",
            "canonical.b1_credit_memo", "fact.flow_run", "fact.due"]
needs    = ["canonical.sync_event"]
means    = "Each run of the last day that ended well is compared with what the channel itself shows to have fallen due between it and the run before: orders that were sold, refunds that were paid, and that B1 does not hold. A run that moved less than a tenth of them, over all runs at least five, was silent. A quiet night has nothing due and is well. The money is that of documents still within their grace; later each has a finding of its own."
why      = "Nobody looks at a run that reports success. Orders are not picked and refunds are not booked until a customer complains."
look     = "The middleware's log of these runs: the filter, the cursor or the date from which it read, and an empty first page."
fix      = "Mend the filter or set the cursor back to before the first document that is due, and run the flow again; duplicates are refused by the order's number."
prevent  = "Let the flow compare what it moved with the count that the channel tells, and end with an error when they differ."
story    = "The runs of {flow} on {channel} reported success and moved {actual} of {expected} that were due; the last of them began at {note_last_run}."

[causes]
moved_nothing  = "the runs saw nothing to move: a filter, a cursor or a date leaves it out"
moved_too_few  = "the runs moved a small part of what was due: pages or kinds of documents are left out"

[params]
minimum_due    = {type = "int", default = 5, why = "one or two documents that a run leaves out have causes of their own"}
percent        = {type = "int", default = 10, why = "a run that moves a tenth of what is due has not seen the rest"}
lag_seconds    = {type = "int", default = 120, why = "what fell due just before a run may rightly wait for the next"}
hours          = {type = "int", default = 24, why = "older runs have been followed by so many that the documents speak for themselves"}
---*/
WITH run AS (
    SELECT r.event_id, r.flow, r.source, r.started_at, COALESCE(r.records_moved, 0) AS moved,
           COUNT(d.subject_id) AS due, MIN(d.due_at) AS first_due_at, MIN(d.currency) AS currency,
           SUM(CASE WHEN d.grace_until > CAST($as_of AS TIMESTAMP) THEN d.total ELSE 0 END) AS money
    FROM fact.flow_run AS r
    JOIN fact.due AS d
      ON d.channel = r.channel AND d.flow = r.flow
     AND d.due_at >= r.before_at - $lag_seconds * INTERVAL 1 SECOND
     AND d.due_at < r.started_at - $lag_seconds * INTERVAL 1 SECOND
    WHERE r.channel = $channel AND r.status = 'ok'
      AND r.started_at > CAST($as_of AS TIMESTAMP) - $hours * INTERVAL 1 HOUR
      -- what the run made must have been read
      AND COALESCE(r.finished_at, r.started_at) <= CAST($as_of AS TIMESTAMP)
    GROUP BY r.event_id, r.flow, r.source, r.started_at, COALESCE(r.records_moved, 0)
    HAVING COALESCE(r.records_moved, 0) * 100 < COUNT(d.subject_id) * $percent
),
flow AS (
    SELECT flow, MAX(event_id) AS event_id, SUM(due) AS due, SUM(moved) AS moved, SUM(money) AS money,
           MIN(currency) AS currency, MAX(currency) AS other_currency, MIN(first_due_at) AS first_due_at,
           MAX(started_at) AS last_run_at
    FROM run GROUP BY flow
)
SELECT
    f.flow                              AS subject_id,
    f.currency                          AS currency,
    CAST(f.due AS DECIMAL(19,0))        AS expected,
    CAST(f.moved AS DECIMAL(19,0))      AS actual,
    -- different currencies are never added
    CASE WHEN f.currency = f.other_currency THEN CAST(ROUND(f.money, 2) AS DECIMAL(19,2)) ELSE CAST(0 AS DECIMAL(19,2)) END AS money_at_risk,
    f.first_due_at                      AS occurred_at,
    f.last_run_at                       AS source_updated_at,
    CASE WHEN f.moved = 0 THEN 'moved_nothing' ELSE 'moved_too_few' END AS cause,
    f.flow                              AS flow,
    f.event_id                          AS event_id,
    CONCAT(SUBSTRING(CAST(f.last_run_at AS VARCHAR), 1, 16), ' UTC') AS note_last_run
FROM flow AS f
WHERE f.due >= $minimum_due
ORDER BY f.flow
