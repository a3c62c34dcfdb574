-- plant: an item was credited at a price that is five too low
-- victim
SELECT r.refund_id AS subject_id, 5.00 AS money_at_risk, r.order_id, r.refund_id, m.doc_entry, MIN(l.line_num) AS line_num
FROM canonical.refund AS r
JOIN matching.refund_credit_memo AS x ON x.channel = r.channel AND x.refund_id = r.refund_id AND x.rule = 'refund_id'
JOIN canonical.b1_credit_memo AS m ON m.doc_entry = x.doc_entry AND m.total = r.total AND m.currency = r.currency
JOIN canonical.b1_credit_memo_line AS l ON l.doc_entry = m.doc_entry AND l.net > 5
WHERE r.channel = $channel AND r.transaction_status = 'success'
  AND (SELECT COUNT(*) FROM matching.refund_credit_memo AS n WHERE n.channel = r.channel AND n.refund_id = r.refund_id) = 1
GROUP BY r.refund_id, r.order_id, r.processed_at, m.doc_entry
ORDER BY r.processed_at DESC, r.refund_id
-- change
UPDATE canonical.b1_credit_memo SET total = total - 5 WHERE doc_entry = $doc_entry
-- change
UPDATE canonical.b1_credit_memo_line SET net = net - 5, gross = gross - 5 WHERE doc_entry = $doc_entry AND line_num = $line_num
