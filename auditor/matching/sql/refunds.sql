-- Which credit memo gave a refund back in the books.
CREATE TABLE matching.refund_credit_memo AS
WITH refund AS (
    SELECT channel, refund_id, order_id, order_no, matching.tail(refund_id) AS id FROM canonical.refund
), memo AS (
    SELECT c.channel, m.doc_entry, matching.tail(m.refund_id) AS id
    FROM canonical.b1_credit_memo AS m
    JOIN setting.channel AS c ON c.card_code = m.card_code
    WHERE m.is_cancelled IS NOT TRUE AND m.is_cancellation IS NOT TRUE
)
SELECT r.channel, r.refund_id, r.order_id, r.order_no, m.doc_entry, 'refund_id' AS rule
FROM memo AS m JOIN refund AS r ON r.channel = m.channel AND r.id = m.id;

-- Without the id: the same order, the same amount within a penny a line, ten days apart at most, nothing else fits.
CREATE OR REPLACE TEMP TABLE refund_candidate AS
WITH line AS (
    SELECT channel, refund_id, count(*) AS lines FROM canonical.refund_line WHERE net IS DISTINCT FROM 0 GROUP BY channel, refund_id
), open_refund AS (
    SELECT r.channel, r.refund_id, r.order_id, r.order_no, r.total, r.currency,
           CAST((coalesce(r.processed_at, r.created_at) AT TIME ZONE 'UTC') AT TIME ZONE c.timezone AS DATE) AS refunded_on,
           least(0.10, greatest(0.02, 0.01 * coalesce(l.lines, 0))) AS tolerance
    FROM canonical.refund AS r
    JOIN setting.channel AS c ON c.channel = r.channel
    LEFT JOIN line AS l ON l.channel = r.channel AND l.refund_id = r.refund_id
    WHERE r.total > 0 AND r.transaction_status = 'success'
      AND NOT EXISTS (SELECT 1 FROM matching.refund_credit_memo AS x
                      WHERE x.channel = r.channel AND x.refund_id = r.refund_id)
), open_memo AS (
    SELECT x.order_no, m.doc_entry, m.total, m.currency, m.doc_on
    FROM matching.link AS x
    JOIN canonical.b1_credit_memo AS m ON m.doc_entry = x.doc_entry
    WHERE x.object = 'credit_memo' AND coalesce(trim(m.refund_id), '') = ''
)
SELECT r.channel, r.refund_id, r.order_id, r.order_no, m.doc_entry,
       count(*) OVER (PARTITION BY r.channel, r.refund_id) = 1 AND count(*) OVER (PARTITION BY m.doc_entry) = 1 AS is_unique
FROM open_refund AS r
JOIN open_memo AS m
  ON m.order_no = r.order_no AND m.currency = r.currency
 AND abs(m.total - r.total) <= r.tolerance AND abs(date_diff('day', r.refunded_on, m.doc_on)) <= 10;

INSERT INTO matching.refund_credit_memo
SELECT channel, refund_id, order_id, order_no, doc_entry, 'order_and_amount' FROM refund_candidate WHERE is_unique;
INSERT INTO matching.ambiguous
SELECT channel, 'refund', refund_id, 'credit_memo', doc_entry, 'order_and_amount' FROM refund_candidate WHERE NOT is_unique;

-- Credit memos that wait as drafts.
CREATE TABLE matching.refund_draft AS
SELECT r.channel, r.refund_id, d.doc_entry
FROM canonical.b1_draft AS d
JOIN setting.channel AS c ON c.card_code = d.card_code
JOIN canonical.refund AS r ON r.channel = c.channel AND matching.tail(r.refund_id) = matching.tail(d.refund_id)
WHERE d.status = 'open' AND d.object_code IN ('14', 'oCreditNotes')
  AND d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE;
