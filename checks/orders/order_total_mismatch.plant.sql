-- plant: B1 added a charge that the channel never asked for
-- victim
SELECT o.order_id AS subject_id, 6.00 AS money_at_risk, o.order_id, b.doc_entry
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.total = o.total AND b.currency = o.currency
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid' AND o.is_edited IS NOT TRUE
ORDER BY o.placed_at DESC, o.order_id
-- change
INSERT INTO canonical.b1_order_expense BY NAME
SELECT doc_entry, 900 AS line_num, 900 AS expense_code, 5 AS net, 1 AS tax, 6 AS gross, currency
FROM canonical.b1_order WHERE doc_entry = $doc_entry
-- change
UPDATE canonical.b1_order SET total = total + 6, tax = tax + 1 WHERE doc_entry = $doc_entry
-- plant: B1 left the shipping out
-- victim
SELECT o.order_id AS subject_id, e.gross AS money_at_risk, o.order_id, b.doc_entry, e.line_num, e.gross, e.tax
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.total = o.total AND b.currency = o.currency
JOIN canonical.b1_order_expense AS e ON e.doc_entry = b.doc_entry AND e.gross > 1
WHERE o.channel = $channel AND o.placed_at < $as_of - INTERVAL 1 DAY AND o.cancelled_at IS NULL
  AND o.payment_status = 'paid' AND o.is_edited IS NOT TRUE
ORDER BY o.placed_at DESC, o.order_id, e.line_num
-- change
DELETE FROM canonical.b1_order_expense WHERE doc_entry = $doc_entry AND line_num = $line_num
-- change
UPDATE canonical.b1_order SET total = total - $gross, tax = tax - $tax WHERE doc_entry = $doc_entry
