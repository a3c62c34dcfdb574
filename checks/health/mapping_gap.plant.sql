-- plant: an order was sent from a warehouse that belongs to none of the channel's locations
-- victim
SELECT 'warehouse:not mapped' AS subject_id, 0 AS money_at_risk, 'warehouse' AS cause, o.order_id, b.doc_entry,
       MIN(l.line_num) AS line_num
FROM canonical.sales_order AS o
JOIN matching.order_coverage AS c ON c.channel = o.channel AND c.order_id = o.order_id AND c.orders = 1
JOIN canonical.b1_order AS b ON b.doc_entry = c.order_entry AND b.status = 'closed' AND b.is_cancelled IS NOT TRUE
JOIN canonical.b1_order_line AS l ON l.doc_entry = b.doc_entry AND l.warehouse IS NOT NULL
JOIN canonical.b1_item AS i ON i.item_code = l.item_code AND i.is_inventory
WHERE o.channel = $channel AND b.created_at BETWEEN CAST($as_of AS TIMESTAMP) - INTERVAL 28 DAY AND CAST($as_of AS TIMESTAMP)
  AND $channel IN (SELECT m.channel FROM setting.location_warehouse AS m)
GROUP BY o.order_id, b.doc_entry, o.placed_at
ORDER BY o.placed_at, o.order_id
-- change
UPDATE canonical.b1_order_line SET warehouse = 'not mapped' WHERE doc_entry = $doc_entry AND line_num = $line_num
