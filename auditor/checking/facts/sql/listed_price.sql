-- What a channel asks for a SKU beside what B1's price list says, in the channel's own terms (with or without tax).
-- Multiplying brings a price without tax to one with tax exactly; dividing is left to the money at risk.

-- A SKU whose price B1 has: one item, sold one by one. Prices of sets are made on the channel.
CREATE OR REPLACE TABLE fact.listed_price AS
WITH way AS (
    SELECT channel, arg_max(is_tax_included, placed_at) AS is_gross
    FROM canonical.sales_order WHERE is_tax_included IS NOT NULL GROUP BY channel
), single AS (
    SELECT channel, sku, min(item_code) AS item_code, max(units) AS units, min(rule) AS rule
    FROM matching.sku_item GROUP BY channel, sku HAVING count(*) = 1 AND (min(rule) <> 'sku_map' OR max(units) = 1)
), offer AS (
    SELECT channel, sku, coalesce(currency, '') AS currency, min(price) AS low, max(price) AS high,
           max(updated_at) AS updated_at
    FROM canonical.listing
    WHERE is_active IS NOT FALSE AND sku IS NOT NULL AND price > 0 AND is_bundle IS NOT TRUE
    GROUP BY channel, sku, coalesce(currency, '')
), tax AS (
    SELECT tax_code, arg_max(tax_rate, coalesce(effective_from, DATE '1900-01-01')) AS rate
    FROM canonical.b1_tax_code WHERE is_inactive IS NOT TRUE AND tax_rate IS NOT NULL GROUP BY tax_code
), list AS (
    SELECT o.channel, o.sku, o.currency, o.low, o.high, o.updated_at, s.item_code, w.is_gross, c.price_list,
           c.price_is_net, p.price AS list_price, i.cost, t.rate, s.units,
           CASE WHEN w.is_gross = c.price_is_net THEN t.rate ELSE 0 END AS step
    FROM offer AS o
    JOIN single AS s ON s.channel = o.channel AND s.sku = o.sku
    JOIN way AS w ON w.channel = o.channel
    JOIN setting.channel AS c ON c.channel = o.channel
    JOIN canonical.b1_item AS i ON i.item_code = s.item_code
    JOIN canonical.b1_item_price AS p
      ON p.item_code = s.item_code AND p.price_list = c.price_list AND p.price > 0
     AND (p.currency = o.currency OR o.currency = '')
    LEFT JOIN tax AS t ON t.tax_code = i.sales_tax_code
), pack AS (
    -- B1 has the price of an inventory unit or of a sales unit, whichever the company keeps.
    SELECT l.*, u.factor,
           -- a price of B1 in the channel's terms is (price x up), a price of the channel in B1's terms (price x down)
           CASE WHEN l.is_gross AND l.price_is_net THEN 1 + l.step ELSE 1 END AS up,
           CASE WHEN NOT l.is_gross AND NOT l.price_is_net THEN 1 + l.step ELSE 1 END AS down
    FROM list AS l
    JOIN (SELECT CAST(1 AS DECIMAL(19,6)) AS factor, FALSE AS is_pack UNION ALL SELECT 0, TRUE) AS u
      ON NOT u.is_pack OR l.units <> 1
    WHERE l.step IS NOT NULL
), priced AS (
    SELECT channel, sku, currency, item_code, price_list, price_is_net, is_gross, rate, cost, updated_at, up, down,
           list_price, low, high,
           CAST(list_price * CASE WHEN factor = 0 THEN units ELSE 1 END * up AS DECIMAL(19,6)) AS expected
    FROM pack
), nearest AS (
    SELECT p.*, CASE WHEN abs(low * down - expected) >= abs(high * down - expected) THEN low ELSE high END AS price
    FROM priced AS p
), chosen AS (
    SELECT n.*, CAST(price * down AS DECIMAL(19,6)) AS actual,
           row_number() OVER (PARTITION BY channel, sku, currency ORDER BY abs(price * down - expected), expected) AS place
    FROM nearest AS n
)
SELECT channel, sku, currency, item_code, price_list, rate, cost, updated_at, is_gross, price_is_net, list_price, price,
       up, actual, expected,
       -- B1 less channel, without tax
       CASE WHEN NOT is_gross AND price_is_net THEN CAST(expected - actual AS DECIMAL(19,6))
            ELSE CAST(CAST(fact.rounded_quotient(fact.millionths(expected - actual) * 10000,
                                                 1000000 + fact.millionths(coalesce(rate, 0))) AS DECIMAL(19,0)) * 0.0001
                      AS DECIMAL(19,6)) END AS net_gap,
       CASE WHEN NOT is_gross THEN price
            ELSE CAST(CAST(fact.rounded_quotient(fact.millionths(price) * 10000,
                                                 1000000 + fact.millionths(coalesce(rate, 0))) AS DECIMAL(19,0)) * 0.0001
                      AS DECIMAL(19,6)) END AS net_price
FROM chosen WHERE place = 1;

-- What the SKUs under suspicion sold in the last seven days, and which other price of B1 the channel shows.
CREATE OR REPLACE TABLE fact.listed_price_gap AS
WITH suspect AS (
    SELECT * FROM fact.listed_price WHERE abs(actual - expected) > 0.01
), recent AS (
    SELECT o.order_no FROM canonical.sales_order AS o
    JOIN fact.as_of AS a ON a.channel = o.channel
    WHERE o.placed_at >= a.as_of - INTERVAL 7 DAY AND o.placed_at <= a.as_of
      AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.cancelled_at IS NULL
      AND coalesce(o.order_kind, 'sale') NOT IN ('exchange', 'replacement', 'sample')
      AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded', 'refunded')
), sold AS (
    SELECT l.channel, l.sku, sum(l.quantity) AS units
    FROM canonical.sales_order_line AS l
    SEMI JOIN recent AS r ON r.order_no = l.order_no
    WHERE l.kind = 'product' AND l.sku IN (SELECT sku FROM suspect)
    GROUP BY l.channel, l.sku
), other AS (
    SELECT s.channel, s.sku, s.currency, min(p.price_list) AS price_list
    FROM suspect AS s
    JOIN canonical.b1_item_price AS p ON p.item_code = s.item_code AND p.price_list <> s.price_list AND p.price > 0
    WHERE abs(p.price * s.up - s.actual) <= 0.01
    GROUP BY s.channel, s.sku, s.currency
), before AS (
    SELECT DISTINCT s.channel, s.sku, s.currency
    FROM suspect AS s
    JOIN history_at.b1_item_price AS p ON p.item_code = s.item_code AND p.price_list = s.price_list
    WHERE p.price <> s.list_price AND abs(p.price * s.up - s.actual) <= 0.01
)
SELECT s.*, CAST(coalesce(d.units, 0) AS DECIMAL(19,6)) AS units_7d, o.price_list AS other_price_list,
       b.sku IS NOT NULL AS is_old_price
FROM suspect AS s
LEFT JOIN sold AS d ON d.channel = s.channel AND d.sku = s.sku
LEFT JOIN other AS o ON o.channel = s.channel AND o.sku = s.sku AND o.currency = s.currency
LEFT JOIN before AS b ON b.channel = s.channel AND b.sku = s.sku AND b.currency = s.currency;
