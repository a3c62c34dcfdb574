-- Lines that are taxed with another rate than the channel's, or with another code than the company's map asks for.
-- In the map * is every country for which no other line stands. What is not taxed may also carry the item's own code:
-- zero-rated, exempt and outside the scope are all 0 %.
-- Most lines carry the only code that the map has for their rate; a table of the others tells DuckDB how few they are.
CREATE OR REPLACE TEMP TABLE tax_doubtful_line AS
WITH rate AS (
    SELECT rate, CASE WHEN min(tax_code) = max(tax_code) THEN min(tax_code) END AS only_code
    FROM setting.tax_code_map GROUP BY rate
)
SELECT 'invoice' AS object, l.doc_entry, l.item_code, l.tax_code, l.tax_rate
FROM canonical.b1_invoice_line AS l JOIN rate AS r ON r.rate = l.tax_rate
WHERE l.net <> 0 AND (r.only_code IS NULL OR l.tax_code IS DISTINCT FROM r.only_code)
UNION ALL
SELECT 'order', l.doc_entry, l.item_code, l.tax_code, l.tax_rate
FROM canonical.b1_order_line AS l JOIN rate AS r ON r.rate = l.tax_rate
WHERE l.net <> 0 AND l.status = 'open' AND (r.only_code IS NULL OR l.tax_code IS DISTINCT FROM r.only_code);

CREATE OR REPLACE TABLE fact.tax_code_line AS
WITH map AS (
    SELECT channel, upper(country) AS country, rate, tax_code FROM setting.tax_code_map
), placed AS (
    SELECT x.order_no, o.channel, o.order_id, o.order_ref, o.country, o.placed_at, o.updated_at, o.currency, l.*
    FROM tax_doubtful_line AS l
    JOIN matching.link AS x ON x.object = CAST(l.object AS matching.kind) AND x.doc_entry = l.doc_entry
    JOIN canonical.sales_order AS o ON o.order_no = x.order_no
    WHERE o.tax_collected_by IS DISTINCT FROM 'channel' AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
), judged AS (
    SELECT p.*, coalesce(m.tax_code, a.tax_code) AS mapped_code
    FROM placed AS p
    LEFT JOIN map AS m ON m.channel = p.channel AND m.country = upper(p.country) AND m.rate = p.tax_rate
    LEFT JOIN map AS a ON a.channel = p.channel AND a.country = '*' AND a.rate = p.tax_rate
), other_code AS (
    SELECT j.order_no, j.item_code, min(j.channel) AS channel, min(j.order_id) AS order_id,
           min(j.order_ref) AS order_ref, min(j.country) AS country,
           min(j.placed_at) AS placed_at, max(j.updated_at) AS updated_at, min(j.currency) AS currency,
           min(j.object) AS object, arg_min(j.doc_entry, j.object) AS doc_entry, min(j.tax_code) AS tax_code,
           min(j.tax_rate) AS b1_rate, min(j.mapped_code) AS mapped_code
    FROM judged AS j
    LEFT JOIN canonical.b1_item AS i ON i.item_code = j.item_code
    WHERE j.mapped_code IS NOT NULL AND j.mapped_code IS DISTINCT FROM j.tax_code
      AND NOT (j.tax_rate = 0 AND i.sales_tax_code IS NOT DISTINCT FROM j.tax_code)
    GROUP BY j.order_no, j.item_code
), other_rate AS (
    SELECT t.order_no, t.channel, t.order_id, r.item_code, t.order_ref, t.country, t.placed_at, t.updated_at, t.currency,
           t.object, t.doc_entry, r.tax_code, r.b1_rate, r.sku, r.channel_rate, r.channel_tax, r.b1_tax,
           CAST(abs(r.b1_tax - r.channel_tax) AS DECIMAL(19,6)) AS money,
           coalesce(m.tax_code, a.tax_code) AS mapped_code
    FROM tax_other_rate AS r
    JOIN tax_compared AS t ON t.order_no = r.order_no
    JOIN fact.order_tax AS f ON f.order_no = t.order_no AND f.is_untaxed IS NOT TRUE
    LEFT JOIN map AS m ON m.channel = t.channel AND m.country = upper(t.country) AND m.rate = r.channel_rate
    LEFT JOIN map AS a ON a.channel = t.channel AND a.country = '*' AND a.rate = r.channel_rate
    WHERE NOT r.is_rate_change
)
SELECT 'other_rate' AS cause, channel, order_id, order_no, item_code, sku, order_ref, country, placed_at, updated_at, currency,
       object, doc_entry, tax_code, mapped_code, channel_rate, b1_rate, channel_tax, b1_tax, money
FROM other_rate
UNION ALL
SELECT 'other_code', c.channel, c.order_id, c.order_no, c.item_code, NULL, c.order_ref, c.country, c.placed_at, c.updated_at,
       c.currency, c.object, c.doc_entry, c.tax_code, c.mapped_code, c.b1_rate, c.b1_rate, NULL, NULL, 0
FROM other_code AS c
ANTI JOIN other_rate AS r ON r.order_no = c.order_no AND r.item_code = c.item_code;

-- Orders on which the channel says who accounts for the tax, beside the tax that was booked for them.
CREATE OR REPLACE TEMP TABLE tax_collected AS
SELECT order_no, channel, order_id, order_ref, country, placed_at, updated_at, currency, tax
FROM canonical.sales_order WHERE tax_collected_by = 'channel';

CREATE OR REPLACE TABLE fact.tax_liability AS
WITH collected AS (
    SELECT o.channel, o.order_id, o.order_ref, o.country, o.placed_at, o.updated_at, o.currency, o.tax AS channel_tax,
           c.order_no, c.invoices, c.order_entry
    FROM tax_collected AS o
    JOIN matching.channel_order AS k ON k.order_no = o.order_no AND k.is_comparable
    JOIN matching.document_count AS c ON c.order_no = o.order_no
), booked AS (
    SELECT c.order_no, 'invoice' AS object, d.doc_entry, d.doc_num, d.tax, d.currency
    FROM collected AS c
    JOIN matching.link AS l ON l.order_no = c.order_no AND l.object = 'invoice'
    JOIN canonical.b1_invoice AS d ON d.doc_entry = l.doc_entry
    UNION ALL
    SELECT c.order_no, 'order', d.doc_entry, d.doc_num, d.tax, d.currency
    FROM collected AS c JOIN canonical.b1_order AS d ON d.doc_entry = c.order_entry
    WHERE c.invoices = 0
), summed AS (
    SELECT order_no, min(object) AS object, min(doc_entry) AS doc_entry, min(doc_num) AS doc_num,
           CAST(sum(tax) AS DECIMAL(19,6)) AS b1_tax, min(currency) AS currency
    FROM booked GROUP BY order_no HAVING sum(tax) > 0
)
SELECT c.channel, c.order_id, c.order_no, c.order_ref, c.country, c.placed_at, c.updated_at, s.currency, c.channel_tax, s.b1_tax,
       s.object, s.doc_entry, s.doc_num, TRUE AS is_collected
FROM summed AS s JOIN collected AS c ON c.order_no = s.order_no
UNION ALL
SELECT t.channel, t.order_id, t.order_no, t.order_ref, o.country, t.placed_at, t.updated_at, t.currency, t.channel_tax, t.b1_tax,
       t.object, t.doc_entry, t.doc_num, FALSE
FROM fact.order_tax AS t
JOIN canonical.sales_order AS o ON o.order_no = t.order_no
WHERE t.is_untaxed;
