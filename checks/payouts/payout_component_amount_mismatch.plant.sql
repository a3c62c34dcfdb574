-- plant: the provider collected five pounds more than the order comes to
-- victim
SELECT p.order_id AS subject_id, p.charged - (p.b1_total - 5 - p.paid_elsewhere) AS money_at_risk, 'sale_differs' AS cause,
       p.order_id, p.doc_entry
FROM fact.settled_order AS p
JOIN canonical.sales_order AS o ON o.channel = p.channel AND o.order_id = p.order_id
WHERE p.channel = $channel AND p.object = 'order' AND o.payment_status = 'paid' AND p.b1_total > 10 AND p.charged > 5
  AND ABS(p.charged - (p.b1_total - p.paid_elsewhere)) <= 0.02 AND ABS(p.charged - (o.total - p.paid_elsewhere)) <= 0.02
ORDER BY o.placed_at, p.order_id
-- change
UPDATE canonical.sales_order SET total = total - 5 WHERE channel = $channel AND order_id = $order_id
-- change
UPDATE canonical.b1_order SET total = total - 5 WHERE doc_entry = $doc_entry
