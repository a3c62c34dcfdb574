-- plant: a clerk credited an invoice of which nothing was paid back
-- victim
SELECT CONCAT('credit_memo:', i.doc_entry + 800000000) AS subject_id, i.total AS money_at_risk, 'no_refund' AS cause, o.order_id,
       i.doc_entry, CAST($as_of AS TIMESTAMP) - INTERVAL 10 DAY AS made_at
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.invoices = 1
JOIN canonical.b1_invoice AS i ON i.doc_entry = c.invoice_entry AND i.total > 0 AND i.reference IS NOT NULL
WHERE o.channel = $channel AND o.payment_status = 'paid' AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
  AND i.created_at < $as_of - INTERVAL 10 DAY
  AND NOT EXISTS (SELECT 1 FROM canonical.refund AS r WHERE r.channel = o.channel AND r.order_id = o.order_id)
  AND NOT EXISTS (SELECT 1 FROM canonical.return_case AS r WHERE r.channel = o.channel AND r.order_id = o.order_id)
  AND NOT EXISTS (SELECT 1 FROM matching.order_document AS m
                  WHERE m.channel = o.channel AND m.order_id = o.order_id AND m.object IN ('return', 'credit_memo'))
ORDER BY o.placed_at DESC, o.order_id
-- change
INSERT INTO canonical.b1_credit_memo BY NAME
SELECT * REPLACE (doc_entry + 800000000 AS doc_entry, CAST(NULL AS VARCHAR) AS refund_id, CAST(NULL AS VARCHAR) AS payment_id,
                  CAST(NULL AS VARCHAR) AS return_reason, CAST($made_at AS TIMESTAMP) AS created_at,
                  CAST($made_at AS TIMESTAMP) AS updated_at, CAST($made_at AS DATE) AS doc_on)
FROM canonical.b1_invoice WHERE doc_entry = $doc_entry
-- change
INSERT INTO canonical.b1_credit_memo_line BY NAME
SELECT * REPLACE (doc_entry + 800000000 AS doc_entry, 13 AS base_type, doc_entry AS base_entry, line_num AS base_line)
FROM canonical.b1_invoice_line WHERE doc_entry = $doc_entry
-- change
INSERT INTO canonical.b1_credit_memo_expense BY NAME
SELECT * REPLACE (doc_entry + 800000000 AS doc_entry) FROM canonical.b1_invoice_expense WHERE doc_entry = $doc_entry
