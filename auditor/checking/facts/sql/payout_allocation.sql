-- Which order, which refund and which documents of B1 each sale and refund in a payout belongs to.
-- payout_item: one row per line of kind charge or refund, with the rules by which its order and refund were found.
CREATE OR REPLACE TABLE fact.payout_item AS
WITH line AS (
    SELECT l.channel, l.line_id, l.payout_id, l.kind, l.currency, l.gross, l.processed_at, l.order_id, l.order_ref,
           l.transaction_id, matching.reference_key(l.order_ref, c.reference_prefix) AS reference_key
    FROM canonical.payout_line AS l
    JOIN setting.channel AS c ON c.channel = l.channel
    WHERE l.kind IN ('charge', 'refund') AND l.gross <> 0 AND l.is_test IS NOT TRUE
), by_reference AS (
    SELECT channel, reference_key, min(order_id) AS order_id FROM matching.channel_order
    WHERE reference_key IS NOT NULL GROUP BY channel, reference_key HAVING count(*) = 1
), by_payment AS (
    SELECT channel, payment_id, min(order_id) AS order_id FROM canonical.sales_payment
    WHERE payment_id IS NOT NULL GROUP BY channel, payment_id HAVING count(DISTINCT order_id) = 1
), placed AS (
    SELECT l.*, coalesce(o.order_id, r.order_id, p.order_id) AS found_order,
           CASE WHEN o.order_id IS NOT NULL THEN 'order_id' WHEN r.order_id IS NOT NULL THEN 'reference'
                WHEN p.order_id IS NOT NULL THEN 'payment' END AS order_rule
    FROM line AS l
    LEFT JOIN matching.channel_order AS o ON o.channel = l.channel AND o.order_id = l.order_id
    LEFT JOIN by_reference AS r ON r.channel = l.channel AND r.reference_key = l.reference_key
    LEFT JOIN by_payment AS p ON p.channel = l.channel AND p.payment_id = l.transaction_id
), back AS (
    SELECT channel, line_id, found_order, -gross AS amount, currency, transaction_id FROM placed WHERE kind = 'refund'
), paid_back AS (
    -- the refund's transaction as the shop calls it, from what the provider calls it
    SELECT channel, order_id, payment_id, transaction_id FROM canonical.sales_payment
    WHERE kind = 'refund' AND payment_id IS NOT NULL
), named AS (
    SELECT b.channel, b.line_id, r.refund_id, 1 AS rank, 'transaction' AS rule
    FROM back AS b
    JOIN canonical.refund AS r ON r.channel = b.channel AND r.transaction_id = b.transaction_id
    UNION ALL
    SELECT b.channel, b.line_id, r.refund_id, 2, 'payment'
    FROM back AS b
    JOIN paid_back AS p ON p.channel = b.channel AND p.payment_id = b.transaction_id
    JOIN canonical.refund AS r ON r.channel = p.channel AND r.order_id = p.order_id AND r.transaction_id = p.transaction_id
    UNION ALL
    -- Mirakl numbers the parts of a refund: 880002-1
    SELECT b.channel, b.line_id, r.refund_id, 3, 'refund_id'
    FROM back AS b
    JOIN canonical.refund AS r ON r.channel = b.channel AND r.refund_id = split_part(b.transaction_id, '-', 1)
    WHERE b.transaction_id IS NOT NULL
), clear AS (
    SELECT channel, line_id, min(refund_id) AS refund_id, min(rule) AS rule
    FROM (SELECT *, min(rank) OVER (PARTITION BY channel, line_id) AS best FROM named)
    WHERE rank = best GROUP BY channel, line_id HAVING count(DISTINCT refund_id) = 1
), rest AS (
    SELECT b.* FROM back AS b ANTI JOIN clear AS x ON x.channel = b.channel AND x.line_id = b.line_id
    WHERE b.found_order IS NOT NULL
), free AS (
    SELECT r.channel, r.refund_id, r.order_id, r.total, r.currency FROM canonical.refund AS r
    ANTI JOIN clear AS x ON x.channel = r.channel AND x.refund_id = r.refund_id
    WHERE r.total > 0 AND r.transaction_status = 'success'
), same_amount AS (
    SELECT b.channel, b.line_id, min(f.refund_id) AS refund_id, count(*) AS choices,
           count(*) OVER (PARTITION BY b.channel, min(f.refund_id)) AS wanted
    FROM rest AS b
    JOIN free AS f ON f.channel = b.channel AND f.order_id = b.found_order AND f.total = b.amount
    GROUP BY b.channel, b.line_id
), by_amount AS (
    SELECT channel, line_id, refund_id FROM same_amount WHERE choices = 1 AND wanted = 1
), only_one AS (
    -- the order's only refund that nothing else is, and its only movement
    SELECT b.channel, min(b.line_id) AS line_id, min(f.refund_id) AS refund_id
    FROM (SELECT b.* FROM rest AS b ANTI JOIN by_amount AS x ON x.channel = b.channel AND x.line_id = b.line_id) AS b
    JOIN (SELECT f.* FROM free AS f ANTI JOIN by_amount AS x ON x.channel = f.channel AND x.refund_id = f.refund_id) AS f
      ON f.channel = b.channel AND f.order_id = b.found_order
    GROUP BY b.channel, b.found_order HAVING count(*) = 1
), refund AS (
    SELECT channel, line_id, refund_id, rule FROM clear
    UNION ALL SELECT channel, line_id, refund_id, 'order_and_amount' FROM by_amount
    UNION ALL SELECT channel, line_id, refund_id, 'order' FROM only_one
)
SELECT p.channel, p.line_id, p.payout_id, p.kind, p.currency, p.gross, p.processed_at,
       p.found_order AS order_id, p.order_rule, p.order_ref, p.reference_key, r.refund_id, r.rule AS refund_rule
FROM placed AS p
LEFT JOIN refund AS r ON r.channel = p.channel AND r.line_id = p.line_id;

-- payout_order: what a provider moved for each order that the channel knows, beside what B1 has of it.
-- paid_elsewhere: gift cards, store credit and money by hand, which no provider pays out.
CREATE OR REPLACE TABLE fact.payout_order AS
WITH moved AS (
    SELECT channel, order_id, min(currency) AS currency,
           sum(CASE WHEN kind = 'charge' THEN gross ELSE 0 END) AS charged,
           sum(CASE WHEN kind = 'refund' THEN gross ELSE 0 END) AS given_back,
           count(*) FILTER (WHERE kind = 'charge') AS charges, count(*) FILTER (WHERE payout_id IS NULL) AS waiting,
           max(processed_at) AS last_at,
           coalesce(arg_max(payout_id, processed_at) FILTER (WHERE kind = 'charge'), max(payout_id)) AS payout_id
    FROM fact.payout_item WHERE order_id IS NOT NULL
    GROUP BY channel, order_id
), elsewhere AS (
    SELECT channel, order_id, sum(amount) AS amount FROM canonical.sales_payment
    WHERE status = 'success' AND kind IN ('sale', 'capture') AND gateway IN ('gift_card', 'store_credit', 'manual')
    GROUP BY channel, order_id
), captured AS (
    SELECT channel, order_id, sum(amount) AS amount FROM canonical.sales_payment
    WHERE status = 'success' AND kind IN ('sale', 'capture') AND gateway NOT IN ('gift_card', 'store_credit', 'manual')
    GROUP BY channel, order_id
), invoiced AS (
    SELECT l.order_no, sum(i.total) AS total FROM matching.link AS l
    JOIN canonical.b1_invoice AS i ON l.object = 'invoice' AND i.doc_entry = l.doc_entry
    GROUP BY l.order_no
)
SELECT m.channel, m.order_id, m.currency, m.charges, m.waiting, m.last_at, m.payout_id,
       CAST(m.charged AS DECIMAL(19,6)) AS charged, CAST(m.given_back AS DECIMAL(19,6)) AS given_back,
       CAST(coalesce(e.amount, 0) AS DECIMAL(19,6)) AS paid_elsewhere, CAST(c.amount AS DECIMAL(19,6)) AS captured,
       coalesce(d.orders, 0) AS orders, coalesce(d.invoices, 0) AS invoices,
       CASE WHEN d.orders = 1 THEN 'order' WHEN d.invoices > 0 THEN 'invoice' END AS object,
       CASE WHEN d.orders = 1 THEN d.order_entry WHEN d.invoices > 0 THEN d.invoice_entry END AS doc_entry,
       CAST(CASE WHEN d.orders = 1 THEN b.total WHEN d.invoices > 0 THEN i.total END AS DECIMAL(19,6)) AS b1_total,
       coalesce(w.open_drafts, 0) AS open_drafts
FROM moved AS m
JOIN matching.channel_order AS o ON o.channel = m.channel AND o.order_id = m.order_id
LEFT JOIN matching.document_count AS d ON d.order_no = o.order_no
LEFT JOIN canonical.b1_order AS b ON d.orders = 1 AND b.doc_entry = d.order_entry
LEFT JOIN invoiced AS i ON i.order_no = o.order_no
LEFT JOIN matching.unposted_order AS w ON w.channel = m.channel AND w.order_id = m.order_id
LEFT JOIN elsewhere AS e ON e.channel = m.channel AND e.order_id = m.order_id
LEFT JOIN captured AS c ON c.channel = m.channel AND c.order_id = m.order_id;

-- payout_allocation: the amount of each line on the invoices or credit memos that it settles, in the order in which
-- they were made; what is more than they come to stands on no document (doc_entry NULL). The parts of a line add up to it.
CREATE OR REPLACE TABLE fact.payout_allocation AS
WITH line AS (
    SELECT channel, line_id, kind, CASE WHEN kind = 'charge' THEN order_id ELSE refund_id END AS subject, abs(gross) AS amount,
           CASE WHEN gross < 0 THEN -1 ELSE 1 END AS sign, processed_at
    FROM fact.payout_item
    WHERE (kind = 'charge' AND gross > 0) OR (kind = 'refund' AND gross < 0)
), reach AS (
    SELECT *, sum(amount) OVER w AS until, sum(amount) OVER w - amount AS since FROM line WHERE subject IS NOT NULL
    WINDOW w AS (PARTITION BY channel, kind, subject ORDER BY processed_at, line_id ROWS UNBOUNDED PRECEDING)
), document AS (
    SELECT x.channel, 'charge' AS kind, x.order_id AS subject, 'invoice' AS object, i.doc_entry, i.total AS amount
    FROM matching.order_document AS x
    JOIN canonical.b1_invoice AS i ON x.object = 'invoice' AND i.doc_entry = x.doc_entry
    UNION ALL
    SELECT DISTINCT x.channel, 'refund', x.refund_id, 'credit_memo', m.doc_entry, m.total
    FROM matching.refund_credit_memo AS x
    JOIN canonical.b1_credit_memo AS m ON m.doc_entry = x.doc_entry
), room AS (
    SELECT *, sum(amount) OVER w AS until, sum(amount) OVER w - amount AS since FROM document WHERE amount > 0
    WINDOW w AS (PARTITION BY channel, kind, subject ORDER BY doc_entry ROWS UNBOUNDED PRECEDING)
), part AS (
    SELECT l.channel, l.line_id, d.object, d.doc_entry,
           (least(l.until, d.until) - greatest(l.since, d.since)) * l.sign AS amount
    FROM reach AS l
    JOIN room AS d ON d.channel = l.channel AND d.kind = l.kind AND d.subject = l.subject
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
