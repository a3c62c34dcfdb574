-- Between which two figures a channel's stock may lie, given B1's stock, what was sold meanwhile and what moved between
-- the two readings. Quantities of B1 are inventory units; the interval is in the unit in which the channel sells.

-- Warehouses behind each location; a warehouse that the company has closed holds nothing for sale.
CREATE OR REPLACE TEMP TABLE place AS
SELECT m.channel, m.location, m.warehouse, w.name
FROM setting.location_warehouse AS m
LEFT JOIN canonical.b1_warehouse AS w ON w.warehouse = m.warehouse
WHERE w.is_inactive IS NOT TRUE;

-- Items behind each SKU and how many inventory units of them one unit sold takes (units / per); sales BOMs taken apart.
CREATE OR REPLACE TEMP TABLE component AS
SELECT s.channel, s.sku, coalesce(l.component_code, s.item_code) AS item_code,
       fact.millionths(s.units) * CASE WHEN l.component_code IS NULL THEN 1 ELSE fact.millionths(l.quantity) END AS units,
       CASE WHEN l.component_code IS NULL THEN CAST(1000000 AS HUGEINT)
            ELSE 1000000 * fact.millionths(coalesce(nullif(t.quantity, 0), 1)) END AS per
FROM matching.sku_item AS s
LEFT JOIN canonical.b1_bom AS t ON t.item_code = s.item_code AND t.tree_type = 'sales_tree'
LEFT JOIN canonical.b1_bom_line AS l ON l.item_code = t.item_code
WHERE (s.channel, s.sku) IN (SELECT (channel, sku) FROM canonical.channel_stock)
  AND (l.component_code IS NULL OR l.quantity > 0);

CREATE OR REPLACE TEMP TABLE item_place AS
WITH blocked AS (
    SELECT item_code, warehouse, sum(quantity) AS quantity FROM canonical.b1_batch_stock
    WHERE status IS DISTINCT FROM 'released' GROUP BY item_code, warehouse
), open_line AS (
    SELECT l.item_code, l.warehouse,
           CASE WHEN l.inventory_quantity IS NULL OR l.inventory_quantity = l.quantity OR coalesce(l.quantity, 0) = 0
                THEN l.open_quantity
                ELSE fact.share(l.open_quantity, l.inventory_quantity, l.quantity) END AS units
    FROM canonical.b1_order_line AS l
    JOIN canonical.b1_order AS o ON o.doc_entry = l.doc_entry
    WHERE o.status = 'open' AND o.is_cancelled IS NOT TRUE AND o.is_cancellation IS NOT TRUE
      AND l.status IS DISTINCT FROM 'closed' AND l.open_quantity > 0
), demand AS (
    SELECT item_code, warehouse, sum(units) AS units FROM open_line GROUP BY item_code, warehouse
)
SELECT p.channel, p.location, p.warehouse, i.item_code, i.on_hand, coalesce(i.committed, 0) AS committed,
       coalesce(i.ordered, 0) AS ordered, coalesce(d.units, 0) AS demand,
       fact.figure(c.stock_policy, i.on_hand, i.committed, i.ordered) AS figure,
       CAST(fact.figure(c.stock_policy, i.on_hand, i.committed, i.ordered) - coalesce(b.quantity, 0)
            AS DECIMAL(19,6)) AS base
FROM place AS p
JOIN setting.channel AS c ON c.channel = p.channel
JOIN canonical.b1_item_warehouse AS i ON i.warehouse = p.warehouse
LEFT JOIN blocked AS b ON b.item_code = i.item_code AND b.warehouse = i.warehouse
LEFT JOIN demand AS d ON d.item_code = i.item_code AND d.warehouse = i.warehouse
WHERE i.is_locked IS NOT TRUE AND i.item_code IN (SELECT item_code FROM component);

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

-- Sold on the channel, not yet taken off in B1's reading: orders in their time of grace that B1 does not have yet, and
-- orders that B1 wrote down after its stock was read.
CREATE OR REPLACE TEMP TABLE in_flight AS
WITH young AS (
    SELECT o.channel, o.order_id FROM canonical.sales_order AS o
    JOIN fact.as_of AS a ON a.channel = o.channel
    JOIN setting.channel AS c ON c.channel = o.channel
    JOIN matching.order_coverage AS v
      ON v.channel = o.channel AND v.order_id = o.order_id AND v.orders = 0 AND v.invoices = 0
    WHERE o.placed_at > a.as_of - c.grace_order_minutes * INTERVAL 1 MINUTE
), late_document AS MATERIALIZED (
    SELECT CAST('order' AS matching.kind) AS object, doc_entry, created_at FROM canonical.b1_order
    WHERE created_at > (SELECT min(b1_stock_at) FROM fact.as_of)
    UNION ALL
    SELECT 'invoice', doc_entry, created_at FROM canonical.b1_invoice
    WHERE created_at > (SELECT min(b1_stock_at) FROM fact.as_of)
), late AS (
    SELECT v.channel, v.order_id FROM late_document AS d
    JOIN matching.link AS x ON x.object = d.object AND x.doc_entry = d.doc_entry
    JOIN matching.order_coverage AS v ON v.order_no = x.order_no AND (d.object = 'order' OR v.orders = 0)
    JOIN fact.as_of AS a ON a.channel = v.channel
    WHERE d.created_at > a.b1_stock_at
), sold AS (
    SELECT u.channel, u.order_id FROM (SELECT * FROM young UNION SELECT * FROM late) AS u
    JOIN canonical.sales_order AS o ON o.channel = u.channel AND o.order_id = u.order_id
    WHERE o.is_test IS NOT TRUE AND o.cancelled_at IS NULL
      AND coalesce(o.payment_status, '') NOT IN ('voided', 'expired')
), assigned AS (
    SELECT f.channel, f.order_id, f.location, l.sku, sum(l.quantity) AS quantity
    FROM canonical.fulfilment_order AS f
    SEMI JOIN sold AS s ON s.channel = f.channel AND s.order_id = f.order_id
    JOIN canonical.fulfilment_order_line AS l
      ON l.channel = f.channel AND l.order_id = f.order_id AND l.fulfilment_order_id = f.fulfilment_order_id
    WHERE coalesce(f.status, '') <> 'cancelled'
    GROUP BY f.channel, f.order_id, f.location, l.sku
), unassigned AS (
    -- Nobody says where it will be sent from, so it may be any location.
    SELECT l.channel, p.location, l.sku, sum(coalesce(l.current_quantity, l.quantity)) AS quantity
    FROM canonical.sales_order_line AS l
    SEMI JOIN sold AS s ON s.channel = l.channel AND s.order_id = l.order_id
    ANTI JOIN assigned AS f ON f.channel = l.channel AND f.order_id = l.order_id
    JOIN (SELECT DISTINCT channel, location FROM place) AS p ON p.channel = l.channel
    WHERE l.sku IS NOT NULL
    GROUP BY l.channel, p.location, l.sku
)
SELECT channel, location, sku, CAST(sum(quantity) AS DECIMAL(19,6)) AS quantity
FROM (SELECT channel, location, sku, quantity FROM assigned UNION ALL SELECT * FROM unassigned)
GROUP BY channel, location, sku;

CREATE OR REPLACE TEMP TABLE stock_row AS
WITH item AS (
    SELECT i.channel, i.location, i.item_code, CAST(sum(i.on_hand) AS DECIMAL(19,6)) AS on_hand,
           CAST(sum(i.ordered) AS DECIMAL(19,6)) AS ordered, CAST(sum(i.demand) AS DECIMAL(19,6)) AS demand,
           CAST(sum(i.base) AS DECIMAL(19,6)) AS base
    FROM item_place AS i GROUP BY i.channel, i.location, i.item_code
), part AS (
    SELECT s.channel, s.location, s.sku, c.item_code, c.units, c.per, i.on_hand, i.ordered, i.demand, i.base,
           coalesce(m.minus, 0) AS minus, coalesce(m.plus, 0) AS plus, b.stock_buffer
    FROM canonical.channel_stock AS s
    SEMI JOIN place AS p ON p.channel = s.channel AND p.location = s.location
    JOIN component AS c ON c.channel = s.channel AND c.sku = s.sku
    LEFT JOIN item AS i ON i.channel = s.channel AND i.location = s.location AND i.item_code = c.item_code
    LEFT JOIN movement AS m ON m.channel = s.channel AND m.location = s.location AND m.item_code = c.item_code
    LEFT JOIN canonical.b1_item AS b ON b.item_code = c.item_code
), sku AS (
    SELECT channel, location, sku, count(*) AS parts, count(base) AS known_parts, min(item_code) AS item_code,
           bool_and(units = per) AS is_one_to_one, max(stock_buffer) AS stock_buffer,
           max(units) AS units, max(per) AS per,
           max(on_hand) AS on_hand, max(ordered) AS ordered, max(demand) AS demand,
           max(base) AS base, max(base - minus) AS base_lo, max(base + plus) AS base_hi,
           min(fact.whole_units(base, units, per)) AS sets,
           min(fact.whole_units(base - minus, units, per)) AS sets_lo,
           min(fact.whole_units(base + plus, units, per)) AS sets_hi
    FROM part GROUP BY channel, location, sku
)
SELECT channel, location, sku, item_code, parts, stock_buffer, units, per,
       parts = 1 AND is_one_to_one AS is_plain,
       CASE WHEN parts = 1 THEN on_hand END AS on_hand,
       CASE WHEN parts = 1 THEN ordered END AS ordered,
       CASE WHEN parts = 1 THEN demand END AS demand,
       CAST(CASE WHEN parts = 1 AND is_one_to_one THEN base ELSE sets END AS DECIMAL(19,6)) AS base,
       CAST(CASE WHEN parts = 1 AND is_one_to_one THEN base_lo ELSE sets_lo END AS DECIMAL(19,6)) AS base_lo,
       CAST(CASE WHEN parts = 1 AND is_one_to_one THEN base_hi ELSE sets_hi END AS DECIMAL(19,6)) AS base_hi
FROM sku
WHERE parts = known_parts;

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

CREATE OR REPLACE TEMP TABLE judged_stock AS
WITH listed AS (
    SELECT channel, sku, bool_or(oversell_allowed IS TRUE) AS oversell_allowed, bool_or(is_bundle IS TRUE) AS is_bundle,
           bool_or(is_active IS NOT FALSE) AS is_active, bool_and(is_tracked IS NOT FALSE) AS is_tracked
    FROM canonical.listing WHERE sku IS NOT NULL GROUP BY channel, sku
), broken AS (
    SELECT DISTINCT channel, location FROM fact.stock_source WHERE is_missing
), bounds AS (
    SELECT s.channel, s.location, s.sku, s.updated_at AS level_updated_at, s.available,
           r.item_code, r.parts, r.is_plain, r.units, r.per, r.on_hand, r.ordered, r.demand, r.base,
           coalesce(f.quantity, 0) AS in_flight,
           CAST(r.base - r.base_lo AS DECIMAL(19,6)) AS movement_minus,
           CAST(r.base_hi - r.base AS DECIMAL(19,6)) AS movement_plus,
           CAST(greatest(0, floor(CAST(r.base_lo - coalesce(f.quantity, 0) AS DECIMAL(19,6)) * c.share
                                  - coalesce(r.stock_buffer, c.buffer))) AS DECIMAL(19,6)) AS e_lo,
           CAST(greatest(0, floor(r.base_hi * c.share - coalesce(r.stock_buffer, c.buffer))) AS DECIMAL(19,6)) AS e_hi,
           c.share, CAST(coalesce(r.stock_buffer, c.buffer) AS DECIMAL(19,6)) AS buffer, c.stock_policy, c.stock_minutes,
           c.currency,
           s.is_tracked IS NOT FALSE AND coalesce(l.is_tracked, TRUE) AS is_tracked,
           s.is_active IS NOT FALSE AND coalesce(l.is_active, TRUE) AS is_active,
           coalesce(l.is_bundle, FALSE) OR r.parts > 1 AS is_bundle,
           coalesce(l.oversell_allowed, FALSE) AS oversell_allowed,
           b.location IS NULL AS is_source_complete,
           coalesce(v.units_28d, 0) AS units_28d, coalesce(v.price, 0) AS price
    FROM canonical.channel_stock AS s
    JOIN stock_row AS r ON r.channel = s.channel AND r.location = s.location AND r.sku = s.sku
    JOIN setting.channel AS c ON c.channel = s.channel
    LEFT JOIN in_flight AS f ON f.channel = s.channel AND f.location = s.location AND f.sku = s.sku
    LEFT JOIN listed AS l ON l.channel = s.channel AND l.sku = s.sku
    LEFT JOIN broken AS b ON b.channel = s.channel AND b.location = s.location
    LEFT JOIN fact.sku_sales AS v ON v.channel = s.channel AND v.sku = s.sku
    WHERE s.available IS NOT NULL
)
SELECT *, CASE WHEN available > e_hi THEN available - e_hi WHEN available < e_lo THEN available - e_lo ELSE 0 END AS drift
FROM bounds;
