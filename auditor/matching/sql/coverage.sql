-- A document is reported where its reference got lost, not where the loss was copied to.
UPDATE matching.open_document AS d
SET is_origin = NOT EXISTS (
    SELECT 1 FROM matching.open_document AS b
    WHERE b.object = d.base_object AND b.doc_entry = d.base_entry AND NOT b.is_reference_valid
);

-- How many documents that count each order has, and the first of each kind.
CREATE OR REPLACE TABLE matching.order_coverage AS
WITH draft AS (
    SELECT doc_entry FROM canonical.b1_draft
    WHERE status = 'open' AND object_code IN ('17', 'oOrders', '13', 'oInvoices')
)
SELECT
    any_value(x.channel) AS channel, any_value(x.order_id) AS order_id, x.order_no,
    count(*) FILTER (WHERE x.object = 'order') AS orders,
    min(x.doc_entry) FILTER (WHERE x.object = 'order') AS order_entry,
    count(*) FILTER (WHERE x.object = 'invoice') AS invoices,
    min(x.doc_entry) FILTER (WHERE x.object = 'invoice') AS invoice_entry,
    count(*) FILTER (WHERE x.object = 'delivery') AS deliveries,
    count(*) FILTER (WHERE x.object = 'credit_memo') AS credit_memos,
    count(d.doc_entry) AS open_drafts
FROM matching.order_document AS x
LEFT JOIN draft AS d ON x.object = 'draft' AND d.doc_entry = x.doc_entry
GROUP BY x.order_no;

-- Where several invoices of one order come from: order_entry NULL when neither they nor their deliveries name an order.
CREATE OR REPLACE TABLE matching.invoice_origin AS
WITH invoice AS (
    SELECT x.channel, x.order_id, x.doc_entry
    FROM matching.order_document AS x
    JOIN matching.order_coverage AS c ON c.order_no = x.order_no AND c.invoices > 1
    WHERE x.object = 'invoice'
), base AS (
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
