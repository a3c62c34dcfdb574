-- How often the middleware's flows run, and how long an order takes to B1: each of the last three days beside the same
-- days of the four weeks before, so that a busy Friday is compared with Fridays. Minutes, medians.
CREATE OR REPLACE TABLE fact.cadence AS
WITH run AS (
    SELECT channel, flow, started_at, lag(started_at) OVER (PARTITION BY channel, flow ORDER BY started_at) AS before_at
    FROM canonical.sync_event
    WHERE kind = 'run' AND started_at IS NOT NULL
), placed AS (
    SELECT o.order_no, o.channel, o.placed_at
    FROM canonical.sales_order AS o, fact.moment AS m
    WHERE o.placed_at > m.now - INTERVAL 31 DAY AND o.placed_at <= m.now
      -- the other days of the week are beside nothing
      AND CAST(floor(epoch(m.now - o.placed_at) / 86400) AS BIGINT) % 7 < 3
), posted AS (
    SELECT o.order_no, o.channel, o.placed_at, min(b.created_at) AS created_at
    FROM placed AS o
    JOIN matching.link AS l ON l.order_no = o.order_no AND l.object = 'order'
    JOIN canonical.b1_order AS b ON b.doc_entry = l.doc_entry
    GROUP BY o.order_no, o.channel, o.placed_at
), measured AS (
    SELECT coalesce(channel, 'middleware') AS system, flow, 'gap' AS measure, started_at AS at,
           epoch(started_at - before_at) / 60 AS minutes
    FROM run WHERE before_at IS NOT NULL
    UNION ALL
    SELECT channel, 'orders', 'delay', placed_at, epoch(created_at - placed_at) / 60
    FROM posted WHERE created_at >= placed_at
), aged AS (
    SELECT s.*, CAST(floor(epoch(m.now - s.at) / 86400) AS BIGINT) AS days_ago
    FROM measured AS s, fact.moment AS m
    WHERE s.at > m.now - INTERVAL 31 DAY AND s.at <= m.now
), recent AS (
    SELECT system, flow, measure, days_ago, count(*) AS n, median(minutes) AS minutes
    FROM aged WHERE days_ago < 3 GROUP BY system, flow, measure, days_ago
), usual AS (
    SELECT system, flow, measure, days_ago % 7 AS days_ago, count(*) AS n, median(minutes) AS minutes
    FROM aged WHERE days_ago >= 3 AND days_ago % 7 < 3 GROUP BY system, flow, measure, days_ago % 7
)
SELECT r.system, r.flow, r.measure, r.days_ago, r.n AS runs, CAST(round(r.minutes, 1) AS DECIMAL(19,1)) AS minutes,
       u.n AS usual_runs, CAST(round(u.minutes, 1) AS DECIMAL(19,1)) AS usual_minutes
FROM recent AS r
JOIN usual AS u ON u.system = r.system AND u.flow = r.flow AND u.measure = r.measure AND u.days_ago = r.days_ago;
