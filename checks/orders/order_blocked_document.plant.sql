-- plant: the sales order never became more than a draft that waits for an approval
-- victim
SELECT o.order_id AS subject_id, o.total AS money_at_risk, 'FIN' AS owner, 'waiting_for_approval' AS cause, o.order_id,
       b.doc_entry, b.reference, b.card_code
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.reference IS NOT NULL
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid'
  AND COALESCE(o.order_kind, 'sale') = 'sale' AND COALESCE(o.fulfilment_status, '') <> 'on_hold'
  AND NOT EXISTS (SELECT 1 FROM canonical.fulfilment_order AS f
                  WHERE f.channel = o.channel AND f.order_id = o.order_id AND f.status = 'on_hold')
ORDER BY o.placed_at DESC, o.order_id
-- change
INSERT INTO canonical.b1_draft BY NAME
SELECT * REPLACE (doc_entry + 800000000 AS doc_entry, 'open' AS status, 'pending' AS authorization_status),
       '17' AS object_code
FROM canonical.b1_order WHERE doc_entry = $doc_entry
-- change
DELETE FROM canonical.b1_order WHERE reference = $reference AND card_code = $card_code
-- change
DELETE FROM canonical.b1_delivery WHERE reference = $reference AND card_code = $card_code
-- change
DELETE FROM canonical.b1_invoice WHERE reference = $reference AND card_code = $card_code
-- change
DELETE FROM canonical.b1_credit_memo WHERE reference = $reference AND card_code = $card_code
