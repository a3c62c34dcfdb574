-- The credit memos of the channels' orders, and what each of them has to do with the refunds.
CREATE OR REPLACE TABLE fact.order_credit_memo AS
WITH belonging AS (
    SELECT channel, order_id, order_no, doc_entry FROM matching.order_document WHERE object = 'credit_memo'
    UNION
    SELECT channel, order_id, order_no, doc_entry FROM matching.refund_credit_memo
), matched AS (
    SELECT x.channel, x.doc_entry, min(x.refund_id) AS refund_id,
           bool_and(r.transaction_status = 'failed') AS is_failed,
           bool_or(r.transaction_id IS NOT NULL) AS tells_payment
    FROM matching.refund_credit_memo AS x
    JOIN canonical.refund AS r ON r.channel = x.channel AND r.refund_id = x.refund_id
    GROUP BY x.channel, x.doc_entry
), line AS (
    SELECT doc_entry, count(*) AS lines, bool_or(base_type IN (13, 15, 16, 203)) AS is_based
    FROM canonical.b1_credit_memo_line WHERE doc_entry IN (SELECT doc_entry FROM belonging) GROUP BY doc_entry
), goodwill AS (
    SELECT e.doc_entry, CAST(sum(e.net + e.tax) AS DECIMAL(19,6)) AS goodwill
    FROM canonical.b1_credit_memo_expense AS e
    JOIN setting.expense AS k ON k.expense_code = e.expense_code AND k.kind = 'goodwill'
    WHERE e.doc_entry IN (SELECT doc_entry FROM belonging) GROUP BY e.doc_entry
), waiting AS (
    -- Orders with money paid back for which no credit memo is known: then that refund is what is wrong.
    SELECT DISTINCT r.order_no
    FROM canonical.refund AS r
    WHERE r.total > 0 AND r.transaction_status IN ('success', 'pending')
      AND NOT EXISTS (SELECT 1 FROM matching.refund_credit_memo AS x
                      WHERE x.channel = r.channel AND x.refund_id = r.refund_id)
), doubtful AS (
    SELECT DISTINCT channel, doc_entry FROM matching.ambiguous WHERE subject = 'refund' AND object = 'credit_memo'
), memo AS (
    SELECT b.channel, b.order_id, b.order_no, d.doc_entry, d.doc_num, d.currency, d.total, d.doc_on, d.created_at, d.updated_at,
           d.refund_id AS named_refund, d.payment_id, d.return_reason, m.refund_id, m.is_failed, m.tells_payment,
           u.doc_entry IS NOT NULL AS is_ambiguous, w.order_no IS NOT NULL AS is_refund_waiting,
           coalesce(l.lines, 0) AS lines, coalesce(l.is_based, FALSE) AS is_based, coalesce(g.goodwill, 0) AS goodwill
    FROM belonging AS b
    JOIN canonical.b1_credit_memo AS d ON d.doc_entry = b.doc_entry
    LEFT JOIN matched AS m ON m.channel = b.channel AND m.doc_entry = b.doc_entry
    LEFT JOIN line AS l ON l.doc_entry = b.doc_entry
    LEFT JOIN goodwill AS g ON g.doc_entry = b.doc_entry
    LEFT JOIN waiting AS w ON w.order_no = b.order_no
    LEFT JOIN doubtful AS u ON u.channel = b.channel AND u.doc_entry = b.doc_entry
), copy AS (
    -- The same amount was credited before for a refund of the order, and nothing else was refunded.
    SELECT c.order_no, c.doc_entry, min(m.refund_id) AS refund_id
    FROM memo AS c
    JOIN memo AS m
      ON m.order_no = c.order_no AND m.currency = c.currency AND m.total = c.total
    WHERE c.refund_id IS NULL AND NOT c.is_ambiguous AND NOT c.is_refund_waiting
      AND m.refund_id IS NOT NULL AND m.is_failed IS NOT TRUE
    GROUP BY c.order_no, c.doc_entry
)
SELECT m.*, c.refund_id AS copied_refund
FROM memo AS m
LEFT JOIN copy AS c ON c.order_no = m.order_no AND c.doc_entry = m.doc_entry;

-- What was invoiced and what was credited of each order that has a credit memo. Goodwill is given beside the invoice.
CREATE OR REPLACE TABLE fact.order_credit AS
WITH credited AS (
    SELECT channel, order_id, order_no, max(doc_entry) AS doc_entry, arg_max(doc_num, doc_entry) AS doc_num,
           min(currency) AS currency, count(DISTINCT currency) AS currencies, count(*) AS credit_memos,
           CAST(sum(total - goodwill) AS DECIMAL(19,6)) AS credited, max(created_at) AS created_at,
           max(updated_at) AS updated_at, bool_and(refund_id IS NOT NULL AND is_failed IS NOT TRUE) AS is_all_refunded
    FROM fact.order_credit_memo GROUP BY channel, order_id, order_no
), invoiced AS (
    SELECT x.order_no, CAST(sum(d.total) AS DECIMAL(19,6)) AS invoiced, count(*) AS invoices,
           min(d.currency) AS currency, count(DISTINCT d.currency) AS currencies
    FROM matching.link AS x
    JOIN canonical.b1_invoice AS d ON d.doc_entry = x.doc_entry
    WHERE x.object = 'invoice' AND x.order_no IN (SELECT order_no FROM credited)
    GROUP BY x.order_no
)
SELECT c.channel, c.order_id, c.order_no, c.doc_entry, c.doc_num, c.currency, c.credit_memos, c.credited, i.invoiced, i.invoices,
       c.is_all_refunded, c.created_at, c.updated_at
FROM credited AS c
JOIN invoiced AS i ON i.order_no = c.order_no AND i.currency = c.currency
WHERE c.currencies = 1 AND i.currencies = 1;

-- Refunds whose credit memo is dated in another posting period than the money moved, by the company's own days.
CREATE OR REPLACE TABLE fact.refund_period AS
WITH credited AS (
    SELECT x.channel, x.refund_id, x.order_id, x.order_no, m.doc_entry, m.doc_num, m.doc_on, m.total, m.currency, m.updated_at,
           coalesce(r.processed_at, r.created_at) AS refunded_at,
           CAST((coalesce(r.processed_at, r.created_at) AT TIME ZONE 'UTC') AT TIME ZONE c.timezone AS DATE) AS refunded_on
    FROM matching.refund_credit_memo AS x
    JOIN canonical.refund AS r ON r.channel = x.channel AND r.refund_id = x.refund_id
    JOIN canonical.b1_credit_memo AS m ON m.doc_entry = x.doc_entry
    JOIN setting.channel AS c ON c.channel = x.channel
    WHERE r.transaction_status = 'success'
), moved AS (
    -- Few are dated on another day at all.
    SELECT c.* FROM credited AS c WHERE c.refunded_on <> c.doc_on
)
SELECT c.channel, c.refund_id, c.order_id, c.order_no, c.doc_entry, c.doc_num, c.currency, c.total, c.doc_on, c.updated_at,
       c.refunded_at, c.refunded_on, p.period_code AS refund_period, p.status AS refund_period_status,
       q.period_code AS memo_period
FROM moved AS c
JOIN canonical.b1_period AS p ON c.refunded_on BETWEEN p.from_on AND p.to_on
JOIN canonical.b1_period AS q ON c.doc_on BETWEEN q.from_on AND q.to_on
WHERE p.period_code <> q.period_code;
