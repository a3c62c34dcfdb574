-- What each SKU sold in the four weeks before the channel's orders were last read, and its average price without tax.
-- A channel that tells no tax has its prices with tax, for those sold and those only listed: what it asks for a unit is
-- then what is at risk, and nobody has to guess a rate.
CREATE OR REPLACE TABLE fact.sku_sales AS
WITH recent AS (
    SELECT o.order_no FROM canonical.sales_order AS o
    JOIN fact.as_of AS a ON a.channel = o.channel
    WHERE o.placed_at >= a.as_of - INTERVAL 28 DAY AND o.placed_at <= a.as_of
      AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.cancelled_at IS NULL
      AND coalesce(o.order_kind, 'sale') NOT IN ('exchange', 'replacement', 'sample')
      AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded', 'refunded')
), sold AS (
    SELECT l.channel, l.sku, CAST(sum(l.quantity) AS DECIMAL(19,6)) AS units, CAST(sum(coalesce(l.net, l.gross)) AS DECIMAL(19,6)) AS net
    FROM canonical.sales_order_line AS l
    SEMI JOIN recent AS r ON r.order_no = l.order_no
    WHERE l.kind = 'product' AND l.sku IS NOT NULL
    GROUP BY l.channel, l.sku HAVING sum(l.quantity) > 0
), asked AS (
    SELECT channel, sku FROM canonical.listing WHERE sku IS NOT NULL
    UNION SELECT channel, sku FROM canonical.channel_stock WHERE sku IS NOT NULL
), unsold AS (
    SELECT a.channel, a.sku FROM asked AS a ANTI JOIN sold AS s ON s.channel = a.channel AND s.sku = a.sku
), listed AS (
    SELECT l.channel, l.sku, max(l.price) AS price FROM canonical.listing AS l
    SEMI JOIN unsold AS u ON u.channel = l.channel AND u.sku = l.sku
    GROUP BY l.channel, l.sku
), way AS (
    -- Whether the shop's prices contain tax, and whether it says how much: as in its latest order.
    SELECT channel, arg_max(is_tax_included AND tax IS NOT NULL, placed_at) AS is_tax_included
    FROM canonical.sales_order WHERE is_tax_included IS NOT NULL GROUP BY channel
), own_rate AS (
    SELECT l.channel, l.sku, max(l.tax_rate) AS tax_rate FROM canonical.sales_order_line AS l
    SEMI JOIN unsold AS u ON u.channel = l.channel AND u.sku = l.sku
    WHERE l.tax_rate IS NOT NULL GROUP BY l.channel, l.sku
), item_rate AS (
    SELECT s.channel, s.sku, max(t.tax_rate) AS tax_rate
    FROM matching.sku_item AS s
    SEMI JOIN unsold AS u ON u.channel = s.channel AND u.sku = s.sku
    JOIN canonical.b1_item AS i ON i.item_code = s.item_code
    JOIN canonical.b1_tax_code AS t ON t.tax_code = i.sales_tax_code AND t.is_inactive IS NOT TRUE
    GROUP BY s.channel, s.sku
)
SELECT channel, sku, units AS units_28d,
       CAST(CAST(fact.rounded_quotient(fact.millionths(net) * 10000, fact.millionths(units)) AS DECIMAL(19,0)) * 0.0001
            AS DECIMAL(19,6)) AS price
FROM sold
UNION ALL
SELECT l.channel, l.sku, 0,
       CASE WHEN w.is_tax_included AND coalesce(o.tax_rate, i.tax_rate) IS NOT NULL
            THEN CAST(CAST(fact.rounded_quotient(fact.millionths(l.price) * 10000,
                                                 1000000 + fact.millionths(coalesce(o.tax_rate, i.tax_rate)))
                           AS DECIMAL(19,0)) * 0.0001 AS DECIMAL(19,6))
            ELSE l.price END
FROM listed AS l
LEFT JOIN way AS w ON w.channel = l.channel
LEFT JOIN own_rate AS o ON o.channel = l.channel AND o.sku = l.sku
LEFT JOIN item_rate AS i ON i.channel = l.channel AND i.sku = l.sku;
