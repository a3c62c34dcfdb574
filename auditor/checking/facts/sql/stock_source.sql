-- Mapped warehouses and whether B1 answered for them at all.
CREATE OR REPLACE TABLE fact.stock_source AS
WITH answered AS (
    SELECT DISTINCT warehouse FROM canonical.b1_item_warehouse
), missing AS (
    SELECT p.channel, p.location, p.warehouse FROM place AS p ANTI JOIN answered AS a ON a.warehouse = p.warehouse
), last_row AS (
    SELECT h.warehouse, h.item_code, arg_max(h.on_hand, h.known_from) AS on_hand, max(h.known_to) AS gone_at
    FROM history_at.b1_item_warehouse AS h
    WHERE h.warehouse IN (SELECT warehouse FROM missing)
    GROUP BY h.warehouse, h.item_code
), gone AS (
    SELECT warehouse, max(gone_at) AS gone_at FROM last_row GROUP BY warehouse
), held AS (
    SELECT m.channel, m.location, m.warehouse, c.sku, l.on_hand,
           l.on_hand + coalesce((SELECT sum(i.on_hand) FROM item_place AS i
                                 WHERE i.channel = m.channel AND i.location = m.location AND i.item_code = c.item_code), 0)
                     + coalesce((SELECT sum(o.on_hand) FROM last_row AS o
                                 JOIN missing AS n ON n.warehouse = o.warehouse
                                 WHERE n.channel = m.channel AND n.location = m.location
                                   AND n.warehouse <> m.warehouse AND o.item_code = c.item_code), 0) AS all_on_hand
    FROM missing AS m
    JOIN last_row AS l ON l.warehouse = m.warehouse
    JOIN component AS c ON c.channel = m.channel AND c.item_code = l.item_code
), exposed AS (
    -- More than a fifth of the item lay there: without it the channel's figure means nothing.
    SELECT DISTINCT channel, location, warehouse, sku FROM held WHERE on_hand * 5 > all_on_hand
), money AS (
    SELECT e.channel, e.location, e.warehouse, count(*) AS skus, sum(s.available) AS available,
           sum(CAST(s.available AS DECIMAL(19,6)) * CAST(coalesce(v.price, 0) AS DECIMAL(19,6))) AS exposed_value
    FROM exposed AS e
    JOIN canonical.channel_stock AS s ON s.channel = e.channel AND s.location = e.location AND s.sku = e.sku
    LEFT JOIN fact.sku_sales AS v ON v.channel = e.channel AND v.sku = e.sku
    WHERE s.available > 0
    GROUP BY e.channel, e.location, e.warehouse
), pushed AS (
    SELECT s.channel, s.location, max(s.updated_at) AS updated_at FROM canonical.channel_stock AS s
    GROUP BY s.channel, s.location
)
SELECT p.channel, p.location, p.warehouse, p.name, m.warehouse IS NOT NULL AS is_missing,
       g.warehouse IS NOT NULL AS was_seen, g.gone_at, coalesce(x.skus, 0) AS skus, coalesce(x.available, 0) AS available,
       CAST(round(coalesce(x.exposed_value, 0), 2) AS DECIMAL(19,6)) AS exposed_value,
       coalesce(u.updated_at > a.b1_stock_at, FALSE) AS is_pushed_after, a.b1_stock_at
FROM place AS p
JOIN fact.as_of AS a ON a.channel = p.channel
LEFT JOIN missing AS m ON m.channel = p.channel AND m.location = p.location AND m.warehouse = p.warehouse
LEFT JOIN gone AS g ON m.warehouse IS NOT NULL AND g.warehouse = p.warehouse
LEFT JOIN money AS x ON x.channel = p.channel AND x.location = p.location AND x.warehouse = p.warehouse
LEFT JOIN pushed AS u ON u.channel = p.channel AND u.location = p.location;
