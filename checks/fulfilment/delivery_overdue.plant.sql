-- plant: the sales order was closed by hand before anything left
-- victim
SELECT o.order_id AS subject_id,
       LEAST((SELECT SUM(l.gross) FROM canonical.b1_order_line AS l
              JOIN canonical.b1_item AS i ON i.item_code = l.item_code AND i.is_inventory
              WHERE l.doc_entry = b.doc_entry), o.total) AS money_at_risk,
       'closed' AS cause, o.order_id, b.doc_entry, b.reference, b.card_code,
       CAST($as_of AS DATE) - 5 AS ordered_on, CAST($as_of AS DATE) - 4 AS due_on,
       CAST($as_of AS TIMESTAMP) - INTERVAL 1 HOUR AS due_at
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.reference IS NOT NULL
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.payment_status = 'paid' AND o.is_test IS NOT TRUE
  AND o.is_confirmed IS NOT FALSE AND o.placed_at < $as_of - INTERVAL 1 DAY AND COALESCE(o.order_kind, 'sale') = 'sale'
  AND o.fulfilment_status = 'shipped'
  AND NOT EXISTS (SELECT 1 FROM canonical.b1_order_line AS l
                  LEFT JOIN canonical.b1_item AS i ON i.item_code = l.item_code
                  WHERE l.doc_entry = b.doc_entry AND (i.is_inventory IS NOT TRUE OR l.quantity <= 0))
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.sales_order SET fulfilment_status = 'unshipped',
    ship_by_at = CASE WHEN ship_by_at IS NOT NULL THEN $due_at END
WHERE channel = $channel AND order_id = $order_id
-- change
DELETE FROM canonical.shipment WHERE channel = $channel AND order_id = $order_id
-- change
DELETE FROM canonical.shipment_line WHERE channel = $channel AND order_id = $order_id
-- change
DELETE FROM canonical.b1_delivery WHERE reference = $reference AND card_code = $card_code
-- change
DELETE FROM canonical.b1_invoice WHERE reference = $reference AND card_code = $card_code
-- change
UPDATE canonical.b1_order SET status = 'closed', doc_on = $ordered_on, due_on = $due_on WHERE doc_entry = $doc_entry
