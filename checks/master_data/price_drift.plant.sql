-- plant: somebody took a fifth off the price on the channel
-- victim
WITH sold AS (
    SELECT l.sku, ARRAY_AGG(DISTINCT o.order_id) AS order_ids, SUM(l.quantity) AS units, MIN(o.placed_at) AS first_at,
           MAX(o.placed_at) AS last_at, BOOL_AND(o.payment_status = 'paid' AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
               AND o.is_confirmed IS NOT FALSE AND COALESCE(o.order_kind, 'sale') = 'sale' AND l.kind = 'product') AS is_plain
    FROM canonical.sales_order_line AS l
    JOIN canonical.sales_order AS o ON o.channel = l.channel AND o.order_id = l.order_id
    WHERE l.channel = $channel AND o.placed_at > $as_of - INTERVAL 8 DAY
    GROUP BY l.sku
), way AS (
    SELECT ARG_MAX(is_tax_included, placed_at) AS is_gross FROM canonical.sales_order
    WHERE channel = $channel AND is_tax_included IS NOT NULL
)
SELECT CONCAT(l.sku, ':', COALESCE(l.currency, '')) AS subject_id, l.sku, i.item_code, l.listing_id, q.order_ids AS order_id,
       ROUND(l.price * 0.8, 2) AS new_price,
       -- what B1 asks less what the channel asks, without tax
       CAST(CASE WHEN c.price_is_net THEN p.price ELSE p.price / (1 + t.rate) END
            - CASE WHEN y.is_gross THEN ROUND(l.price * 0.8, 2) / (1 + t.rate) ELSE ROUND(l.price * 0.8, 2) END AS DECIMAL(19,4))
       * q.units AS money_at_risk
FROM canonical.listing AS l
JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku AND s.rule = 'item_code'
JOIN canonical.b1_item AS i ON i.item_code = s.item_code
JOIN sold AS q ON q.sku = l.sku AND q.is_plain AND q.units <= 5
CROSS JOIN way AS y
JOIN setting.channel AS c ON c.channel = l.channel
JOIN canonical.b1_item_price AS p ON p.item_code = i.item_code AND p.price_list = c.price_list AND p.price > 1
JOIN (SELECT tax_code, MIN(tax_rate) AS rate FROM canonical.b1_tax_code WHERE is_inactive IS NOT TRUE
      GROUP BY tax_code HAVING COUNT(*) = 1) AS t ON t.tax_code = i.sales_tax_code
WHERE l.channel = $channel AND l.is_active IS NOT FALSE AND l.is_bundle IS NOT TRUE AND l.price > 1
  AND (SELECT COUNT(*) FROM canonical.listing AS n WHERE n.channel = l.channel AND n.sku = l.sku) = 1
  AND q.first_at > $as_of - INTERVAL 6 DAY AND q.last_at < $as_of - INTERVAL 1 DAY
  AND (p.currency = l.currency OR l.currency IS NULL) AND s.units = 1
  AND ABS(l.price - p.price * CASE WHEN y.is_gross = c.price_is_net THEN CASE WHEN y.is_gross THEN 1 + t.rate ELSE 1 / (1 + t.rate) END
                                   ELSE 1 END) <= 0.01
ORDER BY LEN(q.order_ids), l.sku
-- change
UPDATE canonical.listing SET price = $new_price WHERE channel = $channel AND listing_id = $listing_id
