-- plant: an order was typed into B1 under a number that the channel never gave
-- victim
SELECT CONCAT('order:', b.doc_entry + 700000000) AS subject_id, b.total AS money_at_risk, 'unknown_order' AS cause,
       o.order_id, b.doc_entry, b.doc_entry + 700000000 AS typed_entry,
       REGEXP_REPLACE(b.reference, '([0-9]{3,})', '\077') AS typed_reference
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.reference IS NOT NULL
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid'
  AND b.created_at > (SELECT MIN(f.placed_at) FROM canonical.sales_order AS f
                      WHERE f.channel = $channel) + INTERVAL 4 DAY
  AND REGEXP_MATCHES(b.reference, '[0-9]{3,}')
  AND NOT EXISTS (SELECT 1 FROM canonical.sales_order AS n
                  WHERE n.channel = o.channel AND n.order_ref = REGEXP_REPLACE(o.order_ref, '([0-9]{3,})', '\077'))
ORDER BY o.placed_at DESC, o.order_id
-- change
INSERT INTO canonical.b1_order BY NAME
SELECT * REPLACE ($typed_entry AS doc_entry, doc_num + 700000000 AS doc_num, $typed_reference AS reference,
                  $typed_reference AS num_at_card)
FROM canonical.b1_order WHERE doc_entry = $doc_entry
-- change
INSERT INTO canonical.b1_order_line BY NAME
SELECT * REPLACE ($typed_entry AS doc_entry) FROM canonical.b1_order_line WHERE doc_entry = $doc_entry
-- plant: a digit too many was written into the order's number, on every document
-- victim
SELECT CONCAT('order:', b.doc_entry) AS subject_id, b.total AS money_at_risk, 'reference_typo' AS cause, o.order_id,
       b.reference, b.card_code, REGEXP_REPLACE(b.reference, '([0-9]{3,})', '\07') AS typed_reference
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.reference IS NOT NULL
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid'
  AND b.created_at > (SELECT MIN(f.placed_at) FROM canonical.sales_order AS f
                      WHERE f.channel = $channel) + INTERVAL 4 DAY
  AND REGEXP_MATCHES(b.reference, '[0-9]{3,}') AND b.total = o.total AND LENGTH(o.order_ref) >= 5
  AND NOT EXISTS (SELECT 1 FROM canonical.sales_order AS n
                  WHERE n.channel = o.channel AND n.order_ref = REGEXP_REPLACE(o.order_ref, '([0-9]{3,})', '\07'))
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.b1_order SET reference = $typed_reference, num_at_card = $typed_reference
WHERE reference = $reference AND card_code = $card_code
-- change
UPDATE canonical.b1_delivery SET reference = $typed_reference, num_at_card = $typed_reference
WHERE reference = $reference AND card_code = $card_code
-- change
UPDATE canonical.b1_invoice SET reference = $typed_reference, num_at_card = $typed_reference
WHERE reference = $reference AND card_code = $card_code
