/*---
title    = "A feed has not been read completely for too long"
severity = "medium"
owner    = "INT"
subject  = "feed"
measure  = "text"
judges   = "system"
reads    = ["fact.feed"]
means    = "The newest data that was read completely from each feed is compared with how often it is promised: half an interval late is told, two intervals late is pressing; hours in which the system is closed ([[maintenance]] in auditor.toml) do not count. Nothing that depends on a feed later than that is judged, so that its silence is never taken for proof, and no flood of findings follows."
why      = "Everything that depends on this feed is not judged, so errors may be there that nobody sees."
look     = "The system itself, its credentials and its limits; `auditor doctor` names the reason."
fix      = "Restore the connection and read again; nothing is lost, the next complete reading fills the gap."
prevent  = "Give the auditor a login and a limit of calls of its own, and let the service start with the machine."
story    = "The feed {system} {stream} is behind: {note_found}. Whatever depends on it is not judged until it has been read completely."

[causes]
never_tried     = "nobody has tried to read it yet"
last_run_failed = "the last attempt did not succeed"
not_run         = "the last attempt succeeded, but none has followed since"

[params]
warn_percent = {type = "int", default = 150, why = "half a cadence late is one slow run"}
fail_percent = {type = "int", default = 200, why = "after two cadences a whole reading is missing"}
---*/
SELECT
    CONCAT(f.system, ':', f.stream)     AS subject_id,
    NULL                                AS currency,
    CONCAT('every ', CAST(f.cadence_minutes AS VARCHAR), ' minutes') AS expected,
    f.watermark                         AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    f.watermark                         AS occurred_at,
    f.last_finished_at                  AS source_updated_at,
    CASE WHEN f.watermark IS NULL
           OR f.watermark + CAST(FLOOR(f.cadence_minutes * $fail_percent * 0.6 + f.closed_minutes * 60) AS BIGINT) * INTERVAL 1 SECOND
              < CAST($now AS TIMESTAMP)
         THEN 'high' ELSE 'medium' END  AS severity,
    CASE WHEN f.last_status IS NULL THEN 'never_tried' WHEN f.last_status = 'complete' THEN 'not_run' ELSE 'last_run_failed' END AS cause,
    f.system                            AS system,
    f.stream                            AS stream,
    CASE WHEN f.watermark IS NULL THEN 'it was never read completely'
         ELSE CONCAT('its newest data is from ', SUBSTRING(CAST(f.watermark AS VARCHAR), 1, 16), ' UTC') END AS note_found,
    f.last_reason                       AS note_reason
FROM fact.feed AS f
WHERE f.system = $channel
  -- a reading that came and is not whole is told by extract_incomplete
  AND COALESCE(f.last_status, 'failed') <> 'incomplete'
  AND (f.watermark IS NULL
       OR f.watermark + CAST(FLOOR(f.cadence_minutes * $warn_percent * 0.6 + f.closed_minutes * 60) AS BIGINT) * INTERVAL 1 SECOND
          < CAST($now AS TIMESTAMP))
ORDER BY f.stream
