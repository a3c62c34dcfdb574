-- plant: the middleware created the credit memo once more
-- victim
SELECT r.refund_id AS subject_id, m.total AS money_at_risk, 'same_refund_id' AS cause, r.order_id, r.refund_id, m.doc_entry
FROM canonical.refund AS r
JOIN matching.refund_credit_memo AS x ON x.channel = r.channel AND x.refund_id = r.refund_id AND x.rule = 'refund_id'
JOIN canonical.b1_credit_memo AS m ON m.doc_entry = x.doc_entry AND m.total = r.total AND m.currency = r.currency
WHERE r.channel = $channel AND r.transaction_status = 'success' AND r.total > 1
  AND (SELECT COUNT(*) FROM matching.refund_credit_memo AS n WHERE n.channel = r.channel AND n.refund_id = r.refund_id) = 1
ORDER BY r.processed_at DESC, r.refund_id
-- change
INSERT INTO canonical.b1_credit_memo
SELECT * REPLACE (doc_entry + 810000000 AS doc_entry) FROM canonical.b1_credit_memo WHERE doc_entry = $doc_entry
-- change
INSERT INTO canonical.b1_credit_memo_line
SELECT * REPLACE (doc_entry + 810000000 AS doc_entry) FROM canonical.b1_credit_memo_line WHERE doc_entry = $doc_entry
-- change
INSERT INTO canonical.b1_credit_memo_expense
SELECT * REPLACE (doc_entry + 810000000 AS doc_entry) FROM canonical.b1_credit_memo_expense WHERE doc_entry = $doc_entry
