/*---
title    = "More was accepted in a month than was agreed, or without an end or a reason"
severity = "medium"
owner    = "FIN"
subject  = "period"
judges   = "system"
after_findings = true
reads    = ["fact.standing", "fact.acceptance"]
means    = "The money of all findings that people have accepted is added up over all channels, per month of the company in which the differences happened and per currency, and must stay within the limit. Each acceptance must have an end and a reason; the auditor's own pages demand both, so one without was made another way. At risk is what goes beyond the limit. What is below it counts as accepted and no longer as at risk."
why      = "An acceptance takes a difference out of sight. One by one they are small; together they may be the figure that is wrong at the closing."
look     = "The page Findings, with the state 'accepted', by month."
fix      = "Let the head of finance go through the acceptances of the month: reopen what can still be corrected, give each of the others an end and a reason, or raise the limit in policy.toml with the reason."
prevent  = "Accept until the next closing and no longer, and look at the sum before accepting one more."
story    = "Differences over {actual} that happened in {period} are accepted, {note_count}; the limit is {expected}. {note_lacks}"
[causes]
over_limit = "together the acceptances go beyond the limit"
without_end = "an acceptance has no end, so nobody will ever look at it again"
without_reason = "an acceptance has no reason, so nobody can tell later why it was right"
[params]
limit = {type = "decimal", default = 1000, why = "from this sum a month on, the head of finance wants to know what was accepted"}
---*/
WITH accepted AS (
    SELECT s.period, s.currency, s.money_at_risk, s.until_at IS NULL AS is_endless,
           COALESCE(TRIM(a.reason), '') = '' AS is_without_reason, a.accepted_at, a.accepted_by
    FROM fact.standing AS s
    LEFT JOIN fact.acceptance AS a ON a.finding_id = s.finding_id
    -- what this check itself says is no difference of the books
    WHERE s.state = 'accepted' AND s.check_id <> 'acceptance_budget'
), month AS (
    SELECT a.period, a.currency, SUM(a.money_at_risk) AS amount, COUNT(*) AS findings,
           COUNT(CASE WHEN a.is_endless THEN 1 END) AS endless, COUNT(CASE WHEN a.is_without_reason THEN 1 END) AS unreasoned,
           MAX(a.accepted_at) AS accepted_at, COUNT(DISTINCT a.accepted_by) AS people
    FROM accepted AS a GROUP BY a.period, a.currency
)
SELECT
    CONCAT(m.period, ':', COALESCE(m.currency, '-')) AS subject_id,
    m.currency                          AS currency,
    $limit                              AS expected,
    m.amount                            AS actual,
    ROUND(GREATEST(m.amount - $limit, 0), 2) AS money_at_risk,
    CAST(CONCAT(m.period, '-01') AS TIMESTAMP) + INTERVAL 1 DAY AS occurred_at,
    m.accepted_at                       AS source_updated_at,
    CASE WHEN m.amount > $limit THEN 'over_limit' WHEN m.endless > 0 THEN 'without_end' ELSE 'without_reason' END AS cause,
    m.period                            AS period,
    CONCAT(CASE m.findings WHEN 1 THEN '1 finding' ELSE CONCAT(CAST(m.findings AS VARCHAR), ' findings') END,
           CASE WHEN m.people > 1 THEN CONCAT(' by ', CAST(m.people AS VARCHAR), ' people') ELSE '' END) AS note_count,
    CASE WHEN m.endless = 0 AND m.unreasoned = 0 THEN NULL
         WHEN m.unreasoned = 0 THEN CONCAT(CAST(m.endless AS VARCHAR), ' of them without an end.')
         WHEN m.endless = 0 THEN CONCAT(CAST(m.unreasoned AS VARCHAR), ' of them without a reason.')
         ELSE CONCAT(CAST(m.endless AS VARCHAR), ' of them without an end and ', CAST(m.unreasoned AS VARCHAR), ' without a reason.') END
                                        AS note_lacks
FROM month AS m
WHERE $channel = 'b1' AND (m.amount > $limit OR m.endless > 0 OR m.unreasoned > 0)
ORDER BY m.period, m.currency
