-- Payouts whose movements lie in more than one period of B1 (calendar months where B1 tells none), and what of them
-- belongs to the earlier ones. is_split: something was posted in an earlier period under the payout's id.
CREATE OR REPLACE TABLE fact.payout_period AS
WITH line AS MATERIALIZED (
    -- Summed up by quarters of an hour, so that the calendar is not asked per line.
    -- TikTok stamps the movements of a day with the midnight that ends it, so half a day earlier is the day itself.
    SELECT q.channel, q.payout_id, q.net, q.lines,
           CAST(((CASE WHEN c.kind = 'tiktok_shop' THEN q.quarter_at - INTERVAL 12 HOUR ELSE q.quarter_at END)
                 AT TIME ZONE 'UTC') AT TIME ZONE c.timezone AS DATE) AS day
    FROM (
        SELECT channel, payout_id, time_bucket(INTERVAL 15 MINUTE, processed_at) AS quarter_at, sum(net) AS net,
               count(*) AS lines
        FROM canonical.payout_line
        WHERE payout_id IS NOT NULL AND kind IS DISTINCT FROM 'transfer' AND is_test IS NOT TRUE AND processed_at IS NOT NULL
        GROUP BY channel, payout_id, quarter_at
    ) AS q
    JOIN setting.channel AS c ON c.channel = q.channel
), started AS (
    SELECT d.day, coalesce(max(p.from_on), CAST(date_trunc('month', d.day) AS DATE)) AS from_on
    FROM (SELECT DISTINCT day FROM line UNION SELECT DISTINCT posted_on FROM fact.payout_entry) AS d
    LEFT JOIN canonical.b1_period AS p ON d.day BETWEEN p.from_on AND p.to_on
    GROUP BY d.day
), span AS (
    SELECT l.channel, l.payout_id, min(s.from_on) AS first_from, max(s.from_on) AS last_from
    FROM line AS l JOIN started AS s ON s.day = l.day
    GROUP BY l.channel, l.payout_id HAVING min(s.from_on) < max(s.from_on)
), earlier AS (
    SELECT x.channel, x.payout_id, sum(l.net) AS net, sum(l.lines) AS lines, max(l.day) AS last_on
    FROM span AS x
    JOIN line AS l ON l.channel = x.channel AND l.payout_id = x.payout_id
    JOIN started AS s ON s.day = l.day AND s.from_on < x.last_from
    GROUP BY x.channel, x.payout_id
), posted AS (
    SELECT x.channel, x.payout_id, count(*) AS entries, min(e.doc_entry) AS doc_entry,
           bool_or(s.from_on < x.last_from) AS is_split
    FROM span AS x
    JOIN fact.payout_entry AS e ON e.channel = x.channel AND e.payout_id = x.payout_id
    JOIN started AS s ON s.day = e.posted_on
    GROUP BY x.channel, x.payout_id
)
SELECT x.channel, x.payout_id, x.first_from, x.last_from, CAST(e.net AS DECIMAL(19,6)) AS earlier_net,
       CAST(e.lines AS BIGINT) AS earlier_lines, e.last_on AS earlier_last_on,
       coalesce(p.entries, 0) AS entries, p.doc_entry, coalesce(p.is_split, FALSE) AS is_split
FROM span AS x
JOIN earlier AS e ON e.channel = x.channel AND e.payout_id = x.payout_id
LEFT JOIN posted AS p ON p.channel = x.channel AND p.payout_id = x.payout_id;
