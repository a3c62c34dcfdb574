-- payout_allocation: the amount of each line on the invoices or credit memos that it settles, in the order in which
-- they were made; what is more than they come to stands on no document (doc_entry NULL). The parts of a line add up to it,
-- no document takes more of an order than it comes to, and no line settles a document in another currency.
CREATE OR REPLACE TABLE fact.payout_allocation AS
WITH line AS (
    SELECT channel, line_id, kind, currency, CASE WHEN kind = 'charge' THEN order_id ELSE refund_id END AS subject,
           abs(gross) AS amount, CASE WHEN gross < 0 THEN -1 ELSE 1 END AS sign, processed_at
    FROM fact.payout_item
    WHERE (kind = 'charge' AND gross > 0) OR (kind = 'refund' AND gross < 0)
), reach AS (
    SELECT *, sum(amount) OVER w AS until, sum(amount) OVER w - amount AS since FROM line WHERE subject IS NOT NULL
    WINDOW w AS (PARTITION BY channel, kind, subject, currency ORDER BY processed_at, line_id ROWS UNBOUNDED PRECEDING)
), document AS (
    SELECT x.channel, 'charge' AS kind, x.order_id AS subject, i.currency, 'invoice' AS object, i.doc_entry, i.total AS amount
    FROM matching.order_document AS x
    JOIN canonical.b1_invoice AS i ON x.object = 'invoice' AND i.doc_entry = x.doc_entry
    UNION ALL
    SELECT DISTINCT x.channel, 'refund', x.refund_id, m.currency, 'credit_memo', m.doc_entry, m.total
    FROM matching.refund_credit_memo AS x
    JOIN canonical.b1_credit_memo AS m ON m.doc_entry = x.doc_entry
), room AS (
    SELECT *, sum(amount) OVER w AS until, sum(amount) OVER w - amount AS since FROM document WHERE amount > 0
    WINDOW w AS (PARTITION BY channel, kind, subject, currency ORDER BY doc_entry ROWS UNBOUNDED PRECEDING)
), part AS (
    SELECT l.channel, l.line_id, d.object, d.doc_entry,
           (least(l.until, d.until) - greatest(l.since, d.since)) * l.sign AS amount
    FROM reach AS l
    JOIN room AS d ON d.channel = l.channel AND d.kind = l.kind AND d.subject = l.subject AND d.currency = l.currency
                  AND l.since < d.until AND d.since < l.until
), booked AS (
    SELECT channel, line_id, sum(amount) AS amount FROM part GROUP BY channel, line_id
)
SELECT channel, line_id, object, doc_entry, CAST(amount AS DECIMAL(19,6)) AS amount FROM part
UNION ALL
SELECT i.channel, i.line_id, NULL, NULL, CAST(i.gross - coalesce(b.amount, 0) AS DECIMAL(19,6))
FROM fact.payout_item AS i
LEFT JOIN booked AS b ON b.channel = i.channel AND b.line_id = i.line_id
WHERE i.gross <> coalesce(b.amount, 0);
