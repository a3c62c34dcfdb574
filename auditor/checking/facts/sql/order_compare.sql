-- Both sides of the orders under suspicion, as a whole and item by item, in the same terms.

-- B1: components of a sales BOM belong to the line above them that sells the BOM; a discount of the document is shared.
-- Beside a channel that tells no tax, `net` is with tax.
CREATE OR REPLACE TEMP TABLE b1_part AS
WITH line AS (
    SELECT s.order_no, l.line_num, l.item_code, l.quantity, coalesce(l.inventory_quantity, l.quantity) AS units,
           l.net, l.tax, l.tax_rate, l.tax_code, l.tree_type, l.parent_line_num, coalesce(d.discount, 0) AS discount
    FROM suspect AS s
    JOIN canonical.b1_order_line AS l ON s.object = 'order' AND l.doc_entry = s.doc_entry
    JOIN canonical.b1_order AS d ON d.doc_entry = s.doc_entry
    UNION ALL
    SELECT s.order_no, l.line_num, l.item_code, l.quantity, coalesce(l.inventory_quantity, l.quantity),
           l.net, l.tax, l.tax_rate, l.tax_code, l.tree_type, l.parent_line_num, coalesce(d.discount, 0)
    FROM suspect AS s
    JOIN canonical.b1_invoice_line AS l ON s.object = 'invoice' AND l.doc_entry = s.doc_entry
    JOIN canonical.b1_invoice AS d ON d.doc_entry = s.doc_entry
), above AS (
    SELECT l.*, sum(l.net) OVER (PARTITION BY l.order_no) AS all_net,
           last_value(CASE WHEN l.tree_type = 'ingredient' THEN NULL
                           WHEN l.tree_type = 'sales_tree' THEN l.item_code ELSE '' END IGNORE NULLS)
               OVER (PARTITION BY l.order_no ORDER BY l.line_num) AS last_parent
    FROM line AS l
), placed AS (
    SELECT a.*, CASE WHEN a.tree_type = 'ingredient'
                     THEN coalesce(p.item_code, nullif(a.last_parent, '')) END AS parent
    FROM above AS a
    LEFT JOIN line AS p
      ON p.order_no = a.order_no AND p.line_num = a.parent_line_num AND p.tree_type = 'sales_tree'
), discounted AS (
    SELECT p.*, CASE WHEN discount = 0 OR all_net = 0 THEN 0 ELSE fact.share(discount, net, all_net) END AS share,
           p.order_no IN (SELECT order_no FROM gross_order) AS is_gross
    FROM placed AS p
)
SELECT order_no, coalesce(parent, item_code, '(text)') AS item_code,
       CASE WHEN parent IS NULL THEN quantity ELSE 0 END AS quantity,
       CASE WHEN parent IS NULL THEN units ELSE 0 END AS units,
       net - share + CASE WHEN is_gross THEN coalesce(tax, 0) ELSE 0 END AS net,
       CASE WHEN is_gross THEN 0 ELSE tax END AS tax, tax_rate, tax_code, tree_type, parent, item_code AS own_code,
       quantity AS own_quantity
FROM discounted;

CREATE OR REPLACE TEMP TABLE b1_item_sum AS
SELECT order_no, item_code, CAST(sum(quantity) AS DECIMAL(19,6)) AS quantity, CAST(sum(units) AS DECIMAL(19,6)) AS units,
       CAST(sum(net) AS DECIMAL(19,6)) AS net, CAST(sum(tax) AS DECIMAL(19,6)) AS tax
FROM b1_part GROUP BY order_no, item_code;

-- The channel's lines in items. A bundle that the channel sold in parts and B1 as a whole is put together again; a set
-- that the channel sold as a whole and B1 in parts is taken apart, its price shared by the list prices of the parts.
CREATE OR REPLACE TEMP TABLE channel_part AS
WITH single AS (
    SELECT channel, sku, min(item_code) AS item_code FROM matching.sku_item GROUP BY channel, sku HAVING count(*) = 1
), line AS (
    SELECT l.*, w.item_code AS bundle_item
    FROM booked_line AS l
    SEMI JOIN suspect AS s ON s.order_no = l.order_no
    LEFT JOIN (
        SELECT b.order_no, b.item_code, k.channel, k.sku
        FROM b1_item_sum AS b JOIN single AS k ON k.item_code = b.item_code
        SEMI JOIN suspect AS s ON s.order_no = b.order_no AND s.channel = k.channel
    ) AS w ON w.order_no = l.order_no AND w.channel = l.channel AND w.sku = l.bundle_sku
), whole AS (
    SELECT order_no, bundle_item AS item_code, max(bundle_quantity) AS quantity, sum(net) AS net, sum(tax) AS tax,
           min(line_id) AS line_id
    FROM line WHERE bundle_item IS NOT NULL GROUP BY order_no, bundle_item, bundle_id
), mapped AS (
    SELECT l.order_no, l.line_id, l.kind, l.sku, l.net, l.tax, s.item_code, s.rule,
           CASE WHEN s.rule = 'sku_map' THEN l.quantity * s.units ELSE l.quantity END AS quantity
    FROM line AS l
    LEFT JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku
    WHERE l.bundle_item IS NULL
), apart AS (
    SELECT m.order_no, m.line_id, m.kind, m.sku, m.net, m.tax, coalesce(c.component_code, m.item_code) AS item_code,
           CASE WHEN c.component_code IS NULL THEN CAST(m.quantity AS DECIMAL(19,6))
                ELSE CAST(CAST(fact.rounded_quotient(fact.millionths(m.quantity) * fact.millionths(c.quantity),
                                                     fact.millionths(coalesce(nullif(t.quantity, 0), 1)))
                               AS DECIMAL(25,0)) * 0.000001 AS DECIMAL(19,6)) END AS quantity
    FROM mapped AS m
    LEFT JOIN canonical.b1_bom AS t
      ON t.item_code = m.item_code AND t.tree_type = 'sales_tree'
     AND NOT EXISTS (SELECT 1 FROM b1_item_sum AS b WHERE b.order_no = m.order_no AND b.item_code = m.item_code)
    LEFT JOIN canonical.b1_bom_line AS c ON c.item_code = t.item_code
), price AS (
    SELECT p.item_code, max(p.price) AS price FROM canonical.b1_item_price AS p
    WHERE p.price_list IN (SELECT price_list FROM setting.channel) GROUP BY p.item_code
), weighed AS (
    SELECT a.*, count(*) OVER w AS parts,
           CAST(CASE WHEN min(coalesce(p.price, 0)) OVER w > 0 THEN round(a.quantity * p.price, 4) ELSE a.quantity END
                AS DECIMAL(19,6)) AS weight
    FROM apart AS a LEFT JOIN price AS p ON p.item_code = a.item_code
    WINDOW w AS (PARTITION BY a.order_no, a.line_id)
)
SELECT order_no, kind, item_code, quantity, parts = 1 AS is_price_comparable, CASE WHEN parts > 1 THEN sku END AS set_sku,
       CASE WHEN parts = 1 THEN net ELSE fact.share(net, weight, sum(weight) OVER p) END AS net,
       CASE WHEN parts = 1 THEN tax ELSE fact.share(tax, weight, sum(weight) OVER p) END AS tax
FROM weighed
WINDOW p AS (PARTITION BY order_no, line_id)
UNION ALL
SELECT order_no, 'product', item_code, quantity, TRUE, NULL, CAST(net AS DECIMAL(19,6)), CAST(tax AS DECIMAL(19,6)) FROM whole;

CREATE OR REPLACE TEMP TABLE unmapped AS
SELECT DISTINCT order_no FROM channel_part WHERE item_code IS NULL AND kind = 'product';

-- Item by item. Quantities are in the unit in which the channel sells, B1's in whichever of its two units agrees.
-- Tips and gift cards are compared only where B1 books them as the same item.
CREATE OR REPLACE TABLE fact.order_item_side_by_side AS
WITH channel_item AS (
    SELECT c.order_no, c.item_code, CAST(sum(c.quantity) AS DECIMAL(19,6)) AS quantity,
           CAST(sum(c.net) AS DECIMAL(19,6)) AS net, CAST(sum(c.tax) AS DECIMAL(19,6)) AS tax,
           bool_and(c.is_price_comparable) AS is_price_comparable,
           -- the set from which alone the order has this item
           CASE WHEN count(c.set_sku) = count(*) AND min(c.set_sku) = max(c.set_sku) THEN min(c.set_sku) END AS set_sku
    FROM channel_part AS c
    WHERE c.item_code IS NOT NULL AND (c.kind = 'product' OR EXISTS (
        SELECT 1 FROM b1_item_sum AS b WHERE b.order_no = c.order_no AND b.item_code = c.item_code))
    GROUP BY c.order_no, c.item_code
), gift_card_order AS (
    SELECT DISTINCT order_no FROM booked_line WHERE kind = 'gift_card'
), side AS (
    SELECT coalesce(c.order_no, b.order_no) AS order_no, coalesce(c.item_code, b.item_code) AS item_code,
           coalesce(c.quantity, 0) AS channel_quantity,
           CASE WHEN b.units = c.quantity THEN b.units ELSE coalesce(b.quantity, 0) END AS b1_quantity,
           coalesce(c.net, 0) AS channel_net, coalesce(b.net, 0) AS b1_net,
           coalesce(c.tax, 0) AS channel_tax, coalesce(b.tax, 0) AS b1_tax,
           coalesce(c.is_price_comparable, TRUE) AS is_price_comparable, c.set_sku
    FROM channel_item AS c
    FULL JOIN b1_item_sum AS b ON b.order_no = c.order_no AND b.item_code = c.item_code
    WHERE c.item_code IS NOT NULL OR NOT (
        b.item_code IN (SELECT item_code FROM setting.gift_card_item)
        AND b.order_no IN (SELECT order_no FROM gift_card_order))
)
SELECT s.channel, s.order_id, s.order_no, s.object, s.doc_entry, i.item_code,
       CAST(i.channel_quantity AS DECIMAL(19,6)) AS channel_quantity, CAST(i.b1_quantity AS DECIMAL(19,6)) AS b1_quantity,
       CAST(i.channel_net AS DECIMAL(19,6)) AS channel_net, CAST(i.b1_net AS DECIMAL(19,6)) AS b1_net,
       CAST(i.b1_net - i.channel_net AS DECIMAL(19,6)) AS net_difference,
       CAST(i.b1_net + i.b1_tax - i.channel_net - i.channel_tax AS DECIMAL(19,6)) AS gross_difference,
       i.is_price_comparable, g.order_no IS NOT NULL AS is_gross, i.set_sku
FROM side AS i
JOIN suspect AS s ON s.order_no = i.order_no
LEFT JOIN gross_order AS g ON g.order_no = i.order_no
WHERE i.order_no NOT IN (SELECT order_no FROM unmapped);

CREATE OR REPLACE TABLE fact.order_side_by_side AS
WITH document AS (
    SELECT s.order_no, d.doc_num, d.currency, d.total, d.tax, d.rounding, d.updated_at
    FROM suspect AS s JOIN canonical.b1_order AS d ON s.object = 'order' AND d.doc_entry = s.doc_entry
    UNION ALL
    SELECT s.order_no, d.doc_num, d.currency, d.total, d.tax, d.rounding, d.updated_at
    FROM suspect AS s JOIN canonical.b1_invoice AS d ON s.object = 'invoice' AND d.doc_entry = s.doc_entry
), priced AS (
    SELECT order_no, count(*) FILTER (WHERE net <> 0) AS priced_lines FROM booked_line GROUP BY order_no
)
SELECT s.channel, s.order_id, s.order_no, s.object, s.doc_entry, d.doc_num, d.currency,
       o.total AS channel_total, o.tax AS channel_tax,
       d.total AS b1_total, coalesce(d.tax, 0) AS b1_tax, coalesce(d.rounding, 0) AS b1_rounding,
       s.order_no IN (SELECT order_no FROM gross_order) AS is_gross,
       coalesce(p.priced_lines, 0) AS priced_lines,
       s.order_no IN (SELECT order_no FROM unmapped) AS has_unmapped_sku,
       d.updated_at AS b1_updated_at
FROM suspect AS s
JOIN matching.channel_order AS o ON o.order_no = s.order_no
JOIN document AS d ON d.order_no = s.order_no AND d.currency = coalesce(o.currency, d.currency)
LEFT JOIN priced AS p ON p.order_no = s.order_no;
