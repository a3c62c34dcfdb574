-- How the readings of the last weeks ended, and what their calls met; as it was known at the run's moment.
CREATE OR REPLACE TABLE fact.extract AS
SELECT e.system, e.stream, e.extract_id, e.status, e.reason, e.window_from IS NULL AS is_full, e.started_at,
       e.finished_at, e.rows_read, e.rows_new,
       row_number() OVER (PARTITION BY e.system, e.stream ORDER BY e.extract_id DESC) AS newest_first
FROM store.raw.extract AS e, fact.moment AS m
WHERE e.finished_at <= m.now AND e.status NOT IN ('running', 'targeted') AND e.started_at > m.now - INTERVAL 35 DAY;

-- Documents of which no list told, only a gap in their numbers, and which the system gave when asked: of the last day.
CREATE OR REPLACE TABLE fact.left_out AS
SELECT a.system, a.stream, count(*) AS documents, max(a.number) AS newest_number, max(a.asked_at) AS asked_at
FROM store.audit.number_asked AS a, fact.moment AS m
WHERE a.was_there AND a.asked_at <= m.now AND a.asked_at > m.now - INTERVAL 1 DAY
GROUP BY a.system, a.stream;

-- A row per extract and quarter of an hour. An error is an attempt that was of no use and may be of use another time;
-- what a system refuses (401, 403) or does not know (other 4xx) is counted beside it. What it answers to whoever asks
-- while it is closed says nothing.
CREATE OR REPLACE TABLE fact.call_statistic AS
SELECT e.system, e.stream, e.status, e.finished_at, q.*,
       q.timeouts + q.connection_errors + q.server_errors + q.throttled + q.unreadable AS errors
FROM store.raw.call_quarter AS q
JOIN store.raw.extract AS e ON e.extract_id = q.extract_id
ANTI JOIN setting.closed_hours AS h
  ON h.system = e.system AND h.closed_at < q.quarter_at + INTERVAL 15 MINUTE AND h.opened_at > q.quarter_at, fact.moment AS m
WHERE e.finished_at <= m.now AND e.started_at > m.now - INTERVAL 35 DAY;
