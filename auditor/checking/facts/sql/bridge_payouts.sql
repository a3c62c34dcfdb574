-- The second half of the bridge: from what B1 invoiced to what was paid out, and to what of it is in the books.

CREATE OR REPLACE TEMP TABLE bridge_payout AS
SELECT row_number() OVER (ORDER BY p.channel, p.payout_id) AS payout_no, p.channel, p.payout_id, c.period, p.currency, p.net,
       s.postings, s.due_at
FROM canonical.payout AS p
JOIN bridge_calendar AS c ON c.quarter_at = time_bucket(INTERVAL 15 MINUTE, p.issued_at)
JOIN fact.payout_sum AS s ON s.channel = p.channel AND s.payout_id = p.payout_id
WHERE p.status = 'paid';

-- Lines of payouts that are paid, in numbers, with the order that they belong to where it is known.
CREATE OR REPLACE TEMP TABLE bridge_line AS
WITH asked AS (
    SELECT DISTINCT l.channel, matching.reference_key(l.order_ref, c.reference_prefix) AS reference_key
    FROM canonical.payout_line AS l JOIN setting.channel AS c ON c.channel = l.channel
    WHERE l.order_no IS NULL AND l.order_ref IS NOT NULL
), known AS (
    SELECT o.channel, o.reference_key, min(o.order_no) AS order_no FROM matching.channel_order AS o
    SEMI JOIN asked AS a ON a.channel = o.channel AND a.reference_key = o.reference_key
    GROUP BY o.channel, o.reference_key HAVING count(*) = 1
)
SELECT p.payout_no, l.kind,
       CASE WHEN l.order_no IS NULL THEN k.order_no
            WHEN l.order_no IN (SELECT order_no FROM matching.channel_order) THEN l.order_no
       END AS order_no,
       coalesce(l.gross, 0) AS gross, coalesce(l.fee, 0) + coalesce(l.tax, 0) AS fee
FROM bridge_payout AS p
JOIN canonical.payout_line AS l ON l.channel = p.channel AND l.payout_id = p.payout_id
JOIN setting.channel AS c ON c.channel = p.channel
LEFT JOIN known AS k
  ON l.order_no IS NULL AND k.channel = l.channel AND k.reference_key = matching.reference_key(l.order_ref, c.reference_prefix)
WHERE l.kind IS DISTINCT FROM 'transfer' AND l.is_test IS NOT TRUE AND l.currency IS NOT DISTINCT FROM p.currency;

-- Only the orders whose payments differ from the books: one number for each side, as above.
CREATE OR REPLACE TEMP TABLE bridge_odd_payment AS
SELECT order_no FROM (
    SELECT order_no, CAST(hash('sale', currency, period, total) >> 3 AS BIGINT) AS mark
    FROM bridge_invoice
    UNION ALL
    SELECT order_no, CAST(hash('refund', currency, period, -total) >> 3 AS BIGINT)
    FROM bridge_memo WHERE order_no IS NOT NULL
    UNION ALL
    SELECT l.order_no, -CAST(hash(CASE l.kind WHEN 'charge' THEN 'sale' ELSE 'refund' END, p.currency, p.period,
                                  CAST(l.gross AS DECIMAL(19,6))) >> 3 AS BIGINT)
    FROM bridge_line AS l JOIN bridge_payout AS p ON p.payout_no = l.payout_no
    WHERE l.order_no IS NOT NULL AND l.kind IN ('charge', 'refund')
) AS side
GROUP BY order_no HAVING sum(mark) <> 0;

-- What each of them is in each month: in the books and in payouts, sales and refunds apart.
CREATE OR REPLACE TEMP TABLE bridge_settlement AS
SELECT order_no, leg, currency, period, sum(posted) AS posted, sum(settled) AS settled, sum(rounded) AS rounded,
       sum(documents) AS documents, sum(lines) AS lines, min(payout_id) AS payout_id
FROM (
    SELECT order_no, 'sale' AS leg, currency, period, total AS posted, 0 AS settled, rounding AS rounded, 1 AS documents,
           0 AS lines, NULL AS payout_id
    FROM bridge_invoice
    UNION ALL
    SELECT order_no, 'refund', currency, period, -total, 0, 0, 1, 0, NULL FROM bridge_memo WHERE order_no IS NOT NULL
    UNION ALL
    SELECT l.order_no, CASE l.kind WHEN 'charge' THEN 'sale' ELSE 'refund' END, p.currency, p.period, 0, l.gross, 0, 0, 1,
           p.payout_id
    FROM bridge_line AS l JOIN bridge_payout AS p ON p.payout_no = l.payout_no
    WHERE l.order_no IS NOT NULL AND l.kind IN ('charge', 'refund')
) AS side
WHERE order_no IN (SELECT order_no FROM bridge_odd_payment)
GROUP BY order_no, leg, currency, period;

-- What the channel says was sold and given back, and what was paid with vouchers that no payout brings.
CREATE OR REPLACE TEMP TABLE bridge_told AS
SELECT order_no, 'sale' AS leg, currency, total AS told FROM bridge_sale
WHERE order_no IN (SELECT order_no FROM bridge_odd_payment)
UNION ALL
SELECT order_no, 'refund', currency, -sum(total) FROM bridge_refund GROUP BY order_no, currency;
CREATE OR REPLACE TEMP TABLE bridge_voucher AS
SELECT order_no, sum(amount) AS amount FROM canonical.sales_payment
WHERE gateway IN ('gift_card', 'store_credit') AND status = 'success' AND kind IN ('sale', 'capture')
GROUP BY order_no;

-- Orders whose payment went back in full within what was paid out.
CREATE OR REPLACE TEMP TABLE bridge_given_back AS
SELECT order_no FROM bridge_settlement WHERE lines > 0 GROUP BY order_no
HAVING sum(settled) = 0 AND count(DISTINCT leg) = 2;

INSERT INTO fact.bridge_item (channel, period, currency, step, order_no, order_id, payout_id, amount)
WITH leg AS MATERIALIZED (
    SELECT s.* FROM bridge_settlement AS s
    SEMI JOIN (SELECT order_no, leg FROM bridge_settlement WHERE posted <> settled OR documents = 0 OR lines = 0) AS x
      ON x.order_no = s.order_no AND x.leg = s.leg
), whole AS MATERIALIZED (
    -- over all months
    SELECT order_no, leg, currency, sum(posted) AS posted, sum(settled) AS settled, sum(rounded) AS rounded,
           sum(documents) AS documents, sum(lines) AS lines, min(CASE WHEN lines > 0 THEN period END) AS settled_in,
           min(payout_id) AS in_payout
    FROM leg GROUP BY order_no, leg, currency
), unbooked AS (
    SELECT l.order_no, l.leg, l.period, l.currency, l.settled, w.in_payout, d.documents > 0 AS has_documents
    FROM leg AS l
    JOIN whole AS w ON w.order_no = l.order_no AND w.leg = l.leg AND w.currency IS NOT DISTINCT FROM l.currency AND w.documents = 0
    JOIN (SELECT order_no, sum(documents) AS documents FROM leg GROUP BY order_no) AS d ON d.order_no = l.order_no
), item AS (
    SELECT l.order_no, l.period, l.currency, 'not_paid_out_yet' AS step, NULL AS payout_id, -l.posted AS amount
    FROM leg AS l
    JOIN whole AS w ON w.order_no = l.order_no AND w.leg = l.leg AND w.currency IS NOT DISTINCT FROM l.currency AND w.lines = 0
    UNION ALL
    -- Paid out, and nothing of the order was ever invoiced or credited: what was taken and given back again is nothing,
    -- and an order that B1 has booked will be invoiced.
    SELECT u.order_no, u.period, u.currency,
           CASE WHEN c.orders > 0 THEN 'paid_before_invoice'
                WHEN s.order_no IS NULL OR u.order_no IN (SELECT order_no FROM bridge_given_back)
                THEN 'taken_and_given_back'
                WHEN u.leg = 'sale' THEN 'paid_without_invoice' ELSE 'returned_without_credit' END,
           u.in_payout, u.settled
    FROM unbooked AS u
    LEFT JOIN bridge_sale AS s ON s.order_no = u.order_no
    LEFT JOIN matching.document_count AS c ON c.order_no = u.order_no
    WHERE NOT u.has_documents
    UNION ALL
    SELECT order_no, period, currency,
           CASE leg WHEN 'sale' THEN 'paid_without_invoice' ELSE 'returned_without_credit' END, in_payout, settled
    FROM unbooked WHERE has_documents
    UNION ALL
    -- Payouts follow the channel: where they bring what was sold, or take what was given back, the difference to the
    -- books is the one that stands above already.
    SELECT w.order_no, w.settled_in, w.currency,
           unnest([CASE WHEN w.settled = t.told THEN 'as_the_channel_has_it'
                        WHEN w.leg = 'sale' AND w.settled + coalesce(g.amount, 0) = t.told THEN 'paid_another_way'
                        ELSE 'settled_differs' END, 'rounding_not_paid']),
           w.in_payout, unnest([w.settled - w.posted + w.rounded, -w.rounded])
    FROM whole AS w
    LEFT JOIN bridge_told AS t ON t.order_no = w.order_no AND t.leg = w.leg AND t.currency = w.currency
    LEFT JOIN bridge_voucher AS g ON g.order_no = w.order_no
    WHERE w.lines > 0 AND w.documents > 0 AND (w.settled <> w.posted OR w.rounded <> 0)
    UNION ALL
    SELECT l.order_no, l.period, l.currency, 'paid_out_in_other_month', NULL,
           l.settled - l.posted - CASE WHEN l.period = w.settled_in THEN w.settled - w.posted ELSE 0 END
    FROM leg AS l
    JOIN whole AS w ON w.order_no = l.order_no AND w.leg = l.leg AND w.currency IS NOT DISTINCT FROM l.currency AND w.lines > 0 AND w.documents > 0
)
SELECT o.channel, i.period, i.currency, i.step, i.order_no, o.order_id, i.payout_id, i.amount
FROM item AS i JOIN matching.channel_order AS o ON o.order_no = i.order_no
WHERE i.amount <> 0;

INSERT INTO fact.bridge_item (channel, period, currency, step, b1_object, doc_entry, amount)
SELECT channel, period, currency, 'strays_not_paid_out', object, doc_entry, -total FROM bridge_stray WHERE object = 'invoice'
UNION ALL
SELECT channel, period, currency, 'strays_not_paid_out', 'credit_memo', doc_entry, total
FROM bridge_memo WHERE order_no IS NULL;

INSERT INTO fact.bridge_item (channel, period, currency, step, payout_id, amount)
WITH line AS (
    -- per payout: what was kept, and what belongs to no order
    SELECT payout_no, 'fees' AS step, -sum(fee) AS amount FROM bridge_line GROUP BY payout_no
    UNION ALL
    SELECT payout_no,
           CASE WHEN kind IN ('charge', 'refund') THEN 'settled_of_no_order' WHEN kind = 'dispute' THEN 'disputes'
                WHEN kind = 'reserve' THEN 'reserves' WHEN kind = 'fee' THEN 'fees' ELSE 'adjustments' END,
           sum(gross)
    FROM bridge_line
    WHERE order_no IS NULL OR kind IS NULL OR kind NOT IN ('charge', 'refund')
    GROUP BY ALL
)
SELECT p.channel, p.period, p.currency, l.step, p.payout_id, l.amount
FROM line AS l JOIN bridge_payout AS p ON p.payout_no = l.payout_no
UNION ALL
SELECT p.channel, p.period, p.currency, 'payout_adds_up_wrong', p.payout_id, p.net - coalesce(l.net, 0)
FROM bridge_payout AS p
LEFT JOIN (SELECT payout_no, sum(gross - fee) AS net FROM bridge_line GROUP BY payout_no) AS l ON l.payout_no = p.payout_no
WHERE p.net <> coalesce(l.net, 0)
UNION ALL
SELECT p.channel, p.period, p.currency,
       CASE WHEN p.due_at > a.as_of THEN 'posting_in_transit' ELSE 'not_in_books' END, p.payout_id, -p.net
FROM bridge_payout AS p JOIN fact.as_of AS a ON a.channel = p.channel
WHERE p.postings = 0;

INSERT INTO fact.bridge_height
SELECT channel, period, currency, 'paid_out', sum(net) FROM bridge_payout GROUP BY channel, period, currency
UNION ALL
SELECT channel, period, currency, 'paid_out_in_books', sum(CASE WHEN postings > 0 THEN net ELSE 0 END)
FROM bridge_payout GROUP BY channel, period, currency;
DELETE FROM fact.bridge_item WHERE amount = 0;

-- The steps and levels of each channel, month and currency, summed up.
CREATE OR REPLACE TABLE fact.bridge AS
SELECT channel, period, currency, level AS step, TRUE AS is_level, sum(amount) AS amount, count(*) AS items
FROM fact.bridge_height GROUP BY channel, period, currency, level
UNION ALL
SELECT channel, period, currency, step, FALSE, sum(amount), count(*)
FROM fact.bridge_item GROUP BY channel, period, currency, step;
