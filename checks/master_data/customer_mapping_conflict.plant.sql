-- plant: the middleware chose another business partner, by e-mail address
-- victim
SELECT o.order_id AS subject_id, 0 AS money_at_risk, 'other_partner' AS cause, o.order_id, b.reference, b.card_code, p.other_card
FROM canonical.sales_order AS o
JOIN setting.channel AS s ON s.channel = o.channel
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b
  ON b.doc_entry = c.order_entry AND b.total = o.total AND b.currency = o.currency AND b.reference IS NOT NULL
CROSS JOIN (SELECT MIN(card_code) AS other_card FROM canonical.b1_partner
            WHERE card_type = 'customer' AND card_code NOT IN (SELECT card_code FROM setting.channel)) AS p
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE AND o.payment_status = 'paid'
  AND COALESCE(o.order_kind, 'sale') = 'sale' AND p.other_card IS NOT NULL
  -- within its grace it would be one more that waits for its way into B1
  AND o.placed_at <= $as_of - s.grace_order_minutes * INTERVAL 1 MINUTE
  AND ABS(DATE_DIFF('day', CAST(o.placed_at AS DATE), b.doc_on)) <= 3
  AND (SELECT COUNT(*) FROM canonical.b1_order AS n WHERE n.reference = b.reference) = 1
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.b1_order SET card_code = $other_card WHERE reference = $reference AND card_code = $card_code
-- change
UPDATE canonical.b1_delivery SET card_code = $other_card WHERE reference = $reference AND card_code = $card_code
-- change
UPDATE canonical.b1_invoice SET card_code = $other_card WHERE reference = $reference AND card_code = $card_code
-- change
UPDATE canonical.b1_credit_memo SET card_code = $other_card WHERE reference = $reference AND card_code = $card_code
