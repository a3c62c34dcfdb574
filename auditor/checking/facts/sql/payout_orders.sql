-- What providers moved for each order that a channel knows, beside what B1 has of it.
-- settled: one row per order, in numbers only. is_whole: each movement is a sale of exactly what the order came to.
-- stage: 0 no sale, 1 a sale that waits, 2 in a payout that nobody knows, 3 paid out; paid_at: the first payout's issue.
CREATE OR REPLACE TEMP TABLE settled AS
WITH movement AS (
    SELECT order_no, channel, payout_id, kind, gross FROM canonical.payout_line
    WHERE kind = 'charge' AND order_no IS NOT NULL AND gross <> 0 AND is_test IS NOT TRUE
    UNION ALL
    SELECT order_no, channel, payout_id, kind, gross FROM fact.payout_item_traced WHERE order_no IS NOT NULL
)
SELECT m.order_no, any_value(o.link_channel) AS channel, count(*) AS movements,
       bool_and(m.kind = 'charge' AND m.gross IS NOT DISTINCT FROM o.total) AS is_whole,
       max(CASE WHEN m.kind <> 'charge' THEN 0 WHEN m.payout_id IS NULL THEN 1 WHEN p.payout_id IS NULL THEN 2 ELSE 3 END)
           AS stage,
       min(CASE WHEN m.kind = 'charge' THEN p.issued_at END) AS paid_at
FROM movement AS m
JOIN matching.channel_order AS o ON o.order_no = m.order_no
LEFT JOIN canonical.payout AS p ON p.channel = m.channel AND p.payout_id = m.payout_id
GROUP BY m.order_no;

-- Where the only movement is the sale as the channel has it, and B1 has the order, nothing can differ. The others:
CREATE OR REPLACE TEMP TABLE settled_odd AS
SELECT order_no FROM settled
WHERE movements > 1 OR NOT is_whole
   OR order_no IN (SELECT order_no FROM matching.unposted_order)
   OR order_no IN (SELECT order_no FROM canonical.sales_payment
                   WHERE gateway IN ('gift_card', 'store_credit', 'manual'));

-- payout_order: only those. paid_elsewhere: gift cards, store credit and money by hand, which no provider pays out.
CREATE OR REPLACE TABLE fact.payout_order AS
WITH item AS (
    SELECT * FROM fact.payout_item
    WHERE order_no IN (SELECT order_no FROM settled_odd)
), moved AS (
    SELECT order_no, min(channel) AS channel, min(order_id) AS order_id, min(currency) AS currency,
           sum(CASE WHEN kind = 'charge' THEN gross ELSE 0 END) AS charged,
           sum(CASE WHEN kind = 'refund' THEN gross ELSE 0 END) AS given_back,
           count(*) FILTER (WHERE kind = 'charge') AS charges, count(*) FILTER (WHERE payout_id IS NULL) AS waiting,
           max(processed_at) AS last_at,
           coalesce(arg_max(payout_id, processed_at) FILTER (WHERE kind = 'charge'), max(payout_id)) AS payout_id
    FROM item GROUP BY order_no
), paid AS (
    SELECT order_no,
           sum(amount) FILTER (WHERE gateway IN ('gift_card', 'store_credit', 'manual')) AS elsewhere,
           sum(amount) FILTER (WHERE gateway NOT IN ('gift_card', 'store_credit', 'manual')) AS captured
    FROM canonical.sales_payment
    WHERE status = 'success' AND kind IN ('sale', 'capture')
      AND order_no IN (SELECT order_no FROM settled_odd)
    GROUP BY order_no
), invoiced AS (
    SELECT l.order_no, sum(i.total) AS total FROM matching.link AS l
    JOIN canonical.b1_invoice AS i ON l.object = 'invoice' AND i.doc_entry = l.doc_entry
    WHERE l.order_no IN (SELECT order_no FROM settled_odd)
    GROUP BY l.order_no
)
SELECT m.channel, m.order_id, m.order_no, m.currency, m.charges, m.waiting, m.last_at, m.payout_id,
       CAST(m.charged AS DECIMAL(19,6)) AS charged, CAST(m.given_back AS DECIMAL(19,6)) AS given_back,
       CAST(coalesce(p.elsewhere, 0) AS DECIMAL(19,6)) AS paid_elsewhere, CAST(p.captured AS DECIMAL(19,6)) AS captured,
       coalesce(d.orders, 0) AS orders, coalesce(d.invoices, 0) AS invoices,
       CASE WHEN d.orders = 1 THEN 'order' WHEN d.invoices > 0 THEN 'invoice' END AS object,
       CASE WHEN d.orders = 1 THEN d.order_entry WHEN d.invoices > 0 THEN d.invoice_entry END AS doc_entry,
       CAST(CASE WHEN d.orders = 1 THEN b.total WHEN d.invoices > 0 THEN i.total END AS DECIMAL(19,6)) AS b1_total,
       coalesce(w.open_drafts, 0) AS open_drafts
FROM moved AS m
LEFT JOIN matching.document_count AS d ON d.order_no = m.order_no
LEFT JOIN canonical.b1_order AS b ON d.orders = 1 AND b.doc_entry = d.order_entry
LEFT JOIN invoiced AS i ON i.order_no = m.order_no
LEFT JOIN matching.unposted_order AS w ON w.order_no = m.order_no
LEFT JOIN paid AS p ON p.order_no = m.order_no;

-- settled_order: all of them. No check needs more than payout_order; a proof plants its faults in orders that agree.
CREATE OR REPLACE VIEW fact.settled_order AS
WITH captured AS (
    SELECT order_no, CAST(sum(amount) AS DECIMAL(19,6)) AS amount FROM canonical.sales_payment
    WHERE status = 'success' AND kind IN ('sale', 'capture') AND gateway NOT IN ('gift_card', 'store_credit', 'manual')
    GROUP BY order_no
), invoiced AS (
    SELECT l.order_no, CAST(sum(i.total) AS DECIMAL(19,6)) AS total FROM matching.link AS l
    JOIN canonical.b1_invoice AS i ON l.object = 'invoice' AND i.doc_entry = l.doc_entry
    GROUP BY l.order_no
)
SELECT i.channel, i.order_id, i.order_no, i.currency, 1 AS charges, CASE WHEN i.payout_id IS NULL THEN 1 ELSE 0 END AS waiting,
       i.processed_at AS last_at, i.payout_id, i.gross AS charged, 0 AS given_back, 0 AS paid_elsewhere,
       c.amount AS captured, d.orders, d.invoices, CASE WHEN d.orders = 1 THEN 'order' ELSE 'invoice' END AS object,
       CASE WHEN d.orders = 1 THEN d.order_entry ELSE d.invoice_entry END AS doc_entry,
       CASE WHEN d.orders = 1 THEN b.total ELSE v.total END AS b1_total, 0 AS open_drafts
FROM fact.payout_item AS i
ANTI JOIN fact.payout_order AS x ON x.order_no = i.order_no
JOIN matching.document_count AS d ON d.order_no = i.order_no
LEFT JOIN canonical.b1_order AS b ON d.orders = 1 AND b.doc_entry = d.order_entry
LEFT JOIN invoiced AS v ON v.order_no = d.order_no
LEFT JOIN captured AS c ON c.order_no = i.order_no
WHERE i.order_no IS NOT NULL
UNION ALL
FROM fact.payout_order;
