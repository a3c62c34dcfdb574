-- plant: B1 lost the order and everything that followed from it
-- victim
SELECT o.order_id AS subject_id, o.total AS money_at_risk, o.order_id, b.reference, b.card_code
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid' AND b.reference IS NOT NULL
ORDER BY o.placed_at DESC, o.order_id
-- change
DELETE FROM canonical.b1_order WHERE reference = $reference AND card_code = $card_code
-- change
DELETE FROM canonical.b1_delivery WHERE reference = $reference AND card_code = $card_code
-- change
DELETE FROM canonical.b1_invoice WHERE reference = $reference AND card_code = $card_code
-- change
DELETE FROM canonical.b1_credit_memo WHERE reference = $reference AND card_code = $card_code
