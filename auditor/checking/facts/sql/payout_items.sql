-- Which order and which refund each sale and refund in a payout belongs to: fact.payout_item, one row per line of kind
-- charge or refund, with the rules by which its order and refund were found.
-- Almost every line is a sale that names its order by id; those are not written down again, the view reads them where
-- they stand. payout_item_traced: the others.
CREATE OR REPLACE TABLE fact.payout_item_traced AS
WITH line AS MATERIALIZED (
    SELECT l.channel, l.line_id, l.payout_id, l.kind, l.currency, l.gross, l.processed_at, l.order_ref, l.transaction_id,
           matching.reference_key(l.order_ref, c.reference_prefix) AS reference_key,
           CASE WHEN o.order_no IS NOT NULL THEN l.order_id END AS named_order, o.order_no AS named_no
    FROM canonical.payout_line AS l
    JOIN setting.channel AS c ON c.channel = l.channel
    LEFT JOIN matching.channel_order AS o ON o.order_no = l.order_no
    WHERE l.kind IN ('charge', 'refund') AND l.gross <> 0 AND l.is_test IS NOT TRUE
      AND (l.kind = 'refund' OR o.order_no IS NULL)
), by_reference AS (
    SELECT channel, reference_key, min(order_id) AS order_id, min(order_no) AS order_no FROM matching.channel_order
    WHERE reference_key IN (SELECT reference_key FROM line WHERE named_order IS NULL)
    GROUP BY channel, reference_key HAVING count(*) = 1
), by_payment AS (
    SELECT channel, payment_id, min(order_id) AS order_id, min(order_no) AS order_no FROM canonical.sales_payment
    WHERE payment_id IN (SELECT transaction_id FROM line WHERE named_order IS NULL)
    GROUP BY channel, payment_id HAVING min(order_no) = max(order_no)
), placed AS MATERIALIZED (
    SELECT l.*, coalesce(l.named_order, r.order_id, p.order_id) AS found_order,
           coalesce(l.named_no, r.order_no, p.order_no) AS found_no,
           CASE WHEN l.named_order IS NOT NULL THEN 'order_id' WHEN r.order_id IS NOT NULL THEN 'reference'
                WHEN p.order_id IS NOT NULL THEN 'payment' END AS order_rule
    FROM line AS l
    LEFT JOIN by_reference AS r ON l.named_order IS NULL AND r.channel = l.channel AND r.reference_key = l.reference_key
    LEFT JOIN by_payment AS p ON l.named_order IS NULL AND p.channel = l.channel AND p.payment_id = l.transaction_id
), back AS MATERIALIZED (
    SELECT channel, line_id, found_no, -gross AS amount, currency, transaction_id, processed_at
    FROM placed WHERE kind = 'refund'
), paid_back AS (
    -- the refund's transaction as the shop calls it, from what the provider calls it
    SELECT channel, order_no, payment_id, transaction_id FROM canonical.sales_payment
    WHERE kind = 'refund' AND payment_id IS NOT NULL
), named AS (
    SELECT b.channel, b.line_id, r.refund_id, 1 AS rank, 'transaction' AS rule
    FROM back AS b
    JOIN canonical.refund AS r ON r.channel = b.channel AND r.transaction_id = b.transaction_id
    UNION ALL
    SELECT b.channel, b.line_id, r.refund_id, 2, 'payment'
    FROM back AS b
    JOIN paid_back AS p ON p.channel = b.channel AND p.payment_id = b.transaction_id
    JOIN canonical.refund AS r ON r.order_no = p.order_no AND r.transaction_id = p.transaction_id
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
    WHERE b.found_no IS NOT NULL
), free AS (
    SELECT r.channel, r.refund_id, r.order_no, r.total, r.currency, coalesce(r.created_at, r.processed_at) AS made_at
    FROM canonical.refund AS r
    ANTI JOIN clear AS x ON x.channel = r.channel AND x.refund_id = r.refund_id
    WHERE r.total > 0 AND r.transaction_status = 'success'
), by_amount AS (
    -- Refunds of one order and amount are paid out in the order in which they were made.
    SELECT b.channel, b.line_id, f.refund_id
    FROM (
        SELECT *, row_number() OVER (PARTITION BY found_no, amount ORDER BY processed_at, line_id) AS place
        FROM rest
    ) AS b
    JOIN (
        SELECT *, row_number() OVER (PARTITION BY order_no, total ORDER BY made_at, refund_id) AS place
        FROM free
    ) AS f ON f.order_no = b.found_no AND f.total = b.amount AND f.place = b.place
), only_one AS (
    -- the order's only refund that nothing else is, and its only movement
    SELECT b.channel, min(b.line_id) AS line_id, min(f.refund_id) AS refund_id
    FROM (SELECT b.* FROM rest AS b ANTI JOIN by_amount AS x ON x.channel = b.channel AND x.line_id = b.line_id) AS b
    JOIN (SELECT f.* FROM free AS f ANTI JOIN by_amount AS x ON x.channel = f.channel AND x.refund_id = f.refund_id) AS f
      ON f.order_no = b.found_no
    GROUP BY b.channel, b.found_no HAVING count(*) = 1
), refund AS (
    SELECT channel, line_id, refund_id, rule FROM clear
    UNION ALL SELECT channel, line_id, refund_id, 'order_and_amount' FROM by_amount
    UNION ALL SELECT channel, line_id, refund_id, 'order' FROM only_one
)
SELECT p.channel, p.line_id, p.payout_id, p.kind, p.currency, p.gross, p.processed_at,
       p.found_order AS order_id, p.found_no AS order_no, p.order_rule, p.order_ref, p.reference_key, r.refund_id,
       r.rule AS refund_rule
FROM placed AS p
LEFT JOIN refund AS r ON p.kind = 'refund' AND r.channel = p.channel AND r.line_id = p.line_id;

CREATE OR REPLACE VIEW fact.payout_item AS
SELECT l.channel, l.line_id, l.payout_id, l.kind, l.currency, l.gross, l.processed_at, l.order_id, l.order_no,
       'order_id' AS order_rule, l.order_ref, matching.reference_key(l.order_ref, c.reference_prefix) AS reference_key,
       CAST(NULL AS VARCHAR) AS refund_id, CAST(NULL AS VARCHAR) AS refund_rule
FROM canonical.payout_line AS l
JOIN setting.channel AS c ON c.channel = l.channel
SEMI JOIN matching.channel_order AS o ON o.order_no = l.order_no
WHERE l.kind = 'charge' AND l.gross <> 0 AND l.is_test IS NOT TRUE
UNION ALL
FROM fact.payout_item_traced;
