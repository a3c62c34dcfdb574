/*---
title    = "A login, key or token ends soon, or is refused already"
severity = "low"
owner    = "INT"
subject  = "credential"
measure  = "text"
judges   = "system"
reads    = ["fact.deadline", "fact.call_statistic", "fact.feed"]
means    = "The day on which a credential ends, as far as the system tells it or auditor.toml names it under expires, is compared with today: two weeks before it is told, three days before it is pressing. Three refusals (401, 403) within a day, in readings that failed for it and have not succeeded since, are told at once. A session that has run out and is renewed by itself is none of these."
why      = "The day after, nothing is read from this system any more, and whoever shares the key stops as well."
look     = "The system's page for API keys, apps or users; for SAP Business One, the user's password rule and its licence."
fix      = "Make a new key with the same rights, put it where auditor.toml refers to, and run `auditor doctor`."
prevent  = "Note the day under expires in auditor.toml, and renew keys two weeks before, by a calendar that more than one person sees."
story    = "{note_what}"

[causes]
ends_soon    = "it was made for a limited time"
has_ended    = "its time is over"
refused      = "the key was withdrawn, the user was locked, or a right is missing"

[params]
days_ahead   = {type = "int", default = 14, why = "two weeks cover a holiday and a provider's approval"}
days_urgent  = {type = "int", default = 3, why = "a weekend lies between Friday and its end"}
refusals     = {type = "int", default = 3, why = "one refusal may be a session that ran out, three are none"}
---*/
SELECT
    d.name                              AS subject_id,
    NULL                                AS currency,
    CONCAT('more than ', CAST($days_ahead AS VARCHAR), ' days') AS expected,
    CAST(d.ends_on AS VARCHAR)          AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    CAST(d.ends_on AS TIMESTAMP)        AS occurred_at,
    CASE WHEN d.ends_on < CAST(CAST($now AS TIMESTAMP) AS DATE) THEN 'critical'
         WHEN DATE_DIFF('day', CAST(CAST($now AS TIMESTAMP) AS DATE), d.ends_on) < $days_urgent THEN 'high' ELSE 'low' END AS severity,
    CASE WHEN d.ends_on < CAST(CAST($now AS TIMESTAMP) AS DATE) THEN 'has_ended' ELSE 'ends_soon' END AS cause,
    d.system                            AS system,
    CAST(NULL AS VARCHAR)               AS stream,
    d.name                              AS value,
    CONCAT('The ', REPLACE(d.name, '_', ' '), ' of ', d.system, CASE WHEN d.ends_on < CAST(CAST($now AS TIMESTAMP) AS DATE) THEN ' ended on ' ELSE ' ends on ' END,
           CAST(d.ends_on AS VARCHAR), '.') AS note_what
FROM fact.deadline AS d
WHERE d.system = $channel AND d.kind = 'credential'
  AND DATE_DIFF('day', CAST(CAST($now AS TIMESTAMP) AS DATE), d.ends_on) < $days_ahead
UNION ALL
SELECT
    CONCAT(f.system, ':', f.stream), NULL, 'access', CONCAT('refused ', CAST(SUM(s.refused) AS VARCHAR), ' times'), CAST(0 AS DECIMAL(19,2)),
    MIN(s.quarter_at), 'critical', 'refused', f.system, f.stream, CAST(NULL AS VARCHAR),
    CONCAT(f.system, ' has refused to show ', REPLACE(f.stream, '_', ' '), ' ', CAST(SUM(s.refused) AS VARCHAR), ' times within a day.')
FROM fact.feed AS f
JOIN fact.call_statistic AS s
  ON s.system = f.system AND s.stream = f.stream AND s.status = 'failed' AND s.refused > 0
 AND s.quarter_at > CAST($now AS TIMESTAMP) - INTERVAL 1 DAY
WHERE f.system = $channel AND f.last_status = 'failed'
GROUP BY f.system, f.stream
HAVING SUM(s.refused) >= $refusals
ORDER BY subject_id
