-- plant: the goods were taken back into B1, and the money was never sent
-- victim
SELECT CONCAT('return:', d.doc_entry) AS subject_id, SUM(l.net + l.tax) AS money_at_risk, 'received_in_b1' AS cause, r.order_id,
       r.refund_id
FROM canonical.refund AS r
JOIN matching.order_document AS x ON x.channel = r.channel AND x.order_id = r.order_id AND x.object = 'return'
JOIN canonical.b1_return AS d ON d.doc_entry = x.doc_entry
JOIN canonical.b1_return_line AS l ON l.doc_entry = d.doc_entry AND l.quantity > 0
WHERE r.channel = $channel AND r.transaction_status = 'success' AND d.created_at < $as_of - INTERVAL 6 DAY
  AND (SELECT COUNT(*) FROM canonical.refund AS n WHERE n.channel = r.channel AND n.order_id = r.order_id) = 1
  AND (SELECT COUNT(*) FROM matching.order_document AS n
       WHERE n.channel = r.channel AND n.order_id = r.order_id AND n.object = 'return') = 1
  AND NOT EXISTS (SELECT 1 FROM canonical.return_case AS c
                  WHERE c.channel = r.channel AND c.order_id = r.order_id
                    AND (c.has_exchange OR c.status IN ('declined', 'cancelled')))
GROUP BY d.doc_entry, d.created_at, r.order_id, r.refund_id
ORDER BY d.created_at DESC, d.doc_entry
-- change
DELETE FROM canonical.refund_line WHERE channel = $channel AND refund_id = $refund_id
-- change
DELETE FROM canonical.refund WHERE channel = $channel AND refund_id = $refund_id
