-- Items that B1 marks for the channels and that a channel does not offer, with what the channel could show of them.
CREATE OR REPLACE TABLE fact.unlisted_item AS
WITH marked AS (
    SELECT c.channel, i.item_code, i.name, i.web_from, i.updated_at, c.price_list, c.stock_policy, c.share,
           coalesce(i.stock_buffer, c.buffer) AS buffer, c.price_is_net
    FROM canonical.b1_item AS i CROSS JOIN setting.channel AS c
    WHERE i.is_web AND i.is_sales IS NOT FALSE AND i.is_frozen IS NOT TRUE AND i.is_valid IS NOT FALSE
), offered AS (
    SELECT s.channel, s.item_code FROM matching.sku_item AS s
    JOIN canonical.listing AS l ON l.channel = s.channel AND l.sku = s.sku AND l.is_active IS NOT FALSE
    UNION
    SELECT l.channel, l.sku FROM canonical.listing AS l WHERE l.is_active IS NOT FALSE
), missing AS (
    SELECT m.* FROM marked AS m
    ANTI JOIN offered AS o ON o.channel = m.channel AND o.item_code = m.item_code
), seen AS (
    -- when the channel was last seen offering it
    SELECT m.channel, m.item_code, max(h.known_to) AS last_listed_at
    FROM missing AS m
    JOIN history_at.listing AS h ON h.channel = m.channel AND h.sku = m.item_code AND h.is_active IS NOT FALSE
    GROUP BY m.channel, m.item_code
), place AS (
    SELECT DISTINCT w.channel, w.warehouse FROM setting.location_warehouse AS w
    LEFT JOIN canonical.b1_warehouse AS b ON b.warehouse = w.warehouse
    WHERE b.is_inactive IS NOT TRUE
), locked AS (
    SELECT item_code, warehouse, sum(quantity) AS quantity FROM canonical.b1_batch_stock
    WHERE status IS DISTINCT FROM 'released' GROUP BY item_code, warehouse
), held AS (
    SELECT m.channel, m.item_code,
           CAST(sum(fact.figure(m.stock_policy, i.on_hand, i.committed, i.ordered) - coalesce(k.quantity, 0))
                AS DECIMAL(19,6)) AS base
    FROM missing AS m
    JOIN place AS p ON p.channel = m.channel
    JOIN canonical.b1_item_warehouse AS i
      ON i.item_code = m.item_code AND i.warehouse = p.warehouse AND i.is_locked IS NOT TRUE
    LEFT JOIN locked AS k ON k.item_code = i.item_code AND k.warehouse = i.warehouse
    GROUP BY m.channel, m.item_code
)
SELECT m.channel, m.item_code, m.name, m.web_from, m.updated_at, s.last_listed_at,
       CAST(greatest(0, floor(h.base * m.share - m.buffer)) AS DECIMAL(19,6)) AS sellable, p.price, p.currency,
       m.price_list
FROM missing AS m
JOIN held AS h ON h.channel = m.channel AND h.item_code = m.item_code
LEFT JOIN seen AS s ON s.channel = m.channel AND s.item_code = m.item_code
LEFT JOIN canonical.b1_item_price AS p ON p.item_code = m.item_code AND p.price_list = m.price_list;
