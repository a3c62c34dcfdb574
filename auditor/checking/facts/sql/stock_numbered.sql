-- Items that B1 keeps by batch or serial number, per mapped warehouse: what the numbers add up to against what is on
-- hand, and what of it may be sold. One row per item and warehouse, however many channels sell from it.
CREATE OR REPLACE TABLE fact.stock_numbered AS
WITH numbers_at AS (
    -- Numbers are read less often than stock: on hand is compared as it was at any time since they were read.
    SELECT min(CASE WHEN t.table_name = 'b1_batch_stock' THEN f.watermark END) AS batches_at,
           min(CASE WHEN t.table_name = 'b1_serial_stock' THEN f.watermark END) AS serials_at
    FROM fact.feed AS f JOIN fact.feed_table AS t ON t.system = f.system AND t.stream = f.stream
), today AS (
    SELECT CAST(max(b1_stock_at) AS DATE) AS today, max(b1_stock_at) AS b1_stock_at FROM fact.as_of
), tracked AS (
    SELECT item_code, manages_serials IS TRUE AS is_serial FROM canonical.b1_item
    WHERE manages_batches IS TRUE OR manages_serials IS TRUE
), spot AS (
    SELECT DISTINCT i.item_code, i.warehouse, i.on_hand, i.demand, t.is_serial
    FROM item_place AS i JOIN tracked AS t ON t.item_code = i.item_code
), numbered AS (
    SELECT b.item_code, b.warehouse, FALSE AS is_serial, sum(b.quantity) AS quantity,
           sum(CASE WHEN b.status = 'released' AND coalesce(b.expires_on >= d.today, TRUE) THEN b.quantity ELSE 0 END)
               AS sellable,
           sum(CASE WHEN b.status = 'released' AND b.expires_on < d.today THEN b.quantity ELSE 0 END) AS expired
    FROM canonical.b1_batch_stock AS b CROSS JOIN today AS d GROUP BY b.item_code, b.warehouse
    UNION ALL
    SELECT item_code, warehouse, TRUE, sum(quantity), sum(quantity), 0
    FROM canonical.b1_serial_stock GROUP BY item_code, warehouse
), since AS (
    SELECT s.item_code, s.warehouse, min(h.on_hand) AS least, max(h.on_hand) AS most
    FROM spot AS s CROSS JOIN numbers_at AS n CROSS JOIN today AS d
    JOIN history_at.b1_item_warehouse AS h ON h.item_code = s.item_code AND h.warehouse = s.warehouse
    WHERE h.known_to > coalesce(CASE WHEN s.is_serial THEN n.serials_at ELSE n.batches_at END, d.b1_stock_at)
    GROUP BY s.item_code, s.warehouse
), held AS (
    SELECT s.item_code, s.warehouse, s.is_serial, s.on_hand, s.demand, c.least, c.most,
           coalesce(n.quantity, 0) AS quantity, coalesce(n.sellable, 0) AS sellable, coalesce(n.expired, 0) AS expired
    FROM spot AS s
    JOIN since AS c ON c.item_code = s.item_code AND c.warehouse = s.warehouse
    LEFT JOIN numbered AS n ON n.item_code = s.item_code AND n.warehouse = s.warehouse AND n.is_serial = s.is_serial
), at_location AS (
    SELECT p.channel, p.location, h.item_code, sum(h.sellable) AS sellable
    FROM held AS h JOIN place AS p ON p.warehouse = h.warehouse GROUP BY p.channel, p.location, h.item_code
), promised AS (
    -- What a channel may show although less of it may be sold.
    SELECT p.warehouse, j.item_code, max(j.e_lo) AS e_lo FROM judged_stock AS j
    JOIN at_location AS l ON l.channel = j.channel AND l.location = j.location AND l.item_code = j.item_code
    JOIN place AS p ON p.channel = j.channel AND p.location = j.location
    WHERE j.is_plain AND j.is_judged AND j.e_lo > l.sellable
    GROUP BY p.warehouse, j.item_code
)
SELECT h.item_code, h.warehouse, h.is_serial, CAST(h.on_hand AS DECIMAL(19,6)) AS on_hand,
       CAST(h.quantity AS DECIMAL(19,6)) AS quantity, CAST(h.sellable AS DECIMAL(19,6)) AS sellable,
       CAST(h.expired AS DECIMAL(19,6)) AS expired, CAST(h.demand AS DECIMAL(19,6)) AS demand,
       h.quantity < h.least OR h.quantity > h.most AS is_unequal,
       p.e_lo AS promised, CAST(coalesce(v.price, 0) AS DECIMAL(19,6)) AS price,
       (SELECT min(currency) FROM setting.channel) AS currency
FROM held AS h
LEFT JOIN promised AS p ON p.item_code = h.item_code AND p.warehouse = h.warehouse AND h.expired > 0
LEFT JOIN list_price AS v ON v.item_code = h.item_code
WHERE h.quantity < h.least OR h.quantity > h.most OR p.item_code IS NOT NULL;
