-- plant: the number of the package was never written into B1
-- victim
SELECT o.order_id AS subject_id, o.total AS money_at_risk, 'empty' AS cause, o.order_id, b.reference, b.card_code
FROM canonical.sales_order AS o
JOIN setting.channel AS s ON s.channel = o.channel AND s.kind = 'tiktok_shop'
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.reference IS NOT NULL
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.payment_status = 'paid' AND o.is_test IS NOT TRUE
  AND EXISTS (SELECT 1 FROM canonical.shipment AS p
              WHERE p.channel = o.channel AND p.order_id = o.order_id AND p.package_id <> ''
                AND p.status IN ('shipped', 'delivered') AND p.shipped_at < $as_of - INTERVAL 1 DAY)
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.b1_order SET package_id = NULL WHERE reference = $reference AND card_code = $card_code
-- change
UPDATE canonical.b1_delivery SET package_id = NULL WHERE reference = $reference AND card_code = $card_code
