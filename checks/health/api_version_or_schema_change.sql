/*---
title    = "An interface changes: a version ends, or a word came that nobody has given a meaning"
severity = "low"
owner    = "INT"
subject  = "interface"
measure  = "text"
judges   = "system"
reads    = ["fact.deadline", "fact.call_statistic", "fact.unknown_word"]
means    = "The day until which the version that we speak is served, and the day that answers name as their end (Sunset), are compared with today; two months before, it is told. A status or kind that the platform writes and that has no meaning here is told once for each word, however many records bear it; such records are kept with their own word, and nothing is guessed."
why      = "After the last day nothing is read any more, or fields change their meaning in silence. A record with an unknown status is left out of what is judged by it."
look     = "The provider's change log and its list of versions; the records that bear the word, in the channel's own pages."
fix      = "Move to a newer version (api_version in auditor.toml, or a newer auditor) on a test first. Give the word a meaning in an update of the auditor."
prevent  = "Read the provider's announcements each quarter and move in the quarter in which a version appears."
story    = "{note_what}"

[causes]
version_ends  = "each version is served for a limited time"
announced_end = "the provider's answers name the day on which this call ends"
new_word      = "the platform has a new word, or uses one that was rare"

[params]
days_ahead   = {type = "int", default = 60, why = "two months leave time for a test and a release"}
days_urgent  = {type = "int", default = 14, why = "two weeks are one release"}
---*/
SELECT
    CONCAT('version ', d.name)          AS subject_id,
    NULL                                AS currency,
    CONCAT('more than ', CAST($days_ahead AS VARCHAR), ' days') AS expected,
    CAST(d.ends_on AS VARCHAR)          AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    CAST(d.ends_on AS TIMESTAMP)        AS occurred_at,
    CASE WHEN DATE_DIFF('day', CAST(CAST($now AS TIMESTAMP) AS DATE), d.ends_on) < $days_urgent THEN 'high' ELSE 'low' END AS severity,
    'version_ends'                      AS cause,
    d.system                            AS system,
    d.name                              AS value,
    CONCAT('The version ', d.name, ' that is spoken with ', d.system, ' is served until ', CAST(d.ends_on AS VARCHAR), '.') AS note_what
FROM fact.deadline AS d
WHERE d.system = $channel AND d.kind = 'api_version'
  AND DATE_DIFF('day', CAST(CAST($now AS TIMESTAMP) AS DATE), d.ends_on) < $days_ahead
UNION ALL
SELECT
    'sunset', NULL, CONCAT('more than ', CAST($days_ahead AS VARCHAR), ' days'), CAST(MIN(s.ends_on) AS VARCHAR), CAST(0 AS DECIMAL(19,2)),
    CAST(MIN(s.ends_on) AS TIMESTAMP),
    CASE WHEN DATE_DIFF('day', CAST(CAST($now AS TIMESTAMP) AS DATE), MIN(s.ends_on)) < $days_urgent THEN 'high' ELSE 'low' END,
    'announced_end', $channel, 'sunset',
    CONCAT('Answers of ', $channel, ' announce that a call which is used here ends on ', CAST(MIN(s.ends_on) AS VARCHAR), '.')
FROM fact.call_statistic AS s
WHERE s.system = $channel AND s.ends_on IS NOT NULL AND s.quarter_at > CAST($now AS TIMESTAMP) - INTERVAL 1 DAY
HAVING DATE_DIFF('day', CAST(CAST($now AS TIMESTAMP) AS DATE), MIN(s.ends_on)) < $days_ahead
UNION ALL
SELECT
    CONCAT(w.table_name, '.', w.column_name, ':', COALESCE(w.word, '?')), NULL, 'a word with a meaning', COALESCE(w.word, 'a word that stands in the record'),
    CAST(0 AS DECIMAL(19,2)), CAST(NULL AS TIMESTAMP),
    -- by these, checks decide what is sold, paid, sent or settled
    CASE WHEN w.table_name IN ('sales_order', 'sales_payment', 'payout', 'shipment') THEN 'high' ELSE 'low' END,
    'new_word', $channel, COALESCE(w.word, '?'),
    CONCAT($channel, ' writes ', CASE WHEN w.word IS NULL THEN 'a word that is not known' ELSE CONCAT('''', w.word, '''') END, ' as the ',
           REPLACE(w.column_name, '_', ' '), ' of a ', REPLACE(w.table_name, '_', ' '), ' in ', CAST(w.records AS VARCHAR), ' record(s).')
FROM fact.unknown_word AS w
WHERE COALESCE(w.channel, 'middleware') = $channel
ORDER BY subject_id
