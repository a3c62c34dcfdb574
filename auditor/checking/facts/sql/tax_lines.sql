-- The more lines were rounded, the further their roundings may stray: all taxed lines of a code and month count, also
-- those of documents without a difference. Asked only where a month has strayed at all.
CREATE OR REPLACE TEMP TABLE tax_lines AS
SELECT x.channel, l.tax_code, strftime(d.doc_on, '%Y-%m') AS period, d.currency, count(*) AS lines
FROM matching.order_document AS x
JOIN canonical.b1_invoice AS d ON d.doc_entry = x.doc_entry
JOIN canonical.b1_invoice_line AS l ON l.doc_entry = d.doc_entry
WHERE x.object = 'invoice' AND l.tax_rate > 0
  AND strftime(d.doc_on, '%Y-%m') IN (SELECT period FROM fact.tax_period WHERE abs(difference) > 1)
GROUP BY x.channel, l.tax_code, period, d.currency;

UPDATE fact.tax_period AS p SET lines = greatest(p.lines, t.lines)
FROM tax_lines AS t
WHERE t.channel = p.channel AND t.tax_code = p.tax_code AND t.period = p.period AND t.currency = p.currency;
