/*---
title    = "One channel order, booked more than once in B1"
severity = "high"
owner    = "FIN"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.b1_order", "canonical.b1_invoice", "canonical.b1_delivery",
            "matching.order_coverage", "matching.document_count", "matching.link", "matching.invoice_origin"]
needs    = ["canonical.sales_order.total"]
means    = "The sales orders of each channel order are counted, and its invoices that were not drawn from one and the same sales order. More than one is one too many, unless together they come to the order's total within a penny for each line (ten pence at most), as when an order is split by warehouse. Cancelled documents do not count."
why      = "Goods go out twice, or revenue and tax are declared twice, for one payment."
look     = "B1: the documents with the same customer reference, side by side; their creation times and users."
fix      = "Keep the document that was delivered. Cancel the extra one while nothing is based on it, else credit it."
prevent  = "Let the integration search B1 for the order's number before it creates anything, also after a time-out, and give the reference a unique index or a user field that refuses a second one."

[params]
tolerance_per_line = {type = "decimal", default = 0.01, why = "each priced line may be rounded once by half a penny on either side"}
tolerance_cap      = {type = "decimal", default = 0.10, why = "beyond ten pence nobody would call it rounding, however long the order"}
---*/
WITH invoice_set AS (
    -- invoices made in parts from one sales order are one booking
    SELECT i.order_no, MIN(i.doc_entry) AS doc_entry, SUM(d.total) AS total, MIN(d.currency) AS currency,
           MIN(d.created_at) AS created_at, MAX(d.updated_at) AS updated_at, MIN(d.doc_num) AS doc_num
    FROM matching.invoice_origin AS i
    JOIN canonical.b1_invoice AS d ON d.doc_entry = i.doc_entry
    JOIN matching.document_count AS c ON c.order_no = i.order_no AND c.orders <= 1
    WHERE i.channel = $channel
    GROUP BY i.order_no, COALESCE(i.order_entry, -i.doc_entry)
),
document AS (
    SELECT c.order_no, 'order' AS object, d.doc_entry, d.doc_num, d.total, d.currency, d.created_at, d.updated_at
    FROM matching.order_coverage AS c
    JOIN matching.link AS x ON x.order_no = c.order_no AND x.object = 'order'
    JOIN canonical.b1_order AS d ON d.doc_entry = x.doc_entry
    WHERE c.channel = $channel AND c.orders > 1
    UNION ALL
    SELECT order_no, 'invoice', doc_entry, doc_num, total, currency, created_at, updated_at FROM invoice_set
),
numbered AS (
    SELECT d.order_no, d.object, d.doc_entry, d.doc_num, d.total, d.currency, d.created_at, d.updated_at,
           ROW_NUMBER() OVER (PARTITION BY d.order_no ORDER BY d.doc_entry) AS place
    FROM document AS d
),
booked AS (
    SELECT order_no, MIN(object) AS object, COUNT(*) AS documents, MIN(currency) AS currency, SUM(total) AS total,
           SUM(CASE WHEN place > 1 THEN total ELSE 0 END) AS extra_total,
           MIN(CASE WHEN place = 2 THEN doc_entry END) AS extra_entry,
           MIN(CASE WHEN place = 2 THEN doc_num END) AS extra_num,
           MIN(CASE WHEN place = 2 THEN created_at END) AS created_at,
           MAX(updated_at) AS updated_at
    FROM numbered
    GROUP BY order_no
    HAVING COUNT(*) > 1
),
priced AS (
    SELECT l.order_no, COUNT(*) AS lines
    FROM booked AS b
    JOIN canonical.sales_order_line AS l ON l.order_no = b.order_no
    WHERE COALESCE(l.net, l.gross) <> 0
    GROUP BY l.order_no
)
SELECT
    o.order_id                          AS subject_id,
    b.currency                          AS currency,
    o.total                             AS expected,
    CAST(b.total AS DECIMAL(19,6))      AS actual,
    ROUND(CAST(b.extra_total AS DECIMAL(19,6)), 2) AS money_at_risk,
    b.created_at                        AS occurred_at,
    b.updated_at                        AS source_updated_at,
    o.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    b.object                            AS b1_object,
    b.extra_entry                       AS doc_entry,
    b.extra_num                         AS doc_num,
    CAST(b.documents AS VARCHAR)        AS note_documents
FROM booked AS b
JOIN canonical.sales_order AS o ON o.order_no = b.order_no
LEFT JOIN priced AS p ON p.order_no = b.order_no
-- an order that was split, by warehouse for instance, adds up to what the channel sold
WHERE NOT COALESCE(b.currency = o.currency
                   AND ABS(b.total - o.total) <= LEAST($tolerance_per_line * COALESCE(p.lines, 0), $tolerance_cap), FALSE)
ORDER BY o.placed_at, o.order_id
