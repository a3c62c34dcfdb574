-- A document is reported where its reference got lost, not where the loss was copied to.
UPDATE matching.open_document AS d
SET is_origin = NOT EXISTS (
    SELECT 1 FROM matching.open_document AS b
    WHERE b.object = d.base_object AND b.doc_entry = d.base_entry AND NOT b.is_reference_valid
);

-- For every order, how many documents that count it has, and the first of each kind.
CREATE TABLE matching.order_coverage AS
WITH draft AS (
    SELECT l.order_no, count(*) AS open_drafts FROM matching.link AS l
    JOIN canonical.b1_draft AS d ON d.doc_entry = l.doc_entry
    WHERE l.object = 'draft' AND d.status = 'open' AND d.object_code IN ('17', 'oOrders', '13', 'oInvoices')
    GROUP BY l.order_no
), document AS (
    SELECT order_no,
           count(*) FILTER (WHERE object = 'order') AS orders,
           min(doc_entry) FILTER (WHERE object = 'order') AS order_entry,
           count(*) FILTER (WHERE object = 'invoice') AS invoices,
           min(doc_entry) FILTER (WHERE object = 'invoice') AS invoice_entry,
           count(*) FILTER (WHERE object = 'delivery') AS deliveries,
           count(*) FILTER (WHERE object = 'credit_memo') AS credit_memos
    FROM matching.link GROUP BY order_no
)
SELECT o.channel, o.order_id, o.order_no,
       coalesce(d.orders, 0) AS orders, d.order_entry, coalesce(d.invoices, 0) AS invoices, d.invoice_entry,
       coalesce(d.deliveries, 0) AS deliveries, coalesce(d.credit_memos, 0) AS credit_memos,
       coalesce(w.open_drafts, 0) AS open_drafts
FROM matching.channel_order AS o
LEFT JOIN document AS d ON d.order_no = o.order_no
LEFT JOIN draft AS w ON w.order_no = o.order_no;

-- Where several invoices of one order come from: order_entry NULL when neither they nor their deliveries name an order.
CREATE TABLE matching.invoice_origin AS
WITH invoice AS MATERIALIZED (
    SELECT c.channel, c.order_id, l.doc_entry
    FROM matching.order_coverage AS c
    JOIN matching.link AS l ON l.order_no = c.order_no AND l.object = 'invoice'
    WHERE c.invoices > 1
), base AS MATERIALIZED (
    SELECT l.doc_entry, l.base_type, l.base_entry FROM canonical.b1_invoice_line AS l
    WHERE l.base_type IN (15, 17) AND l.doc_entry IN (SELECT doc_entry FROM invoice)
), origin AS (
    SELECT b.doc_entry, b.base_entry AS order_entry FROM base AS b WHERE b.base_type = 17
    UNION ALL
    SELECT b.doc_entry, l.base_entry FROM base AS b
    JOIN canonical.b1_delivery_line AS l ON l.doc_entry = b.base_entry AND l.base_type = 17
    WHERE b.base_type = 15
)
SELECT i.channel, i.order_id, i.doc_entry, min(o.order_entry) AS order_entry
FROM invoice AS i LEFT JOIN origin AS o ON o.doc_entry = i.doc_entry
GROUP BY i.channel, i.order_id, i.doc_entry;
