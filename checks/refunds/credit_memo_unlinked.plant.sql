-- plant: the credit memo was typed instead of drawn from the invoice
-- victim
SELECT CONCAT('credit_memo:', m.doc_entry) AS subject_id, 0 AS money_at_risk, 'no_base_document' AS cause, r.order_id,
       r.refund_id, m.doc_entry
FROM canonical.refund AS r
JOIN matching.refund_credit_memo AS x ON x.channel = r.channel AND x.refund_id = r.refund_id
JOIN canonical.b1_credit_memo AS m ON m.doc_entry = x.doc_entry AND m.reference IS NOT NULL
WHERE r.channel = $channel AND r.transaction_status = 'success' AND r.total = m.total
  AND EXISTS (SELECT 1 FROM canonical.b1_credit_memo_line AS l
              WHERE l.doc_entry = m.doc_entry AND l.base_type IN (13, 15, 16, 203))
ORDER BY m.created_at DESC, m.doc_entry
-- change
UPDATE canonical.b1_credit_memo_line SET base_type = -1, base_entry = NULL, base_line = NULL WHERE doc_entry = $doc_entry
