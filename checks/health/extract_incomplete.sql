/*---
title    = "A reading could not be proved to be whole"
severity = "high"
owner    = "INT"
subject  = "feed"
measure  = "text"
judges   = "system"
reads    = ["fact.feed", "fact.extract", "fact.left_out"]
means    = "Each reading proves itself by the provider's own count, by pages that follow each other, or by a control total. Told is a feed whose last reading failed that proof, one whose answers cannot be understood, and one that is read as a whole and suddenly holds nothing. Nothing of such a reading counts. Told for a day is also a document that no list showed and that the system gave when it was asked for the number missing between two others; it counts from then on. Numbers that the system does not know are not told; a reading that simply did not answer is told by feed_stale."
why      = "Half a list looks like a list. Everything behind this feed is not judged until it has been read as a whole, and what was there may seem to have gone."
look     = "The reason beside the feed on the page Feeds; the system's log at that time; `auditor doctor`."
fix      = "Read the feed again; where the answers have changed, update the auditor; where the list was emptied on purpose, wait for the next reading."
prevent  = "Read outside the hours in which much is changed, keep to the provider's limits, and try a new version of a system on its test site first."
story    = "The reading of {system} {stream} is not whole: {note_what}. {note_so}"

[causes]
not_proved     = "the count, the pages or the total of what came differ from what the provider says there is"
not_understood = "the answers no longer look as they did"
left_out       = "the list leaves out documents that are there: their date of change is older than they are, or the list is narrowed for our user"
emptied        = "the whole list was answered with nothing, where there was something the time before"

[params]
minimum_rows = {type = "int", default = 5, why = "a list of a few may rightly become empty"}
---*/
SELECT
    CONCAT(f.system, ':', f.stream)     AS subject_id,
    NULL                                AS currency,
    CASE WHEN e.status = 'complete' AND e.rows_read = 0 THEN CONCAT(CAST(p.rows_read AS VARCHAR), ' records') ELSE 'a whole reading' END AS expected,
    CONCAT(CAST(e.rows_read AS VARCHAR), ' records') AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    e.started_at                        AS occurred_at,
    e.finished_at                       AS source_updated_at,
    CASE WHEN e.status = 'incomplete' THEN 'not_proved' WHEN f.last_status = 'incomplete' THEN 'not_understood' ELSE 'emptied' END AS cause,
    f.system                            AS system,
    f.stream                            AS stream,
    CASE WHEN f.last_status = 'incomplete' THEN COALESCE(RTRIM(f.last_reason, '.'), 'no reason was given')
         ELSE CONCAT('it holds nothing, after ', CAST(p.rows_read AS VARCHAR), ' records the time before') END AS note_what,
    'Whatever depends on it is not judged until it has been read again.' AS note_so
FROM fact.feed AS f
JOIN fact.extract AS e ON e.system = f.system AND e.stream = f.stream AND e.newest_first = 1
LEFT JOIN fact.extract AS p ON p.system = f.system AND p.stream = f.stream AND p.newest_first = 2
WHERE f.system = $channel
  AND (f.last_status = 'incomplete'
       OR (f.last_status = 'complete' AND e.is_full AND e.rows_read = 0
           AND p.status = 'complete' AND p.is_full AND p.rows_read >= $minimum_rows))
UNION ALL
SELECT
    CONCAT(l.system, ':', l.stream, ':numbers'), NULL, 'every number', CONCAT(CAST(l.documents AS VARCHAR), ' left out'),
    CAST(0 AS DECIMAL(19,2)), l.asked_at, l.asked_at, 'left_out', l.system, l.stream,
    CONCAT('the list left out ', CAST(l.documents AS VARCHAR), ' document(s) that were there when asked for by number, the newest of them ',
           CAST(l.newest_number AS VARCHAR)),
    'They are known from now on; what else the list leaves out is not.'
FROM fact.left_out AS l
WHERE l.system = $channel
ORDER BY subject_id
