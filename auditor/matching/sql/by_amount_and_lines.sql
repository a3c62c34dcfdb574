-- Documents without a usable reference: same business partner, currency, total and items, three days apart at most,
-- and nothing else fits on either side. Days are counted per group, so that a thousand equal baskets cost nothing.
CREATE OR REPLACE TEMP TABLE loose_document AS
WITH loose AS (
    SELECT d.channel, d.doc_entry, d.currency, d.total, d.doc_on
    FROM matching.open_document AS d
    WHERE d.object = '{object}' AND NOT d.is_reference_valid AND NOT d.is_manual_series AND d.base_entry IS NULL
      AND NOT EXISTS (SELECT 1 FROM matching.link AS x WHERE x.object = '{object}' AND x.doc_entry = d.doc_entry)
      AND NOT EXISTS (SELECT 1 FROM matching.manual_link AS m
                      WHERE m.object = '{object}' AND m.doc_entry = d.doc_entry)
), item AS (
    SELECT l.doc_entry, l.item_code, sum(l.quantity) AS quantity, sum(coalesce(l.inventory_quantity, l.quantity)) AS units
    FROM canonical.b1_{object}_line AS l
    WHERE l.doc_entry IN (SELECT doc_entry FROM loose) AND l.tree_type IS DISTINCT FROM 'ingredient'
    GROUP BY l.doc_entry, l.item_code
), basket AS (
    SELECT doc_entry, string_agg(item_code || '=' || quantity, ',' ORDER BY item_code) AS basket FROM item GROUP BY doc_entry
    UNION
    SELECT doc_entry, string_agg(item_code || '=' || units, ',' ORDER BY item_code) FROM item GROUP BY doc_entry
)
SELECT l.channel, l.doc_entry, l.currency, l.total, l.doc_on, b.basket
FROM loose AS l JOIN basket AS b ON b.doc_entry = l.doc_entry;

CREATE OR REPLACE TEMP TABLE like_order AS
SELECT k.channel, k.order_id, k.order_no, k.currency, k.total
FROM matching.channel_order AS k
JOIN (SELECT DISTINCT channel, currency, total FROM loose_document) AS w
  ON w.channel = k.channel AND w.currency = k.currency AND w.total = k.total;

CREATE OR REPLACE TEMP TABLE loose_order AS
WITH taken AS (
    SELECT l.order_no FROM matching.link AS l SEMI JOIN like_order AS k ON k.order_no = l.order_no
    WHERE l.object IN ('order', 'invoice')
    UNION ALL
    SELECT m.order_no FROM matching.manual_link AS m WHERE m.object = '{object}'
), loose AS MATERIALIZED (
    SELECT k.channel, k.order_id, k.order_no, k.currency, k.total,
           CAST((o.placed_at AT TIME ZONE 'UTC') AT TIME ZONE c.timezone AS DATE) AS placed_on
    FROM like_order AS k
    ANTI JOIN taken AS t ON t.order_no = k.order_no
    JOIN canonical.sales_order AS o ON o.order_no = k.order_no
    JOIN setting.channel AS c ON c.channel = o.channel
), refunded AS (
    SELECT r.order_no, r.line_id, sum(r.quantity) AS quantity
    FROM canonical.refund_line AS r
    SEMI JOIN loose AS o ON o.order_no = r.order_no
    GROUP BY r.order_no, r.line_id
), item AS (
    SELECT o.order_no, coalesce(s.item_code, l.sku) AS item_code,
           sum(CASE WHEN l.current_quantity IS NULL THEN l.quantity
                    ELSE least(l.quantity, l.current_quantity + coalesce(r.quantity, 0)) END
               * coalesce(s.units, 1)) AS quantity
    FROM loose AS o
    JOIN canonical.sales_order_line AS l ON l.order_no = o.order_no
    LEFT JOIN refunded AS r ON r.order_no = l.order_no AND r.line_id = l.line_id
    LEFT JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku
    WHERE l.kind = 'product'
    GROUP BY o.order_no, coalesce(s.item_code, l.sku)
)
SELECT o.channel, o.order_id, o.order_no, o.currency, o.total, o.placed_on, i.basket
FROM loose AS o
JOIN (
    SELECT order_no, string_agg(item_code || '=' || CAST(quantity AS DECIMAL(19,6)), ',' ORDER BY item_code) AS basket
    FROM item WHERE quantity > 0 GROUP BY order_no
) AS i ON i.order_no = o.order_no;

CREATE OR REPLACE TEMP TABLE likely_pair AS
WITH orders_of_day AS (
    SELECT channel, currency, total, basket, placed_on, count(*) AS orders, min(order_no) AS order_no
    FROM loose_order GROUP BY channel, currency, total, basket, placed_on
), per_document AS (
    SELECT d.doc_entry, sum(o.orders) AS orders, min(o.order_no) AS order_no
    FROM loose_document AS d
    CROSS JOIN range(-3, 4) AS shift(days)
    JOIN orders_of_day AS o
      ON o.channel = d.channel AND o.currency = d.currency AND o.total = d.total AND o.basket = d.basket
     AND o.placed_on = d.doc_on + CAST(shift.days AS INTEGER)
    GROUP BY d.doc_entry
), documents_of_day AS (
    SELECT channel, currency, total, basket, doc_on, count(*) AS documents, min(doc_entry) AS doc_entry
    FROM loose_document GROUP BY channel, currency, total, basket, doc_on
), per_order AS (
    SELECT o.order_no, sum(d.documents) AS documents, min(d.doc_entry) AS doc_entry
    FROM loose_order AS o
    CROSS JOIN range(-3, 4) AS shift(days)
    JOIN documents_of_day AS d
      ON d.channel = o.channel AND d.currency = o.currency AND d.total = o.total AND d.basket = o.basket
     AND d.doc_on = o.placed_on + CAST(shift.days AS INTEGER)
    GROUP BY o.order_no
)
SELECT o.order_no, coalesce(d.doc_entry, o.doc_entry) AS doc_entry,
       o.documents = 1 AND d.orders = 1 AND d.order_no = o.order_no AS is_unique
FROM per_order AS o
LEFT JOIN per_document AS d ON d.doc_entry = o.doc_entry;

INSERT INTO matching.link
SELECT k.order_no, k.channel, '{object}', p.doc_entry, 'amount_and_lines', 'likely', 0 AS agreed_in
FROM likely_pair AS p JOIN like_order AS k ON k.order_no = p.order_no
WHERE p.is_unique;

INSERT INTO matching.ambiguous
SELECT k.channel, 'order', k.order_id, '{object}', p.doc_entry, 'amount_and_lines'
FROM likely_pair AS p JOIN like_order AS k ON k.order_no = p.order_no
WHERE NOT p.is_unique;
