-- plant: the version that is spoken ends in a month
-- victim
SELECT 'version spoken now' AS subject_id, 0 AS money_at_risk, 'version_ends' AS cause
WHERE EXISTS (SELECT 1 FROM fact.feed AS f WHERE f.system = $channel)
-- change
INSERT INTO fact.deadline (system, kind, name, ends_on)
VALUES ($channel, 'api_version', 'spoken now', CAST(CAST($now AS TIMESTAMP) + INTERVAL 30 DAY AS DATE))

-- plant: answers name a day in ten days as the end of a call
-- victim
SELECT 'sunset' AS subject_id, 0 AS money_at_risk, 'announced_end' AS cause
WHERE EXISTS (SELECT 1 FROM fact.call_statistic AS s
              WHERE s.system = $channel AND s.quarter_at > CAST($now AS TIMESTAMP) - INTERVAL 1 DAY)
-- change
UPDATE fact.call_statistic SET ends_on = CAST(CAST($now AS TIMESTAMP) + INTERVAL 10 DAY AS DATE)
WHERE system = $channel AND quarter_at > CAST($now AS TIMESTAMP) - INTERVAL 1 DAY

-- plant: the channel writes a status that nobody has heard of
-- victim
SELECT 'sales_order.fulfilment_status:HALF_THERE' AS subject_id, 0 AS money_at_risk, 'new_word' AS cause, o.order_id
FROM canonical.sales_order AS o
WHERE o.channel = $channel AND o.fulfilment_status = 'shipped'
ORDER BY o.placed_at, o.order_id
-- change
UPDATE canonical.sales_order SET fulfilment_status = 'unknown', source_status = 'HALF_THERE'
WHERE channel = $channel AND order_id = $order_id

-- plant: the newest orders have no names of products any more
-- victim
SELECT 'sales_order_line.title is not sent' AS subject_id, 0 AS money_at_risk, 'field_gone' AS cause, MAX(n.placed_at) AS since
FROM (
    SELECT o.placed_at, SUM(l.lines) OVER (ORDER BY o.placed_at DESC, o.order_id) AS lines, SUM(l.lines) OVER () AS all_lines
    FROM canonical.sales_order AS o
    JOIN (
        SELECT order_id, COUNT(*) AS lines FROM canonical.sales_order_line
        WHERE channel = $channel GROUP BY order_id HAVING COUNT(title) = COUNT(*)
    ) AS l ON l.order_id = o.order_id
    WHERE o.channel = $channel AND o.placed_at > CAST($now AS TIMESTAMP) - INTERVAL 27 DAY
) AS n
WHERE n.lines >= 25 AND n.all_lines - n.lines >= 60
HAVING COUNT(*) > 0
-- change
UPDATE canonical.sales_order_line SET title = NULL
WHERE channel = $channel
  AND order_id IN (SELECT o.order_id FROM canonical.sales_order AS o WHERE o.channel = $channel AND o.placed_at >= CAST($since AS TIMESTAMP))
