-- plant: the credit memo was booked without moving stock
-- victim
SELECT r.refund_id AS subject_id, SUM(l.quantity * i.cost) AS money_at_risk, 'no_stock_movement' AS cause, r.order_id,
       r.refund_id, m.doc_entry
FROM canonical.refund AS r
JOIN canonical.refund_line AS l
  ON l.channel = r.channel AND l.refund_id = r.refund_id AND l.restock_type = 'return' AND l.quantity > 0
-- sold as it is stocked, one by one
JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku AND s.rule = 'item_code' AND s.units = 1
JOIN canonical.b1_item AS i ON i.item_code = s.item_code AND i.is_inventory AND i.cost > 0
JOIN matching.refund_credit_memo AS x ON x.channel = r.channel AND x.refund_id = r.refund_id
JOIN canonical.b1_credit_memo AS m ON m.doc_entry = x.doc_entry
WHERE r.channel = $channel AND r.transaction_status = 'success'
  AND COALESCE(r.processed_at, r.created_at) < $as_of - INTERVAL 6 DAY
  AND (SELECT COUNT(*) FROM canonical.refund AS n WHERE n.channel = r.channel AND n.order_id = r.order_id) = 1
  AND (SELECT COUNT(*) FROM canonical.refund_line AS n WHERE n.channel = r.channel AND n.refund_id = r.refund_id)
      = (SELECT COUNT(*) FROM canonical.b1_credit_memo_line AS n
         WHERE n.doc_entry = m.doc_entry AND n.base_type <> 16 AND n.without_stock_movement IS NOT TRUE)
  AND NOT EXISTS (SELECT 1 FROM matching.order_document AS d
                  WHERE d.channel = r.channel AND d.order_id = r.order_id AND d.object = 'return')
GROUP BY r.refund_id, r.order_id, r.processed_at, m.doc_entry
HAVING COUNT(*) = (SELECT COUNT(*) FROM canonical.refund_line AS n WHERE n.channel = $channel AND n.refund_id = r.refund_id)
ORDER BY r.processed_at DESC, r.refund_id
-- change
UPDATE canonical.b1_credit_memo_line SET without_stock_movement = TRUE WHERE doc_entry = $doc_entry
