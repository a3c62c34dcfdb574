-- Runs of the middleware that pushed the stock of a channel, with the hour of the company's day in which they began,
-- and how many levels the channel has: a run that moved nearly all of them was a full one.
CREATE OR REPLACE TABLE fact.stock_run AS
WITH catalogue AS (
    SELECT s.channel, count(*) AS levels FROM canonical.channel_stock AS s
    WHERE s.is_tracked IS NOT FALSE AND s.is_active IS NOT FALSE
      AND (s.channel, s.location) IN (SELECT (channel, location) FROM setting.location_warehouse)
    GROUP BY s.channel
), run AS (
    SELECT c.channel, e.event_id, e.status, coalesce(e.records_moved, 0) AS moved, coalesce(e.records_failed, 0) AS failed,
           coalesce(e.started_at, e.finished_at, e.occurred_at) AS started_at,
           coalesce(e.finished_at, e.started_at, e.occurred_at) AS finished_at, c.timezone
    FROM canonical.sync_event AS e
    JOIN setting.channel AS c ON e.channel = c.channel OR e.channel IS NULL
    WHERE e.flow = 'stock' AND e.kind = 'run'
)
SELECT r.channel, r.event_id, r.status, r.moved, r.failed, r.started_at, r.finished_at, g.levels,
       CAST(date_part('hour', (r.started_at AT TIME ZONE 'UTC') AT TIME ZONE r.timezone) AS BIGINT) AS local_hour
FROM run AS r
JOIN catalogue AS g ON g.channel = r.channel
WHERE r.finished_at IS NOT NULL;
