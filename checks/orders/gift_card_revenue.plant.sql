-- plant: a gift card was booked on the account of the goods
-- victim
SELECT CONCAT(o.order_id, ':', l.line_id) AS subject_id, l.gross AS money_at_risk, 'revenue_account' AS cause,
       o.order_id, k.doc_entry, k.line_num, (SELECT MODE(g.account) FROM canonical.b1_invoice_line AS g
                                 WHERE g.item_code NOT IN (
                                     SELECT item_code FROM setting.gift_card_item)) AS goods_account
FROM canonical.sales_order AS o
JOIN canonical.sales_order_line AS l ON l.channel = o.channel AND l.order_id = o.order_id AND l.kind = 'gift_card'
  AND l.gross > 0
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.invoices = 1
JOIN canonical.b1_invoice_line AS k ON k.doc_entry = c.invoice_entry
  AND k.item_code IN (SELECT item_code FROM setting.gift_card_item)
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.b1_invoice_line SET account = $goods_account WHERE doc_entry = $doc_entry AND line_num = $line_num
-- plant: what was paid with a gift card was taken off the order as a discount
-- victim
SELECT CONCAT(o.order_id, ':tender') AS subject_id, p.amount AS money_at_risk, 'taken_as_discount' AS cause, o.order_id,
       b.doc_entry, p.amount
FROM canonical.sales_order AS o
JOIN canonical.sales_payment AS p
  ON p.channel = o.channel AND p.order_id = o.order_id AND p.gateway = 'gift_card' AND p.status = 'success'
 AND p.kind IN ('sale', 'capture') AND p.amount > 1
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.total = o.total AND b.currency = o.currency
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
  AND (SELECT COUNT(*) FROM canonical.sales_payment AS n
       WHERE n.channel = o.channel AND n.order_id = o.order_id AND n.gateway = 'gift_card'
         AND n.kind IN ('sale', 'capture')) = 1
ORDER BY o.placed_at DESC, o.order_id
-- change
UPDATE canonical.b1_order SET discount = COALESCE(discount, 0) + $amount, total = total - $amount
WHERE doc_entry = $doc_entry
