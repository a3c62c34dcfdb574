-- A document is reported where its reference got lost, not where the loss was copied to.
UPDATE matching.open_document AS d
SET is_origin = NOT EXISTS (
    SELECT 1 FROM matching.open_document AS b
    WHERE b.object = d.base_object AND b.doc_entry = d.base_entry AND NOT b.is_reference_valid
);

-- How many sales orders and invoices that count each posted order has, the first of each kind, and the months in which
-- they agree with the order: from 0 where one of them does not.
CREATE TABLE matching.document_count AS
SELECT order_no,
       count(CASE WHEN object = 'order' THEN 1 END) AS orders,
       min(CASE WHEN object = 'order' THEN doc_entry END) AS order_entry,
       count(CASE WHEN object = 'invoice' THEN 1 END) AS invoices,
       min(CASE WHEN object = 'invoice' THEN doc_entry END) AS invoice_entry,
       min(agreed_in) AS agreed_from, max(agreed_in) AS agreed_to
FROM matching.link WHERE object IN ('order', 'invoice')
GROUP BY order_no;

CREATE VIEW matching.order_coverage AS
SELECT o.channel, o.order_id, o.order_no, c.orders, c.order_entry, c.invoices, c.invoice_entry
FROM matching.document_count AS c
JOIN matching.channel_order AS o ON o.order_no = c.order_no;

-- Orders that B1 has neither as a sales order nor as an invoice; open_drafts: those that wait to become one.
CREATE TABLE matching.unposted_order AS
WITH draft AS (
    SELECT l.order_no, count(*) AS open_drafts
    FROM matching.link AS l
    JOIN canonical.b1_draft AS d ON d.doc_entry = l.doc_entry
    WHERE l.object = 'draft' AND d.status = 'open' AND d.object_code IN ('17', 'oOrders', '13', 'oInvoices')
    GROUP BY l.order_no
)
SELECT o.channel, o.order_id, o.order_no, coalesce(d.open_drafts, 0) AS open_drafts
FROM matching.channel_order AS o
ANTI JOIN matching.document_count AS c ON c.order_no = o.order_no
LEFT JOIN draft AS d ON d.order_no = o.order_no;

-- Where several invoices of one order come from: order_entry NULL when neither they nor their deliveries name an order.
CREATE TABLE matching.invoice_origin AS
WITH invoice AS MATERIALIZED (
    SELECT o.channel, o.order_id, o.order_no, l.doc_entry
    FROM (SELECT order_no FROM matching.document_count WHERE invoices > 1) AS c
    JOIN matching.link AS l ON l.order_no = c.order_no AND l.object = 'invoice'
    JOIN matching.channel_order AS o ON o.order_no = c.order_no
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
SELECT i.channel, i.order_id, i.order_no, i.doc_entry, min(o.order_entry) AS order_entry
FROM invoice AS i LEFT JOIN origin AS o ON o.doc_entry = i.doc_entry
GROUP BY i.channel, i.order_id, i.order_no, i.doc_entry;
