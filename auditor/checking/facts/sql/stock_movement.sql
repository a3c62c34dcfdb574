-- What moved between the two readings. B1 read last: its own figures then and now tell. The channel read last: the
-- documents that B1 wrote in between tell, but for the channel's own orders, which count as sold meanwhile.
CREATE OR REPLACE TEMP TABLE movement AS
WITH before AS (
    SELECT p.channel, p.location, h.item_code, count(*) AS rows,
           sum(fact.figure(c.stock_policy, h.on_hand, h.committed, h.ordered)) AS figure
    FROM fact.as_of AS a
    JOIN setting.channel AS c ON c.channel = a.channel
    JOIN place AS p ON p.channel = a.channel
    JOIN history_at.b1_item_warehouse AS h ON h.warehouse = p.warehouse
    WHERE a.channel_stock_at < a.b1_stock_at AND h.is_locked IS NOT TRUE
      AND h.known_from <= a.channel_stock_at AND h.known_to > a.channel_stock_at
    GROUP BY p.channel, p.location, h.item_code
), after AS (
    SELECT channel, location, item_code, count(*) AS rows, sum(figure) AS figure
    FROM item_place GROUP BY channel, location, item_code
), later AS (
    SELECT a.channel, d.doc_entry FROM fact.as_of AS a
    JOIN setting.channel AS c ON c.channel = a.channel AND c.stock_policy <> 'on_hand'
    JOIN canonical.b1_order AS d ON d.created_at > a.b1_stock_at AND d.created_at <= a.channel_stock_at
    WHERE d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE
      AND NOT EXISTS (SELECT 1 FROM matching.link AS x
                      JOIN matching.channel_order AS o ON o.order_no = x.order_no
                      WHERE x.object = 'order' AND x.doc_entry = d.doc_entry AND o.channel = a.channel)
), step AS (
    SELECT b.channel, b.location, b.item_code, a.figure - b.figure AS units
    FROM before AS b
    JOIN after AS a ON a.channel = b.channel AND a.location = b.location AND a.item_code = b.item_code AND a.rows = b.rows
    UNION ALL
    SELECT d.channel, p.location, l.item_code, -coalesce(l.inventory_quantity, l.quantity)
    FROM later AS d JOIN canonical.b1_order_line AS l ON l.doc_entry = d.doc_entry
    JOIN place AS p ON p.channel = d.channel AND p.warehouse = l.warehouse
    UNION ALL
    SELECT a.channel, p.location, l.item_code, coalesce(l.inventory_quantity, l.quantity)
    FROM fact.as_of AS a
    JOIN canonical.b1_return AS d ON d.created_at > a.b1_stock_at AND d.created_at <= a.channel_stock_at
    JOIN canonical.b1_return_line AS l ON l.doc_entry = d.doc_entry
    JOIN place AS p ON p.channel = a.channel AND p.warehouse = l.warehouse
    WHERE d.is_cancelled IS NOT TRUE AND l.without_stock_movement IS NOT TRUE
    UNION ALL
    SELECT a.channel, p.location, l.item_code, coalesce(l.inventory_quantity, l.quantity)
    FROM fact.as_of AS a
    JOIN canonical.b1_credit_memo AS d ON d.created_at > a.b1_stock_at AND d.created_at <= a.channel_stock_at
    JOIN canonical.b1_credit_memo_line AS l ON l.doc_entry = d.doc_entry
    JOIN place AS p ON p.channel = a.channel AND p.warehouse = l.warehouse
    WHERE d.is_cancelled IS NOT TRUE AND l.without_stock_movement IS NOT TRUE AND l.base_type IS DISTINCT FROM 16
)
-- B1 grew: at the channel's moment there was less (minus). B1 shrank: there was more (plus). After the channel's
-- moment the signs turn, because then it is the channel that is ahead.
SELECT s.channel, s.location, s.item_code,
       CAST(sum(CASE WHEN (a.channel_stock_at < a.b1_stock_at) = (s.units > 0) THEN abs(s.units) ELSE 0 END)
            AS DECIMAL(19,6)) AS minus,
       CAST(sum(CASE WHEN (a.channel_stock_at < a.b1_stock_at) <> (s.units > 0) THEN abs(s.units) ELSE 0 END)
            AS DECIMAL(19,6)) AS plus
FROM step AS s JOIN fact.as_of AS a ON a.channel = s.channel
WHERE s.units <> 0
GROUP BY s.channel, s.location, s.item_code;
