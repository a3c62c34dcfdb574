-- The more lines were rounded, the further their roundings may stray: all taxed lines of a code and month count, also
-- those of documents without a difference. Asked only where a month has strayed at all.
CREATE OR REPLACE TEMP TABLE tax_lines AS
WITH document AS (
    -- One number for channel, currency and month: millions of lines are then counted by it instead of by three texts.
    SELECT d.doc_entry, hash(x.channel, d.currency, CAST(date_trunc('month', d.doc_on) AS DATE)) AS cell
    FROM matching.link AS x
    JOIN canonical.b1_invoice AS d ON d.doc_entry = x.doc_entry
    WHERE x.object = 'invoice' AND CAST(date_trunc('month', d.doc_on) AS DATE) IN (
        SELECT CAST(period || '-01' AS DATE) FROM fact.tax_period WHERE abs(difference) > 1)
)
SELECT d.cell, l.tax_code, count(*) AS lines
FROM document AS d JOIN canonical.b1_invoice_line AS l ON l.doc_entry = d.doc_entry
WHERE l.tax_rate > 0
GROUP BY d.cell, l.tax_code;

UPDATE fact.tax_period AS p SET lines = greatest(p.lines, t.lines)
FROM tax_lines AS t
WHERE t.cell = hash(CAST(p.channel AS matching.channel), p.currency, CAST(p.period || '-01' AS DATE)) AND t.tax_code = p.tax_code;
