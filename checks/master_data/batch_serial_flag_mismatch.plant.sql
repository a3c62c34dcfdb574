-- plant: the middleware was told that an item has batch numbers
-- victim
SELECT i.item_code AS subject_id, 0 AS money_at_risk, 'untracked_in_b1' AS cause, i.item_code, ARRAY_AGG(l.sku) AS sku
FROM canonical.listing AS l
JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku AND s.rule = 'item_code'
JOIN canonical.b1_item AS i ON i.item_code = s.item_code
WHERE l.channel = $channel AND l.is_active IS NOT FALSE AND i.is_inventory AND i.tree_type = 'not_a_tree'
  AND i.told_tracking = 'none' AND i.manages_batches IS NOT TRUE AND i.manages_serials IS NOT TRUE
  AND NOT EXISTS (SELECT 1 FROM canonical.b1_order_line AS n WHERE n.item_code = i.item_code AND n.status = 'open')
GROUP BY i.item_code
ORDER BY (SELECT COUNT(*) FROM canonical.b1_order_line AS n WHERE n.item_code = i.item_code), i.item_code DESC
-- change
UPDATE canonical.b1_item SET told_tracking = 'batch' WHERE item_code = $item_code

-- plant: all batches of an item that has to be picked today were locked
-- victim
WITH open_line AS (
    SELECT l.item_code, l.warehouse, SUM(l.gross) AS gross, ARRAY_AGG(DISTINCT x.order_id) AS order_ids,
           MIN(d.due_on) AS due_on, MAX(d.due_on) AS last_due_on, BOOL_AND(l.open_quantity = l.quantity) AS is_untouched
    FROM canonical.b1_order AS d
    JOIN canonical.b1_order_line AS l ON l.doc_entry = d.doc_entry AND l.status = 'open' AND l.open_quantity > 0
    JOIN matching.order_document AS x ON x.object = 'order' AND x.doc_entry = d.doc_entry AND x.channel = $channel
    WHERE d.status = 'open' AND d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE
    GROUP BY l.item_code, l.warehouse
)
SELECT CONCAT(o.item_code, '@', o.warehouse) AS subject_id, o.gross AS money_at_risk, 'OPS' AS owner,
       'no_batch_released' AS cause, o.item_code, o.warehouse, o.order_ids AS order_id
FROM open_line AS o
JOIN canonical.b1_item AS i ON i.item_code = o.item_code AND i.manages_batches AND i.manages_serials IS NOT TRUE
JOIN canonical.b1_item_warehouse AS w ON w.item_code = o.item_code AND w.warehouse = o.warehouse AND w.on_hand > 0
WHERE o.is_untouched AND o.last_due_on <= CAST($now AS DATE)
  AND EXISTS (SELECT 1 FROM canonical.b1_batch_stock AS b
              WHERE b.item_code = o.item_code AND b.warehouse = o.warehouse AND b.status = 'released' AND b.quantity > 0)
ORDER BY o.due_on, o.item_code, o.warehouse
-- change
UPDATE canonical.b1_batch_stock SET status = 'locked' WHERE item_code = $item_code AND warehouse = $warehouse
