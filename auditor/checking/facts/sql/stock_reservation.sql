-- Magento: what a shop holds back of each SKU against what its open orders need. A reservation belongs to a stock, and
-- an order does not say which one it sells from, so a SKU is added up over all stocks.
CREATE OR REPLACE TABLE fact.stock_reservation AS
WITH simple AS (
    SELECT DISTINCT channel, sku FROM canonical.channel_source_stock WHERE sku IS NOT NULL
), held AS (
    SELECT s.channel, s.sku, sum(s.on_hand) AS on_hand, sum(s.available) AS salable, count(*) AS stocks,
           -- A shop that refuses to sell what is there does not tell how much it holds back.
           bool_or(s.available = 0 AND s.on_hand > 0) AS is_refused
    FROM canonical.channel_stock AS s
    JOIN simple AS o ON o.channel = s.channel AND o.sku = s.sku
    WHERE s.on_hand IS NOT NULL AND s.available IS NOT NULL
    GROUP BY s.channel, s.sku
), open_order AS (
    SELECT o.order_no, o.updated_at FROM canonical.sales_order AS o
    WHERE o.channel IN (SELECT channel FROM simple) AND o.status IN ('open', 'pending')
), sent AS (
    SELECT l.order_no, l.line_id, sum(l.quantity) AS quantity
    FROM canonical.shipment_line AS l
    JOIN open_order AS o ON o.order_no = l.order_no
    GROUP BY l.order_no, l.line_id
), needed AS (
    SELECT l.channel, l.sku,
           sum(greatest(0, coalesce(l.current_quantity, l.quantity) - coalesce(s.quantity, 0))) AS units
    FROM canonical.sales_order_line AS l
    JOIN open_order AS o ON o.order_no = l.order_no
    LEFT JOIN sent AS s ON s.order_no = l.order_no AND s.line_id = l.line_id
    WHERE l.sku IS NOT NULL AND l.is_shippable IS NOT FALSE
    GROUP BY l.channel, l.sku
), moved AS (
    SELECT l.channel, l.sku, max(o.updated_at) AS moved_at
    FROM canonical.sales_order_line AS l
    JOIN canonical.sales_order AS o ON o.order_no = l.order_no
    JOIN fact.as_of AS a ON a.channel = o.channel
    WHERE o.channel IN (SELECT channel FROM simple) AND o.updated_at > a.channel_stock_at - INTERVAL 1 DAY
      AND l.sku IS NOT NULL
    GROUP BY l.channel, l.sku
), bundle AS (
    SELECT channel, sku FROM canonical.listing WHERE is_bundle IS TRUE AND sku IS NOT NULL
    UNION SELECT channel, bundle_sku FROM canonical.sales_order_line WHERE bundle_sku IS NOT NULL
)
SELECT h.channel, h.sku, h.stocks, h.on_hand, h.salable, CAST(coalesce(n.units, 0) AS DECIMAL(19,6)) AS needed,
       m.moved_at, a.channel_stock_at, c.stock_minutes, c.currency, coalesce(v.price, 0) AS price
FROM held AS h
JOIN setting.channel AS c ON c.channel = h.channel
JOIN fact.as_of AS a ON a.channel = h.channel
LEFT JOIN needed AS n ON n.channel = h.channel AND n.sku = h.sku
LEFT JOIN moved AS m ON m.channel = h.channel AND m.sku = h.sku
LEFT JOIN fact.sku_sales AS v ON v.channel = h.channel AND v.sku = h.sku
WHERE NOT h.is_refused
  AND NOT EXISTS (SELECT 1 FROM bundle AS b WHERE b.channel = h.channel AND b.sku = h.sku);
