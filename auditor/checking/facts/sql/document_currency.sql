-- Sales orders and invoices of which they or their orders are in another currency than the company's: only they can be in
-- another one than their orders. Few, so the links are a table first: then the engine knows how few.
CREATE OR REPLACE TEMP TABLE foreign_link AS
WITH foreign_order AS (
    -- NOT IN, because of <> the engine expects so many that it would look through all links the other way round
    SELECT order_no FROM matching.channel_order WHERE currency NOT IN (SELECT min(currency) FROM setting.channel)
), foreign_document AS (
    SELECT doc_entry FROM canonical.b1_order WHERE currency NOT IN (SELECT min(currency) FROM setting.channel)
    UNION ALL
    SELECT doc_entry FROM canonical.b1_invoice WHERE currency NOT IN (SELECT min(currency) FROM setting.channel)
)
SELECT order_no, object, doc_entry FROM matching.link WHERE order_no IN (SELECT order_no FROM foreign_order)
UNION
SELECT order_no, object, doc_entry FROM matching.link WHERE doc_entry IN (SELECT doc_entry FROM foreign_document);

CREATE OR REPLACE TABLE fact.document_currency AS
WITH document AS (
    SELECT x.order_no, 'order' AS object, d.doc_entry, d.doc_num, d.currency, d.total, d.total_local, d.created_at, d.updated_at
    FROM foreign_link AS x JOIN canonical.b1_order AS d ON x.object = 'order' AND d.doc_entry = x.doc_entry
    UNION ALL
    SELECT x.order_no, 'invoice', d.doc_entry, d.doc_num, d.currency, d.total, d.total_local, d.created_at, d.updated_at
    FROM foreign_link AS x JOIN canonical.b1_invoice AS d ON x.object = 'invoice' AND d.doc_entry = x.doc_entry
)
SELECT o.channel, o.order_id, d.*
FROM document AS d JOIN matching.channel_order AS o ON o.order_no = d.order_no;
