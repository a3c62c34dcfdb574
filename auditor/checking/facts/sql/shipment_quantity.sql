-- What the channel says it sent against what B1 delivered, item by item; only orders in which the two differ.
-- Sets are taken apart on both sides. An order is compared when both sides know of a parcel. To find the few that differ
-- costs one number per line: those of the two sides add up to zero where their lines are the same. An order whose item
-- is split otherwise is looked at as well, and found to agree.
CREATE OR REPLACE TEMP TABLE shipment_suspect AS
WITH other_code AS (
    SELECT channel, sku, item_code, units FROM matching.sku_item WHERE rule <> 'item_code'
), moved AS (
    SELECT l.order_no, TRUE AS is_sent,
           CAST(hash(coalesce(c.item_code, l.sku),
                     CASE WHEN c.units IS NULL THEN l.quantity ELSE CAST(l.quantity * c.units AS DECIMAL(19,6)) END) >> 2
                AS BIGINT) AS mark
    FROM canonical.shipment_line AS l
    LEFT JOIN other_code AS c ON c.channel = l.channel AND c.sku = l.sku
    UNION ALL
    SELECT x.order_no, FALSE, -CAST(hash(l.item_code, l.quantity) >> 2 AS BIGINT)
    FROM matching.link AS x
    JOIN canonical.b1_delivery_line AS l ON x.object = 'delivery' AND l.doc_entry = x.doc_entry
    WHERE l.tree_type IS DISTINCT FROM 'ingredient'
)
SELECT order_no FROM moved GROUP BY order_no HAVING sum(mark) <> 0 AND bool_or(is_sent) AND NOT bool_and(is_sent);

CREATE OR REPLACE TABLE fact.shipment_quantity AS
WITH suspect AS MATERIALIZED (
    SELECT o.order_no, o.channel, o.order_id
    FROM matching.channel_order AS o SEMI JOIN shipment_suspect AS s ON s.order_no = o.order_no
    -- of a parcel that failed nobody can tell whether it left
    WHERE NOT EXISTS (SELECT 1 FROM canonical.shipment AS f
                      WHERE f.order_no = o.order_no AND f.status = 'failed')
), parcel AS (
    SELECT p.order_no, p.shipment_id, max(coalesce(p.shipped_at, p.updated_at)) AS shipped_at
    FROM suspect AS s JOIN canonical.shipment AS p ON p.order_no = s.order_no
    WHERE coalesce(p.status, '') <> 'cancelled'
    GROUP BY p.order_no, p.shipment_id
), sent AS (
    SELECT p.order_no, l.channel, l.sku, CAST(sum(l.quantity) AS DECIMAL(19,6)) AS quantity
    FROM parcel AS p
    JOIN canonical.shipment_line AS l
      -- only confirmed: with one key the few lines are found while all of them are read
      ON l.order_no = p.order_no AND (l.shipment_id = p.shipment_id) IS TRUE
    GROUP BY p.order_no, l.channel, l.sku
), mapped AS (
    SELECT s.order_no, k.item_code, s.quantity * CASE WHEN k.rule = 'sku_map' THEN k.units ELSE 1 END AS quantity
    FROM sent AS s LEFT JOIN matching.sku_item AS k ON k.channel = s.channel AND k.sku = s.sku
), channel_item AS (
    SELECT m.order_no, coalesce(c.component_code, m.item_code) AS item_code,
           CAST(sum(CASE WHEN c.component_code IS NULL THEN m.quantity
                         ELSE fact.share(m.quantity, c.quantity, coalesce(nullif(t.quantity, 0), 1)) END)
                AS DECIMAL(19,6)) AS quantity
    FROM mapped AS m
    LEFT JOIN canonical.b1_bom AS t ON t.item_code = m.item_code AND t.tree_type = 'sales_tree'
    LEFT JOIN canonical.b1_bom_line AS c ON c.item_code = t.item_code
    GROUP BY ALL
), delivery AS MATERIALIZED (
    SELECT s.order_no, d.doc_entry, d.doc_num, d.created_at, d.updated_at
    FROM suspect AS s
    JOIN matching.link AS x ON x.order_no = s.order_no AND x.object = 'delivery'
    JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
), line AS MATERIALIZED (
    SELECT d.order_no, d.doc_entry, l.item_code, l.quantity, coalesce(l.inventory_quantity, l.quantity) AS units,
           l.tree_type, bool_or(l.tree_type = 'ingredient') OVER (PARTITION BY d.doc_entry) AS has_parts
    FROM delivery AS d JOIN canonical.b1_delivery_line AS l ON l.doc_entry = d.doc_entry
    UNION ALL
    -- an invoice that is drawn from no delivery moves the goods itself
    SELECT s.order_no, i.doc_entry, l.item_code, l.quantity, coalesce(l.inventory_quantity, l.quantity), l.tree_type,
           bool_or(l.tree_type = 'ingredient') OVER (PARTITION BY i.doc_entry)
    FROM suspect AS s
    JOIN matching.link AS x ON x.order_no = s.order_no AND x.object = 'invoice'
    JOIN canonical.b1_invoice AS i ON i.doc_entry = x.doc_entry AND i.is_reserve IS NOT TRUE
    JOIN canonical.b1_invoice_line AS l ON l.doc_entry = i.doc_entry
    WHERE l.base_type IS DISTINCT FROM 15 AND l.without_stock_movement IS NOT TRUE
), b1_item AS (
    -- the parts of a kit stand below it, or follow from its bill of materials
    SELECT l.order_no, coalesce(c.component_code, l.item_code) AS item_code,
           CAST(sum(CASE WHEN c.component_code IS NULL THEN l.quantity
                         ELSE fact.share(l.quantity, c.quantity, coalesce(nullif(t.quantity, 0), 1)) END)
                AS DECIMAL(19,6)) AS quantity,
           CAST(sum(CASE WHEN c.component_code IS NULL THEN l.units
                         ELSE fact.share(l.units, c.quantity, coalesce(nullif(t.quantity, 0), 1)) END)
                AS DECIMAL(19,6)) AS units
    FROM line AS l
    LEFT JOIN canonical.b1_bom AS t
      ON t.item_code = l.item_code AND t.tree_type = 'sales_tree' AND l.tree_type = 'sales_tree' AND NOT l.has_parts
    LEFT JOIN canonical.b1_bom_line AS c ON c.item_code = t.item_code
    LEFT JOIN canonical.b1_item AS i ON i.item_code = l.item_code
    WHERE NOT (l.tree_type = 'sales_tree' AND l.has_parts)
      -- gift cards and services are in no parcel
      AND (i.is_inventory IS NOT FALSE OR l.tree_type IN ('sales_tree', 'ingredient'))
    GROUP BY ALL
), side AS (
    SELECT coalesce(c.order_no, b.order_no) AS order_no, coalesce(c.item_code, b.item_code) AS item_code,
           coalesce(c.quantity, 0) AS sent,
           CASE WHEN b.units = c.quantity THEN b.units ELSE coalesce(b.quantity, 0) END AS delivered
    FROM channel_item AS c
    FULL JOIN b1_item AS b ON b.order_no = c.order_no AND b.item_code = c.item_code
    WHERE coalesce(c.order_no, b.order_no) NOT IN (SELECT order_no FROM channel_item WHERE item_code IS NULL)
), different AS MATERIALIZED (
    SELECT order_no, item_code, sent, delivered FROM side WHERE sent <> delivered
), b1_price AS (
    SELECT d.order_no, l.item_code, sum(l.gross) AS gross, sum(l.quantity) AS quantity
    FROM (SELECT DISTINCT order_no FROM different) AS d
    JOIN matching.link AS x ON x.order_no = d.order_no AND x.object = 'order'
    JOIN canonical.b1_order_line AS l ON l.doc_entry = x.doc_entry
    GROUP BY d.order_no, l.item_code
), list_price AS (
    SELECT item_code, max(price) AS price FROM canonical.b1_item_price
    WHERE price_list IN (SELECT price_list FROM setting.channel)
      AND item_code IN (SELECT item_code FROM different) GROUP BY item_code
), moment AS (
    SELECT order_no, max(moment) AS changed_at FROM (
        SELECT order_no, shipped_at AS moment FROM parcel UNION ALL SELECT order_no, created_at FROM delivery
    ) AS moments GROUP BY order_no
), document AS (
    SELECT order_no, min(doc_entry) AS doc_entry, arg_min(doc_num, doc_entry) AS doc_num, max(updated_at) AS updated_at
    FROM delivery GROUP BY order_no
)
SELECT s.channel, s.order_id, s.order_no, d.item_code, d.sent, d.delivered, k.doc_entry, k.doc_num, k.updated_at, m.changed_at,
       -- as the order was booked; what is on no order has only its list price
       CAST(CASE WHEN p.quantity > 0 THEN fact.share(p.gross, abs(d.sent - d.delivered), p.quantity)
                 ELSE coalesce(round(l.price * abs(d.sent - d.delivered), 2), 0) END AS DECIMAL(19,6)) AS value,
       bool_or(d.sent = 0) OVER (PARTITION BY d.order_no) AND bool_or(d.delivered = 0) OVER (PARTITION BY d.order_no)
           AS is_swapped
FROM different AS d
JOIN suspect AS s ON s.order_no = d.order_no
JOIN document AS k ON k.order_no = d.order_no
JOIN moment AS m ON m.order_no = d.order_no
LEFT JOIN b1_price AS p ON p.order_no = d.order_no AND p.item_code = d.item_code
LEFT JOIN list_price AS l ON l.item_code = d.item_code
-- what was ordered otherwise is delivered otherwise; that is said of the order's line
ANTI JOIN (SELECT order_no, item_code FROM fact.order_item_side_by_side WHERE channel_quantity <> b1_quantity) AS o
  ON o.order_no = d.order_no AND o.item_code = d.item_code;
