-- plant: nobody cancelled the sales order of an order that was called off
-- victim
SELECT o.order_id AS subject_id, o.total - COALESCE(o.tax, 0) AS money_at_risk, o.order_id, b.doc_entry, b.reference,
       b.card_code
FROM canonical.sales_order AS o
JOIN setting.channel AS s ON s.channel = o.channel
JOIN matching.channel_order AS k ON k.channel = o.channel AND k.order_id = o.order_id
JOIN canonical.b1_order AS b
  ON b.card_code = s.card_code AND matching.reference_key(b.reference, s.reference_prefix) = k.reference_key
 AND b.is_cancelled AND b.is_cancellation IS NOT TRUE
WHERE o.channel = $channel AND o.is_test IS NOT TRUE AND o.cancelled_at < $as_of - INTERVAL 1 DAY
  AND NOT EXISTS (SELECT 1 FROM matching.order_document AS x WHERE x.channel = o.channel AND x.order_id = o.order_id)
  AND (SELECT COUNT(*) FROM canonical.b1_order AS n
       WHERE n.card_code = b.card_code AND n.reference = b.reference AND n.is_cancellation IS NOT TRUE) = 1
ORDER BY o.cancelled_at DESC, o.order_id
-- change
DELETE FROM canonical.b1_order WHERE reference = $reference AND card_code = $card_code AND is_cancellation
-- change
UPDATE canonical.b1_order SET is_cancelled = FALSE, status = 'open' WHERE doc_entry = $doc_entry
