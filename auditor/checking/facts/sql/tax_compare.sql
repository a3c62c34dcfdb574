-- Orders whose tax differs although what is taxed agrees, with what rounding can and does explain.
CREATE OR REPLACE TABLE fact.order_tax AS
WITH suspected AS (
    SELECT t.*, o.is_tax_included, o.order_ref, o.placed_at, m.minor_unit
    FROM tax_suspect AS t
    JOIN canonical.sales_order AS o ON o.channel = t.channel AND o.order_id = t.order_id
    JOIN fact.currency AS m ON m.currency = t.currency
    WHERE o.tax_collected_by IS DISTINCT FROM 'channel'
), line AS (
    SELECT b.order_no, b.net, b.tax, b.tax_rate FROM booked_line AS b WHERE b.net <> 0 OR b.tax <> 0
    UNION ALL
    SELECT t.order_no, s.net, s.tax, s.tax_rate
    FROM canonical.sales_order_shipping AS s
    JOIN suspected AS t ON t.channel = s.channel AND t.order_id = s.order_id
    WHERE s.is_removed IS NOT TRUE AND (s.net <> 0 OR s.tax <> 0)
), taxed AS (
    -- In units of the currency's smallest coin: rate x net, or the tax inside a gross amount.
    SELECT t.order_no, t.minor_unit, coalesce(l.tax_rate, 0) AS tax_rate, t.is_tax_included IS TRUE AS is_included,
           CASE WHEN t.is_tax_included THEN l.net + l.tax ELSE l.net END AS base
    FROM suspected AS t JOIN line AS l ON l.order_no = t.order_no
), per_rate AS (
    SELECT order_no, minor_unit, tax_rate, is_included, count(*) AS lines, CAST(sum(base) AS DECIMAL(19,6)) AS base,
           CAST(sum(fact.tax_in_coins(base, tax_rate, is_included, minor_unit)) AS BIGINT) AS by_line
    FROM taxed GROUP BY order_no, minor_unit, tax_rate, is_included
), expected AS (
    SELECT order_no, CAST(sum(lines) AS BIGINT) AS lines, CAST(sum(by_line) AS BIGINT) AS by_line,
           CAST(sum(fact.tax_in_coins(base, tax_rate, is_included, minor_unit)) AS BIGINT) AS by_document
    FROM per_rate GROUP BY order_no
), b1_line AS (
    SELECT t.order_no, l.item_code, l.tax_rate, l.tax_code, l.net
    FROM suspected AS t JOIN canonical.b1_order_line AS l ON t.object = 'order' AND l.doc_entry = t.doc_entry
    UNION ALL
    SELECT t.order_no, l.item_code, l.tax_rate, l.tax_code, l.net
    FROM suspected AS t JOIN canonical.b1_invoice_line AS l ON t.object = 'invoice' AND l.doc_entry = t.doc_entry
), code AS (
    SELECT order_no, CASE WHEN min(tax_code) = max(tax_code) THEN min(tax_code) END AS tax_code
    FROM b1_line WHERE net <> 0 GROUP BY order_no
), other_rate AS (
    -- A tenth of a percentage point: less is how the rate was written down, not another rate.
    SELECT DISTINCT b.order_no
    FROM booked_line AS b
    JOIN matching.sku_item AS s ON s.channel = b.channel AND s.sku = b.sku
    JOIN b1_line AS l ON l.order_no = b.order_no AND l.item_code = s.item_code
    WHERE b.net <> 0 AND l.net <> 0
      AND abs(coalesce(b.tax_rate, CASE WHEN b.tax = 0 THEN 0 END, l.tax_rate) - coalesce(l.tax_rate, b.tax_rate)) > 0.001
)
SELECT t.channel, t.order_id, t.order_ref, t.placed_at, t.updated_at, t.object, t.doc_entry, t.doc_num, t.currency,
       t.channel_total, t.channel_tax, t.b1_total, t.b1_tax,
       CAST(t.b1_tax - t.channel_tax AS DECIMAL(19,6)) AS tax_difference,
       CAST(e.lines AS BIGINT) AS taxed_lines,
       CAST(t.minor_unit * (e.lines + 1) * 0.5 AS DECIMAL(19,6)) AS explainable_gap,
       t.order_no NOT IN (SELECT order_no FROM other_rate) AS is_rate_equal,
       CASE WHEN t.channel_tax = e.by_line * t.minor_unit AND t.b1_tax = e.by_document * t.minor_unit
            THEN 'channel_by_line'
            WHEN t.channel_tax = e.by_document * t.minor_unit AND t.b1_tax = e.by_line * t.minor_unit
            THEN 'b1_by_line' END AS rounding_method,
       c.tax_code
FROM suspected AS t
JOIN expected AS e ON e.order_no = t.order_no
LEFT JOIN code AS c ON c.order_no = t.order_no;
