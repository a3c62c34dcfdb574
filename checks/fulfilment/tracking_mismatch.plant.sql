-- plant: a digit was doubled when the number was typed into the channel
-- victim
SELECT CONCAT(o.order_id, ':', d.tracking_key) AS subject_id, o.total AS money_at_risk, 'slip' AS cause, o.order_id,
       s.shipment_id
FROM canonical.sales_order AS o
JOIN matching.order_delivery AS x ON x.channel = o.channel AND x.order_id = o.order_id
JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry AND LENGTH(d.tracking_key) >= 8
JOIN canonical.shipment AS s ON s.channel = o.channel AND s.order_id = o.order_id AND s.tracking_key = d.tracking_key
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.payment_status = 'paid' AND o.is_test IS NOT TRUE
  AND d.created_at < $as_of - INTERVAL 1 DAY
  AND (SELECT COUNT(*) FROM matching.order_delivery AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
  AND (SELECT COUNT(*) FROM canonical.shipment AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
  AND (SELECT COUNT(*) FROM canonical.shipment AS n WHERE n.channel = o.channel AND n.tracking_key = s.tracking_key) = 1
  AND NOT EXISTS (SELECT 1 FROM canonical.b1_delivery AS n
                  WHERE n.tracking_key = CONCAT(d.tracking_key, RIGHT(d.tracking_key, 1)))
ORDER BY d.created_at DESC, o.order_id
-- change
UPDATE canonical.shipment
SET tracking_number = CONCAT(tracking_number, RIGHT(tracking_number, 1)),
    tracking_key = CONCAT(tracking_key, RIGHT(tracking_key, 1))
WHERE channel = $channel AND order_id = $order_id AND shipment_id = $shipment_id
-- plant: the channel was told the number of another order's parcel
-- victim
WITH parcel AS (
    SELECT card_code, doc_entry, tracking_key,
           LAG(tracking_key) OVER (PARTITION BY card_code ORDER BY doc_entry) AS told_number,
           LAG(doc_entry) OVER (PARTITION BY card_code ORDER BY doc_entry) AS told_entry
    FROM canonical.b1_delivery WHERE LENGTH(tracking_key) >= 8
)
SELECT CONCAT(o.order_id, ':', d.tracking_key) AS subject_id, o.total AS money_at_risk, 'other_order' AS cause,
       -- nothing else may happen to the other order
       [o.order_id, z.order_id] AS order_id, o.order_id AS own_order_id, s.shipment_id, y.told_number
FROM canonical.sales_order AS o
JOIN matching.order_delivery AS x ON x.channel = o.channel AND x.order_id = o.order_id
JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry AND LENGTH(d.tracking_key) >= 8
JOIN parcel AS y ON y.doc_entry = d.doc_entry AND LEVENSHTEIN(y.told_number, d.tracking_key) > 2
JOIN matching.order_delivery AS z ON z.channel = o.channel AND z.doc_entry = y.told_entry
JOIN canonical.shipment AS s ON s.channel = o.channel AND s.order_id = o.order_id AND s.tracking_key = d.tracking_key
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.payment_status = 'paid' AND o.is_test IS NOT TRUE
  AND d.created_at < $as_of - INTERVAL 1 DAY
  AND (SELECT COUNT(*) FROM matching.order_delivery AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
  AND (SELECT COUNT(*) FROM canonical.shipment AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
  AND (SELECT COUNT(*) FROM canonical.shipment AS n WHERE n.channel = o.channel AND n.tracking_key = s.tracking_key) = 1
ORDER BY d.created_at DESC, o.order_id
-- change
UPDATE canonical.shipment SET tracking_number = $told_number, tracking_key = $told_number
WHERE channel = $channel AND order_id = $own_order_id AND shipment_id = $shipment_id
