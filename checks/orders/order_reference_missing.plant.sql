-- plant: the integration lost the order's number before it made the first document
-- victim
SELECT CONCAT('order:', b.doc_entry) AS subject_id, b.total AS money_at_risk, 'reference_empty' AS cause, o.order_id,
       b.reference, b.card_code
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.reference IS NOT NULL
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid'
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.b1_order SET reference = NULL, num_at_card = NULL WHERE reference = $reference
    AND card_code = $card_code
-- change
UPDATE canonical.b1_delivery SET reference = NULL, num_at_card = NULL WHERE reference = $reference
    AND card_code = $card_code
-- change
UPDATE canonical.b1_invoice SET reference = NULL, num_at_card = NULL WHERE reference = $reference
    AND card_code = $card_code
-- plant: somebody wrote a note into the reference of the invoice
-- victim
SELECT CONCAT('invoice:', i.doc_entry) AS subject_id, i.total AS money_at_risk, 'reference_malformed' AS cause,
       o.order_id, i.doc_entry
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.reference IS NOT NULL
JOIN canonical.b1_invoice AS i ON i.doc_entry = c.invoice_entry AND c.invoices = 1 AND i.reference IS NOT NULL
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid'
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.b1_invoice SET reference = 'ask the customer', num_at_card = 'ask the customer'
WHERE doc_entry = $doc_entry
