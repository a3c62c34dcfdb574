-- Warehouse rows of B1 that cannot be: less than nothing on the shelf, or more promised than the whole location has
-- and will get, while a channel goes on selling. One row per item and warehouse, however many channels sell from it.

-- What a unit is worth by the price list that the channels' prices come from.
CREATE OR REPLACE TEMP TABLE list_price AS
SELECT p.item_code, max(p.price) AS price
FROM canonical.b1_item_price AS p
JOIN (SELECT DISTINCT price_list, currency FROM setting.channel) AS c ON c.price_list = p.price_list
WHERE coalesce(p.currency, c.currency) = c.currency
GROUP BY p.item_code;

CREATE OR REPLACE TABLE fact.stock_negative AS
WITH exposed AS (
    -- stock_oversell_exposure has these, with their money
    SELECT DISTINCT p.warehouse, j.item_code FROM judged_stock AS j
    JOIN place AS p ON p.channel = j.channel AND p.location = j.location
    WHERE j.is_judged AND (j.is_offered_without_stock OR j.is_sold_without_stock)
), spot AS (
    SELECT DISTINCT item_code, warehouse, on_hand, committed, ordered FROM item_place
    WHERE on_hand < 0 OR committed > on_hand + ordered
), short_place AS (
    SELECT channel, location, item_code FROM item_place
    GROUP BY channel, location, item_code HAVING sum(on_hand - committed + ordered) < 0
), on_offer AS (
    SELECT DISTINCT i.item_code, i.warehouse FROM short_place AS s
    JOIN item_place AS i ON i.channel = s.channel AND i.location = s.location AND i.item_code = s.item_code
    JOIN judged_stock AS j ON j.channel = s.channel AND j.location = s.location AND j.item_code = s.item_code
    WHERE j.is_plain AND j.is_judged AND j.available > 0
), allowed AS (
    SELECT min(value) AS block FROM canonical.b1_company WHERE setting = 'BlockStockNegativeQuantity'
)
SELECT s.item_code, s.warehouse, s.on_hand, s.committed, s.ordered,
       CASE WHEN s.on_hand < 0 THEN 'negative_on_hand' ELSE 'over_committed' END AS cause,
       CASE WHEN s.on_hand < 0 THEN -s.on_hand ELSE s.committed - s.on_hand - s.ordered END AS short,
       e.item_code IS NOT NULL AS is_exposed,
       -- Only a company that says it of itself books below zero on purpose.
       coalesce(upper(a.block) IN ('TNO', 'N'), FALSE) AS is_allowed,
       CAST(coalesce(p.price, 0) AS DECIMAL(19,6)) AS price,
       (SELECT min(currency) FROM setting.channel) AS currency
FROM spot AS s
CROSS JOIN allowed AS a
LEFT JOIN exposed AS e ON e.item_code = s.item_code AND e.warehouse = s.warehouse
LEFT JOIN on_offer AS o ON o.item_code = s.item_code AND o.warehouse = s.warehouse
LEFT JOIN list_price AS p ON p.item_code = s.item_code
WHERE s.on_hand < 0 OR (o.item_code IS NOT NULL AND e.item_code IS NULL);
