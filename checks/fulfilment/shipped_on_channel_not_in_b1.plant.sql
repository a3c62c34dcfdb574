-- plant: the parcel left, and nobody made the delivery in B1
-- victim
SELECT o.order_id AS subject_id, LEAST(b.total - COALESCE(b.tax, 0), o.total) AS money_at_risk, o.order_id, b.doc_entry,
       b.reference, b.card_code
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.reference IS NOT NULL
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.payment_status = 'paid' AND o.is_test IS NOT TRUE
  AND o.fulfilment_status = 'shipped' AND COALESCE(o.order_kind, 'sale') = 'sale'
  AND EXISTS (SELECT 1 FROM matching.order_delivery AS x WHERE x.channel = o.channel AND x.order_id = o.order_id)
  AND EXISTS (SELECT 1 FROM canonical.shipment AS s
              WHERE s.channel = o.channel AND s.order_id = o.order_id AND s.status IN ('shipped', 'delivered')
                AND s.shipped_at < $as_of - INTERVAL 1 DAY)
  AND NOT EXISTS (SELECT 1 FROM matching.order_document AS n
                  WHERE n.channel = o.channel AND n.order_id = o.order_id AND n.object IN ('return', 'credit_memo'))
ORDER BY o.placed_at DESC, o.order_id
-- change
DELETE FROM canonical.b1_delivery WHERE reference = $reference AND card_code = $card_code
-- change
DELETE FROM canonical.b1_invoice WHERE reference = $reference AND card_code = $card_code
-- change
UPDATE canonical.b1_order_line SET open_quantity = quantity, status = 'open' WHERE doc_entry = $doc_entry
-- change
UPDATE canonical.b1_order SET status = 'open' WHERE doc_entry = $doc_entry
