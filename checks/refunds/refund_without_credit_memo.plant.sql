-- plant: nobody made the credit memo
-- victim
SELECT r.refund_id AS subject_id, r.total AS money_at_risk, r.order_id, r.refund_id, m.doc_entry
FROM canonical.refund AS r
JOIN matching.refund_credit_memo AS m ON m.channel = r.channel AND m.refund_id = r.refund_id
JOIN matching.order_coverage AS c ON c.channel = r.channel AND c.order_id = r.order_id AND c.invoices > 0
WHERE r.channel = $channel AND r.transaction_status = 'success' AND r.total > 0
  AND COALESCE(r.processed_at, r.created_at) < $as_of - INTERVAL 3 DAY AND COALESCE(r.gateway, '') <> 'gift_card'
  AND (SELECT COUNT(*) FROM canonical.refund AS n WHERE n.channel = r.channel AND n.order_id = r.order_id) = 1
  AND (SELECT COUNT(*) FROM matching.refund_credit_memo AS n WHERE n.channel = r.channel AND n.refund_id = r.refund_id) = 1
ORDER BY r.processed_at DESC, r.refund_id
-- change
DELETE FROM canonical.b1_credit_memo WHERE doc_entry = $doc_entry
