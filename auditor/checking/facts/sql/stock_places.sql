-- What B1 holds in the warehouses behind each location, per item, in inventory units.

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
            AS DECIMAL(19,6)) AS base,
       CAST(coalesce(b.quantity, 0) AS DECIMAL(19,6)) AS blocked,
       p.warehouse IN (SELECT warehouse FROM setting.return_warehouse) AS is_quarantine
FROM place AS p
JOIN setting.channel AS c ON c.channel = p.channel
JOIN canonical.b1_item_warehouse AS i ON i.warehouse = p.warehouse
LEFT JOIN blocked AS b ON b.item_code = i.item_code AND b.warehouse = i.warehouse
LEFT JOIN demand AS d ON d.item_code = i.item_code AND d.warehouse = i.warehouse
WHERE i.is_locked IS NOT TRUE AND i.item_code IN (SELECT item_code FROM component);
