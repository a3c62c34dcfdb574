-- plant: hundreds of documents of a month were rounded up
-- Planted on the fact: made on the documents, it would need hundreds of orders that no other plant touches.
-- victim
WITH month AS (
    SELECT l.tax_code, STRFTIME(i.doc_on, '%Y-%m') AS period, i.currency, COUNT(DISTINCT i.doc_entry) AS invoices
    FROM matching.order_document AS x
    JOIN canonical.b1_invoice AS i ON i.doc_entry = x.doc_entry
    JOIN canonical.b1_invoice_line AS l ON l.doc_entry = i.doc_entry AND l.tax > 0
    WHERE x.channel = $channel AND x.object = 'invoice' AND i.doc_on < CAST($as_of AS DATE)
    GROUP BY l.tax_code, STRFTIME(i.doc_on, '%Y-%m'), i.currency
)
SELECT CONCAT(m.tax_code, ':', m.period, ':', m.currency) AS subject_id, 50.00 AS money_at_risk, 'rounding_method' AS cause,
       m.tax_code, m.period, m.currency
FROM month AS m
LEFT JOIN fact.tax_period AS p
  ON p.channel = $channel AND p.tax_code = m.tax_code AND p.period = m.period AND p.currency = m.currency
ORDER BY COALESCE(p.documents, 0), m.invoices DESC, m.period DESC, m.tax_code, m.currency
-- change
DELETE FROM fact.tax_period WHERE channel = $channel AND tax_code = $tax_code AND period = $period AND currency = $currency
-- change
INSERT INTO fact.tax_period BY NAME
SELECT $channel AS channel, $tax_code AS tax_code, $period AS period, $currency AS currency, 500 AS documents, 1500 AS lines,
       50.00 AS difference, 500 AS above, 0 AS below, 'document' AS channel_method, 'line' AS b1_method, 500 AS same_method,
       CAST($as_of AS TIMESTAMP) AS last_at, CAST($as_of AS TIMESTAMP) AS updated_at
