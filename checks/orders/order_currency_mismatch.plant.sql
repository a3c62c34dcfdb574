-- plant: B1 booked the pounds as euros
-- victim
SELECT o.order_id AS subject_id, o.total - ROUND(o.total * 0.8, 2) AS money_at_risk,
       'same_amount_other_currency' AS cause,
       o.order_id, b.reference, b.card_code, CASE WHEN b.currency = 'EUR' THEN 'USD' ELSE 'EUR' END AS wrong_currency
FROM canonical.sales_order AS o
JOIN setting.channel AS s ON s.channel = o.channel AND s.currency = o.currency
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.total = o.total AND b.reference IS NOT NULL
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid'
  AND COALESCE(o.presentment_currency, o.currency) = o.currency
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.b1_order SET currency = $wrong_currency, total_local = ROUND(total * 0.8, 2),
    tax_local = ROUND(tax * 0.8, 2)
WHERE reference = $reference AND card_code = $card_code
-- change
UPDATE canonical.b1_delivery SET currency = $wrong_currency, total_local = ROUND(total * 0.8, 2),
    tax_local = ROUND(tax * 0.8, 2)
WHERE reference = $reference AND card_code = $card_code
-- change
UPDATE canonical.b1_invoice SET currency = $wrong_currency, total_local = ROUND(total * 0.8, 2),
    tax_local = ROUND(tax * 0.8, 2)
WHERE reference = $reference AND card_code = $card_code
