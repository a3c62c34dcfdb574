-- Which document stands on the other side of each order, and which pairs deserve a closer look.
-- A pair that agrees in its totals and in every line as it stands is settled here; only the others are taken apart.
-- Where the channel tells no tax, amounts with tax are compared: then `net` is with tax on both sides and `tax` is 0.
CREATE OR REPLACE TEMP TABLE pair AS
SELECT k.order_no, k.total, k.tax, k.tax IS NULL AS is_gross, c.agreed_from = 0 AS may_differ,
       CAST(CASE WHEN c.orders = 1 THEN 'order' ELSE 'invoice' END AS matching.kind) AS object,
       CASE WHEN c.orders = 1 THEN c.order_entry ELSE c.invoice_entry END AS doc_entry
FROM matching.document_count AS c
JOIN matching.channel_order AS k ON k.order_no = c.order_no
WHERE k.is_comparable AND (c.orders = 1 OR (c.orders = 0 AND c.invoices = 1));

CREATE OR REPLACE TEMP TABLE suspect AS
WITH other_code AS (
    SELECT channel, sku, min(item_code) AS item_code FROM matching.sku_item
    GROUP BY channel, sku HAVING count(*) = 1 AND min(item_code) <> sku
), header AS (
    SELECT p.order_no
    FROM pair AS p JOIN canonical.b1_order AS d ON p.object = 'order' AND d.doc_entry = p.doc_entry
    WHERE p.may_differ
      AND (d.total IS DISTINCT FROM p.total OR (d.tax IS DISTINCT FROM p.tax AND NOT p.is_gross)
           OR coalesce(d.discount, 0) <> 0 OR coalesce(d.rounding, 0) <> 0)
    UNION ALL
    SELECT p.order_no
    FROM pair AS p JOIN canonical.b1_invoice AS d ON p.object = 'invoice' AND d.doc_entry = p.doc_entry
    WHERE p.may_differ
      AND (d.total IS DISTINCT FROM p.total OR (d.tax IS DISTINCT FROM p.tax AND NOT p.is_gross)
           OR coalesce(d.discount, 0) <> 0 OR coalesce(d.rounding, 0) <> 0)
), mark AS (
    -- One number per line; the numbers of the two sides add up to zero exactly when their lines are the same.
    -- A changed order counts as different at once: 1 is added that nothing takes away.
    SELECT l.order_no,
           CAST(hash(coalesce(c.item_code, l.sku), l.quantity, coalesce(l.net, l.gross), coalesce(l.tax, 0)) >> 2
                AS BIGINT)
           + CASE WHEN l.current_quantity = l.quantity AND l.kind = 'product' THEN 0 ELSE 1 END AS mark
    FROM canonical.sales_order_line AS l
    LEFT JOIN other_code AS c ON c.channel = l.channel AND c.sku = l.sku
    UNION ALL
    SELECT p.order_no,
           -CAST(hash(l.item_code, l.quantity, CAST(CASE WHEN p.is_gross THEN l.net + l.tax ELSE l.net END AS DECIMAL(19,6)),
                      CASE WHEN p.is_gross THEN 0 ELSE l.tax END) >> 2 AS BIGINT)
    FROM canonical.b1_order_line AS l JOIN pair AS p ON p.object = 'order' AND p.doc_entry = l.doc_entry
    UNION ALL
    SELECT p.order_no,
           -CAST(hash(l.item_code, l.quantity, CAST(CASE WHEN p.is_gross THEN l.net + l.tax ELSE l.net END AS DECIMAL(19,6)),
                      CASE WHEN p.is_gross THEN 0 ELSE l.tax END) >> 2 AS BIGINT)
    FROM canonical.b1_invoice_line AS l JOIN pair AS p ON p.object = 'invoice' AND p.doc_entry = l.doc_entry
), line AS (
    SELECT order_no FROM mark GROUP BY order_no HAVING sum(mark) <> 0
)
SELECT p.order_no, o.channel, o.order_id, p.object, p.doc_entry
FROM pair AS p
JOIN matching.channel_order AS o ON o.order_no = p.order_no
WHERE p.order_no IN (SELECT order_no FROM header UNION ALL SELECT order_no FROM line);

-- A document in another currency cannot be compared; order_currency_mismatch judges it.
DELETE FROM suspect AS s USING (
    SELECT p.order_no FROM suspect AS p
    JOIN matching.channel_order AS k ON k.order_no = p.order_no
    JOIN canonical.b1_order AS d ON p.object = 'order' AND d.doc_entry = p.doc_entry AND d.currency <> k.currency
    UNION ALL
    SELECT p.order_no FROM suspect AS p
    JOIN matching.channel_order AS k ON k.order_no = p.order_no
    JOIN canonical.b1_invoice AS d ON p.object = 'invoice' AND d.doc_entry = p.doc_entry AND d.currency <> k.currency
) AS x WHERE x.order_no = s.order_no;

-- What was paid with gift cards, where B1's document is less than the order by exactly that: then the card was taken
-- for a discount, which explains whatever else differs between the two.
CREATE OR REPLACE TABLE fact.gift_card_tender AS
WITH tender AS (
    SELECT p.order_no, sum(p.amount) AS amount, max(p.processed_at) AS paid_at
    FROM canonical.sales_payment AS p
    WHERE p.gateway = 'gift_card' AND p.status = 'success' AND p.kind IN ('sale', 'capture') AND p.amount > 0
    GROUP BY p.order_no
), document AS (
    SELECT t.order_no, t.amount, t.paid_at, 'order' AS object, d.doc_entry, d.doc_num, d.currency, d.total, d.rounding,
           d.created_at, d.updated_at
    FROM tender AS t JOIN pair AS p ON p.order_no = t.order_no
    JOIN canonical.b1_order AS d ON p.object = 'order' AND d.doc_entry = p.doc_entry
    UNION ALL
    SELECT t.order_no, t.amount, t.paid_at, 'invoice', d.doc_entry, d.doc_num, d.currency, d.total, d.rounding,
           d.created_at, d.updated_at
    FROM tender AS t JOIN pair AS p ON p.order_no = t.order_no
    JOIN canonical.b1_invoice AS d ON p.object = 'invoice' AND d.doc_entry = p.doc_entry
)
SELECT o.channel, o.order_id, d.order_no, d.object, d.doc_entry, d.doc_num, d.currency, CAST(d.amount AS DECIMAL(19,6)) AS amount,
       o.total AS channel_total, CAST(d.total - coalesce(d.rounding, 0) AS DECIMAL(19,6)) AS b1_total, d.paid_at,
       d.created_at, d.updated_at
FROM document AS d
JOIN matching.channel_order AS o ON o.order_no = d.order_no AND o.currency = d.currency
WHERE abs(o.total - (d.total - coalesce(d.rounding, 0)) - d.amount) <= 0.02;
DELETE FROM suspect AS s USING fact.gift_card_tender AS t WHERE t.order_no = s.order_no;

-- For tax the invoice counts, because that is what the authorities see; the order where there is none yet.
CREATE OR REPLACE TEMP TABLE tax_suspect AS
WITH figure AS (
    SELECT c.order_no, 'invoice' AS object, d.doc_entry, d.doc_num, d.currency, d.total, d.tax, d.rounding, d.created_at,
           d.updated_at
    FROM matching.document_count AS c JOIN canonical.b1_invoice AS d ON d.doc_entry = c.invoice_entry
    WHERE c.invoices = 1 AND c.agreed_from = 0
    UNION ALL
    SELECT c.order_no, 'order', d.doc_entry, d.doc_num, d.currency, d.total, d.tax, d.rounding, d.created_at, d.updated_at
    FROM matching.document_count AS c JOIN canonical.b1_order AS d ON d.doc_entry = c.order_entry
    WHERE c.invoices = 0 AND c.orders = 1 AND c.agreed_from = 0
)
SELECT k.order_no, k.channel, k.order_id, f.object, f.doc_entry, f.doc_num, k.currency,
       k.total AS channel_total, k.tax AS channel_tax,
       f.total - coalesce(f.rounding, 0) AS b1_total, f.tax AS b1_tax, f.created_at, f.updated_at
FROM matching.channel_order AS k
JOIN figure AS f ON f.order_no = k.order_no
WHERE k.is_comparable AND (f.currency = k.currency) IS TRUE AND f.tax <> k.tax
  AND (f.total - coalesce(f.rounding, 0) = k.total OR f.total - coalesce(f.rounding, 0) - f.tax = k.total - k.tax);

-- Lines of the orders under suspicion as they must have been booked: without the units that an edit took out before.
-- A refund without money and without a return is only the platform's note of such an edit.
CREATE OR REPLACE TEMP TABLE booked_line AS
WITH wanted AS (
    SELECT order_no FROM suspect UNION SELECT order_no FROM tax_suspect
), refunded AS (
    SELECT l.order_no, l.line_id, sum(l.quantity) AS quantity
    FROM canonical.refund_line AS l
    JOIN canonical.refund AS r ON r.channel = l.channel AND r.refund_id = l.refund_id
    SEMI JOIN wanted AS w ON w.order_no = l.order_no
    WHERE coalesce(r.transaction_status, 'none') <> 'none' OR r.return_id IS NOT NULL
    GROUP BY l.order_no, l.line_id
), line AS (
    SELECT w.order_no, l.channel, l.line_id, l.sku, l.title, l.kind, l.quantity, l.net, l.tax, l.gross, l.tax_rate,
           l.bundle_id, l.bundle_sku, l.bundle_quantity,
           CASE WHEN l.current_quantity IS NULL THEN l.quantity
                ELSE least(l.quantity, l.current_quantity + coalesce(r.quantity, 0)) END AS booked,
           bool_or(o.tax IS NULL OR l.net IS NULL OR l.tax IS NULL) OVER (PARTITION BY w.order_no) AS is_gross
    FROM canonical.sales_order_line AS l
    JOIN wanted AS w ON w.order_no = l.order_no
    JOIN matching.channel_order AS o ON o.order_no = w.order_no
    LEFT JOIN refunded AS r ON r.order_no = l.order_no AND r.line_id = l.line_id
)
SELECT order_no, channel, line_id, sku, title, kind, bundle_id, bundle_sku, bundle_quantity, tax_rate, is_gross,
       CAST(booked AS DECIMAL(19,6)) AS quantity,
       fact.share(CASE WHEN is_gross THEN coalesce(gross, net + tax, net) ELSE net END, booked, quantity) AS net,
       CASE WHEN is_gross THEN 0 ELSE fact.share(tax, booked, quantity) END AS tax
FROM line
WHERE booked > 0;

CREATE OR REPLACE TEMP TABLE gross_order AS
SELECT order_no FROM booked_line WHERE is_gross
UNION SELECT s.order_no FROM suspect AS s JOIN pair AS p ON p.order_no = s.order_no WHERE p.is_gross;
