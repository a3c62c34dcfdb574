-- What should be in the books and is not, document by document: payouts that no entry carries, and drafts that were
-- never added. `period` is the company's month in which the document is dated; `ended_at` the moment at which it ended.
CREATE OR REPLACE TABLE fact.unposted_document AS
WITH draft AS (
    SELECT d.doc_entry, d.doc_num, d.currency, d.total, d.doc_on, d.authorization_status, d.refund_id, d.card_code,
           CASE WHEN d.object_code IN ('17', 'oOrders') THEN 'sales order'
                WHEN d.object_code IN ('13', 'oInvoices') THEN 'invoice'
                WHEN d.object_code IN ('14', 'oCreditNotes') THEN 'credit memo' END AS becomes
    FROM canonical.b1_draft AS d
    WHERE d.status = 'open' AND d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE
), of_order AS (
    SELECT x.doc_entry, min(x.channel) AS channel, min(x.order_id) AS order_id,
           arg_min(x.order_no, x.order_id) AS order_no
    FROM matching.order_document AS x WHERE x.object = 'draft' GROUP BY x.doc_entry
), of_refund AS (
    SELECT r.doc_entry, min(r.channel) AS channel, min(r.refund_id) AS refund_id FROM matching.refund_draft AS r
    GROUP BY r.doc_entry
), credited AS (
    SELECT DISTINCT channel, refund_id FROM matching.refund_credit_memo
), memo_of_order AS (
    SELECT DISTINCT order_no FROM matching.link WHERE object = 'credit_memo'
), held AS (
    SELECT DISTINCT order_no FROM canonical.fulfilment_order WHERE status = 'on_hold'
), live AS (
    -- orders that ought to be in the books; those that the channel holds back are not
    SELECT o.order_no FROM canonical.sales_order AS o
    JOIN setting.channel AS c ON c.channel = o.channel AND c.posting = 'order'
    ANTI JOIN held AS h ON h.order_no = o.order_no
    WHERE o.payment_status IN ('paid', 'partially_paid', 'partially_refunded') AND o.is_test IS NOT TRUE
      AND o.is_confirmed IS NOT FALSE AND o.cancelled_at IS NULL AND coalesce(o.order_kind, 'sale') = 'sale'
      AND coalesce(o.fulfilment_status, '') <> 'on_hold'
), document AS (
    SELECT p.channel, 'payout' AS kind, p.payout_id, NULL AS order_id, NULL AS order_no, NULL AS doc_entry,
           concat('payout ', regexp_extract(p.payout_id, '[^/]+$')) AS name, p.currency, p.net AS amount, p.issued_on AS dated_on
    FROM fact.payout_sum AS p
    WHERE p.status = 'paid' AND p.postings = 0 AND p.issued_on IS NOT NULL
    UNION ALL
    -- An order or invoice of which nothing was added. A draft that was left behind when its document was added is none.
    SELECT x.channel, 'draft', NULL, x.order_id, x.order_no, d.doc_entry, concat('draft ', d.doc_num, ' of a ', d.becomes), d.currency,
           d.total, d.doc_on
    FROM draft AS d
    JOIN of_order AS x ON x.doc_entry = d.doc_entry
    JOIN live AS l ON l.order_no = x.order_no
    LEFT JOIN matching.document_count AS c ON c.order_no = x.order_no
    WHERE (d.becomes = 'sales order' AND c.order_no IS NULL) OR (d.becomes = 'invoice' AND coalesce(c.invoices, 0) = 0)
    UNION ALL
    SELECT coalesce(r.channel, x.channel), 'draft', NULL, x.order_id, x.order_no, d.doc_entry,
           concat('draft ', d.doc_num, ' of a credit memo'), d.currency, d.total, d.doc_on
    FROM draft AS d
    LEFT JOIN of_refund AS r ON r.doc_entry = d.doc_entry
    LEFT JOIN of_order AS x ON x.doc_entry = d.doc_entry
    LEFT JOIN credited AS k ON k.channel = r.channel AND k.refund_id = r.refund_id
    LEFT JOIN memo_of_order AS m ON m.order_no = x.order_no
    WHERE d.becomes = 'credit memo' AND coalesce(r.channel, x.channel) IS NOT NULL
      -- of a refund that is not credited yet, or, without a refund's id, of an order that has no credit memo
      AND CASE WHEN r.doc_entry IS NOT NULL THEN k.refund_id IS NULL ELSE m.order_no IS NULL END
    UNION ALL
    -- Typed into the channel's business partner without an order. Sales orders post nothing, so they are left out here.
    SELECT o.channel, 'draft', NULL, NULL, NULL, d.doc_entry, concat('draft ', d.doc_num, ' of a ', d.becomes), d.currency, d.total,
           d.doc_on
    FROM draft AS d
    JOIN matching.open_document AS o ON o.object = 'draft' AND o.doc_entry = d.doc_entry AND o.is_reported
    LEFT JOIN of_order AS x ON x.doc_entry = d.doc_entry
    LEFT JOIN of_refund AS r ON r.doc_entry = d.doc_entry
    WHERE d.becomes IN ('invoice', 'credit memo') AND x.doc_entry IS NULL AND r.doc_entry IS NULL
), dated AS (
    SELECT d.*, CAST(date_trunc('month', d.dated_on) AS DATE) AS from_on FROM document AS d
)
SELECT d.channel, left(CAST(d.from_on AS VARCHAR), 7) AS period,
       timezone('UTC', timezone(z.timezone, CAST(d.from_on + INTERVAL 1 MONTH AS TIMESTAMP))) AS ended_at,
       d.currency, d.kind, d.name, d.payout_id, d.order_id, d.order_no, d.doc_entry, CAST(d.amount AS DECIMAL(19,6)) AS amount, d.dated_on
FROM dated AS d
CROSS JOIN (SELECT min(timezone) AS timezone FROM setting.channel) AS z
-- What is dated in a period that B1 has locked can be posted there no more.
WHERE NOT EXISTS (SELECT 1 FROM canonical.b1_period AS p
                  WHERE d.dated_on BETWEEN p.from_on AND p.to_on AND p.status = 'locked');
