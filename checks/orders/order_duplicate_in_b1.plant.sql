-- plant: the sales order was made a second time after a time-out
-- victim
SELECT o.order_id AS subject_id, b.total AS money_at_risk, o.order_id, b.doc_entry,
       b.doc_entry + 600000000 AS second_entry
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.total > 1 AND b.reference IS NOT NULL
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid'
ORDER BY o.placed_at DESC, o.order_id
-- change
INSERT INTO canonical.b1_order BY NAME
SELECT * REPLACE ($second_entry AS doc_entry, doc_num + 600000000 AS doc_num,
                  created_at + INTERVAL 2 MINUTE AS created_at)
FROM canonical.b1_order WHERE doc_entry = $doc_entry
-- change
INSERT INTO canonical.b1_order_line BY NAME
SELECT * REPLACE ($second_entry AS doc_entry) FROM canonical.b1_order_line WHERE doc_entry = $doc_entry
-- plant: the order was invoiced once more, without its sales order or delivery
-- victim
SELECT o.order_id AS subject_id, b.total AS money_at_risk, o.order_id, b.doc_entry,
       b.doc_entry + 600000000 AS second_entry
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
  AND c.invoices = 1
JOIN canonical.b1_invoice AS b ON b.doc_entry = c.invoice_entry AND b.total > 1 AND b.reference IS NOT NULL
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid'
ORDER BY o.placed_at DESC, o.order_id
-- change
INSERT INTO canonical.b1_invoice BY NAME
SELECT * REPLACE ($second_entry AS doc_entry, doc_num + 600000000 AS doc_num,
                  created_at + INTERVAL 2 MINUTE AS created_at)
FROM canonical.b1_invoice WHERE doc_entry = $doc_entry
-- change
INSERT INTO canonical.b1_invoice_line BY NAME
SELECT * REPLACE ($second_entry AS doc_entry, -1 AS base_type, NULL AS base_entry, NULL AS base_line)
FROM canonical.b1_invoice_line WHERE doc_entry = $doc_entry
