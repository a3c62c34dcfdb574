/*---
title    = "An interface changes: a version ends, a new word comes, or a field is no longer sent"
severity = "low"
owner    = "INT"
subject  = "interface"
measure  = "text"
judges   = "system"
reads    = ["fact.deadline", "fact.call_statistic", "fact.unknown_word", "fact.silent_field"]
means    = "The day until which the version that we speak is served, and the day that answers name as their end (Sunset), are compared with today; two months before, it is told. A status or kind that the platform writes and that has no meaning here is told once for each word, however many records bear it; such records are kept with their own word, and nothing is guessed. A field that stood in nearly every record is told when the newest twenty lack it, or when twenty records that changed have lost it and none has kept it."
why      = "After the last day nothing is read any more, or fields change their meaning in silence. A record with an unknown status is left out of what is judged by it, and one without its field compares as if there were nothing to compare."
look     = "The provider's change log and its list of versions; the records that bear the word or lack the field, in the system's own pages."
fix      = "Move to a newer version (api_version in auditor.toml, or a newer auditor) on a test first. Give the word a meaning in an update of the auditor. Ask the provider what became of the field, or who changed what is sent."
prevent  = "Read the provider's announcements each quarter and move in the quarter in which a version appears."
story    = "{note_what}"

[causes]
version_ends  = "each version is served for a limited time"
announced_end = "the provider's answers name the day on which this call ends"
new_word      = "the platform has a new word, or uses one that was rare"
field_gone    = "the platform, or a version or setting of it, no longer sends the field"

[params]
days_ahead   = {type = "int", default = 60, why = "two months leave time for a test and a release"}
days_urgent  = {type = "int", default = 14, why = "two weeks are one release"}
silent       = {type = "int", default = 20, why = "that twenty in a row lack what ninety-nine of a hundred have is no chance"}
before       = {type = "int", default = 50, why = "fewer records before them do not tell what is usual"}
told_percent = {type = "int", default = 99, why = "a field that is often empty may be empty for a day"}
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
UNION ALL
SELECT
    CONCAT(f.table_name, '.', f.column_name, ' is not sent'), NULL, CONCAT('a ', REPLACE(f.column_name, '_', ' ')),
    CONCAT('none in ', CAST(f.silent AS VARCHAR), ' records'), CAST(0 AS DECIMAL(19,2)), f.since,
    'high', 'field_gone', $channel, CONCAT(f.table_name, '.', f.column_name),
    CASE f.kind WHEN 'new'
         THEN CONCAT('The newest ', CAST(f.silent AS VARCHAR), ' ', REPLACE(f.table_name, '_', ' '), 's of ', $channel, ' have no ',
                     REPLACE(f.column_name, '_', ' '), '; of the ', CAST(f.others AS VARCHAR), ' before them ', CAST(f.told AS VARCHAR), ' have one.')
         ELSE CONCAT('The ', REPLACE(f.column_name, '_', ' '), ' of ', CAST(f.silent AS VARCHAR), ' ', REPLACE(f.table_name, '_', ' '), 's of ',
                     $channel, ' is gone; of the ', CAST(f.others AS VARCHAR), ' that changed since then ', CAST(f.told AS VARCHAR), ' have kept it.')
         END
FROM fact.silent_field AS f
WHERE f.channel = $channel AND f.silent >= $silent
  AND ((f.kind = 'new' AND f.others >= $before AND f.told * 100 >= f.others * $told_percent)
       OR (f.kind = 'changed' AND f.told * 100 <= f.others * (100 - $told_percent)))
ORDER BY subject_id
