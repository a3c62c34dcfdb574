-- plant: the credit memo was dated into the period before the refund
-- victim
SELECT r.refund_id AS subject_id, m.total AS money_at_risk, r.order_id, r.refund_id, m.doc_entry, q.to_on AS dated_on,
       CASE WHEN p.status IN ('locked', 'closing') THEN 'period_locked' ELSE 'period_open' END AS cause
FROM canonical.refund AS r
JOIN setting.channel AS c ON c.channel = r.channel
JOIN matching.refund_credit_memo AS x ON x.channel = r.channel AND x.refund_id = r.refund_id AND x.rule = 'refund_id'
JOIN canonical.b1_credit_memo AS m ON m.doc_entry = x.doc_entry
JOIN canonical.b1_period AS p
  ON CAST((r.processed_at AT TIME ZONE 'UTC') AT TIME ZONE c.timezone AS DATE) BETWEEN p.from_on AND p.to_on
JOIN canonical.b1_period AS q ON q.to_on = p.from_on - INTERVAL 1 DAY
WHERE r.channel = $channel AND r.transaction_status = 'success' AND m.doc_on BETWEEN p.from_on AND p.to_on
  AND (p.status = 'open' OR m.total > 1000)
  AND (SELECT COUNT(*) FROM matching.refund_credit_memo AS n WHERE n.channel = r.channel AND n.refund_id = r.refund_id) = 1
ORDER BY r.processed_at DESC, r.refund_id
-- change
UPDATE canonical.b1_credit_memo SET doc_on = $dated_on WHERE doc_entry = $doc_entry
