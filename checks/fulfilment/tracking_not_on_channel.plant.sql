-- plant: the confirmation of the parcel never reached the channel
-- victim
SELECT CONCAT(o.order_id, ':', d.tracking_key) AS subject_id, o.total AS money_at_risk, o.order_id
FROM canonical.sales_order AS o
JOIN matching.order_delivery AS x ON x.channel = o.channel AND x.order_id = o.order_id
JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry AND LENGTH(d.tracking_key) >= 8
JOIN canonical.shipment AS s ON s.channel = o.channel AND s.order_id = o.order_id AND s.tracking_key = d.tracking_key
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.payment_status = 'paid' AND o.is_test IS NOT TRUE
  AND d.created_at < $as_of - INTERVAL 1 DAY
  AND (SELECT COUNT(*) FROM matching.order_delivery AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
  AND (SELECT COUNT(*) FROM canonical.shipment AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
  AND (SELECT COUNT(*) FROM canonical.shipment AS n WHERE n.channel = o.channel AND n.tracking_key = s.tracking_key) = 1
ORDER BY d.created_at DESC, o.order_id
-- change
DELETE FROM canonical.shipment WHERE channel = $channel AND order_id = $order_id
-- change
DELETE FROM canonical.shipment_line WHERE channel = $channel AND order_id = $order_id
-- change
UPDATE canonical.sales_order SET fulfilment_status = 'unshipped' WHERE channel = $channel AND order_id = $order_id
