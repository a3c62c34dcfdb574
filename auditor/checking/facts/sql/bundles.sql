-- The parts of the bundles of orders under suspicion: what should be on the B1 document, and what is.
-- 'set': sold as one line and booked as items, by the SKU map or because B1 names the parts of a kit only.
-- 'kit': booked as the kit with its components below it. Needs the tables of order_compare.
CREATE OR REPLACE TABLE fact.bundle_part AS
WITH kit AS (
    SELECT order_no, own_code AS bundle, sum(own_quantity) AS quantity FROM b1_part
    WHERE tree_type = 'sales_tree' AND parent IS NULL GROUP BY order_no, own_code
), made AS (
    SELECT s.order_no, coalesce(o.created_at, i.created_at) AS created_at
    FROM suspect AS s
    LEFT JOIN canonical.b1_order AS o ON s.object = 'order' AND o.doc_entry = s.doc_entry
    LEFT JOIN canonical.b1_invoice AS i ON s.object = 'invoice' AND i.doc_entry = s.doc_entry
    WHERE s.order_no IN (SELECT order_no FROM kit)
), since AS (
    -- A bill of materials that was changed says nothing about documents from before.
    SELECT item_code, min(known_from) AS first_at, max(known_from) AS since_at
    FROM history_at.b1_bom_line WHERE item_code IN (SELECT bundle FROM kit) GROUP BY item_code
), judged AS (
    SELECT k.order_no, k.bundle, k.quantity
    FROM kit AS k JOIN made AS m ON m.order_no = k.order_no JOIN since AS c ON c.item_code = k.bundle
    WHERE c.since_at = c.first_at OR m.created_at >= c.since_at
), wanted AS (
    SELECT j.order_no, j.bundle, l.component_code AS item_code,
           CAST(sum(CAST(fact.rounded_quotient(fact.millionths(j.quantity) * fact.millionths(l.quantity),
                                               fact.millionths(coalesce(nullif(t.quantity, 0), 1)))
                         AS DECIMAL(25,0)) * 0.000001) AS DECIMAL(19,6)) AS quantity
    FROM judged AS j
    JOIN canonical.b1_bom AS t ON t.item_code = j.bundle
    JOIN canonical.b1_bom_line AS l ON l.item_code = j.bundle
    GROUP BY j.order_no, j.bundle, l.component_code
), booked AS (
    SELECT p.order_no, p.parent AS bundle, p.own_code AS item_code, CAST(sum(p.own_quantity) AS DECIMAL(19,6)) AS quantity
    FROM b1_part AS p JOIN judged AS j ON j.order_no = p.order_no AND j.bundle = p.parent
    WHERE p.own_code IS NOT NULL
    GROUP BY p.order_no, p.parent, p.own_code
), part AS (
    SELECT i.channel, i.order_id, i.order_no, i.object, i.doc_entry, i.set_sku AS bundle_sku, 'set' AS kind, i.item_code,
           i.channel_quantity AS expected_quantity, i.b1_quantity AS booked_quantity, i.channel_net, i.b1_net,
           i.net_difference, i.gross_difference
    FROM fact.order_item_side_by_side AS i WHERE i.set_sku IS NOT NULL
    UNION ALL
    SELECT s.channel, s.order_id, s.order_no, s.object, s.doc_entry, coalesce(w.bundle, b.bundle), 'kit',
           coalesce(w.item_code, b.item_code), coalesce(w.quantity, 0), coalesce(b.quantity, 0), 0, 0, 0, 0
    FROM wanted AS w
    FULL JOIN booked AS b ON b.order_no = w.order_no AND b.bundle = w.bundle AND b.item_code = w.item_code
    JOIN suspect AS s ON s.order_no = coalesce(w.order_no, b.order_no)
), price AS (
    SELECT p.item_code, max(p.price) AS price FROM canonical.b1_item_price AS p
    WHERE p.price_list IN (SELECT price_list FROM setting.channel) GROUP BY p.item_code
)
SELECT p.channel, p.order_id, p.order_no, p.object, p.doc_entry, p.bundle_sku, p.kind, p.item_code,
       CAST(p.expected_quantity AS DECIMAL(19,6)) AS expected_quantity,
       CAST(p.booked_quantity AS DECIMAL(19,6)) AS booked_quantity,
       CAST(p.channel_net AS DECIMAL(19,6)) AS channel_net, CAST(p.b1_net AS DECIMAL(19,6)) AS b1_net,
       CAST(p.net_difference AS DECIMAL(19,6)) AS net_difference,
       CAST(p.gross_difference AS DECIMAL(19,6)) AS gross_difference,
       CAST(round(abs(p.booked_quantity - p.expected_quantity) * coalesce(l.price, 0), 6) AS DECIMAL(19,6)) AS list_value
FROM part AS p LEFT JOIN price AS l ON l.item_code = p.item_code;
