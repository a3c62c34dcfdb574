-- Levels out of their interval that B1 left behind: since when B1's stock has been another one than when the channel
-- was last told. A change that cancelled itself out is none. What was read of B1 tells; its moments are those of our
-- readings, so the change itself came earlier, never later.
CREATE OR REPLACE TABLE fact.stock_behind AS
WITH suspect AS (
    SELECT j.channel, j.location, j.sku, j.item_code, j.share, j.buffer, j.stock_policy, j.base, j.level_updated_at
    FROM judged_stock AS j
    WHERE j.drift <> 0 AND j.is_plain AND j.is_judged AND j.level_updated_at IS NOT NULL
), version AS (
    SELECT s.channel, s.location, s.sku, h.warehouse, h.known_from, h.known_to,
           fact.figure(s.stock_policy, h.on_hand, h.committed, h.ordered) AS figure
    FROM suspect AS s
    JOIN place AS p ON p.channel = s.channel AND p.location = s.location
    JOIN history_at.b1_item_warehouse AS h ON h.item_code = s.item_code AND h.warehouse = p.warehouse
    WHERE h.is_locked IS NOT TRUE AND h.known_to > s.level_updated_at
), moment AS (
    SELECT DISTINCT v.channel, v.location, v.sku, greatest(v.known_from, s.level_updated_at) AS seen_at
    FROM version AS v
    JOIN suspect AS s ON s.channel = v.channel AND s.location = v.location AND s.sku = v.sku
), told AS (
    SELECT m.channel, m.location, m.sku, m.seen_at, sum(v.figure) AS figure, count(*) AS warehouses
    FROM moment AS m
    JOIN version AS v ON v.channel = m.channel AND v.location = m.location AND v.sku = m.sku
     AND v.known_from <= m.seen_at AND v.known_to > m.seen_at
    GROUP BY m.channel, m.location, m.sku, m.seen_at
), last_told AS (
    SELECT channel, location, sku, arg_max(figure, seen_at) AS figure, arg_max(warehouses, seen_at) AS warehouses
    FROM told GROUP BY channel, location, sku
), shown AS (
    -- Readings in which a warehouse was silent say nothing; what is blocked now counts as blocked then.
    SELECT t.channel, t.location, t.sku, t.seen_at,
           CAST(greatest(0, floor(CAST(s.base + t.figure - l.figure AS DECIMAL(19,6)) * s.share - s.buffer))
                AS DECIMAL(19,6)) AS figure
    FROM told AS t
    JOIN last_told AS l ON l.channel = t.channel AND l.location = t.location AND l.sku = t.sku
    JOIN suspect AS s ON s.channel = t.channel AND s.location = t.location AND s.sku = t.sku
    WHERE t.warehouses = l.warehouses
), first_shown AS (
    SELECT channel, location, sku, arg_min(figure, seen_at) AS figure FROM shown GROUP BY channel, location, sku
), as_before AS (
    SELECT n.channel, n.location, n.sku, f.figure, max(CASE WHEN n.figure = f.figure THEN n.seen_at END) AS seen_at
    FROM shown AS n
    JOIN first_shown AS f ON f.channel = n.channel AND f.location = n.location AND f.sku = n.sku
    GROUP BY n.channel, n.location, n.sku, f.figure
)
SELECT n.channel, n.location, n.sku, min(n.seen_at) AS since, b.figure AS figure_before
FROM shown AS n
JOIN as_before AS b ON b.channel = n.channel AND b.location = n.location AND b.sku = n.sku
WHERE n.seen_at > b.seen_at
GROUP BY n.channel, n.location, n.sku, b.figure;
