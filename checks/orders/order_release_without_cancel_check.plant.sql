-- plant: nobody looked at the order on the channel before it was delivered
-- victim
SELECT 'releases' AS subject_id, 0 AS money_at_risk, 'not_read' AS cause, o.order_id, d.doc_entry,
       CAST($as_of AS TIMESTAMP) - INTERVAL 10 HOUR AS released_at
FROM canonical.sales_order AS o
JOIN matching.order_delivery AS x ON x.channel = o.channel AND x.order_id = o.order_id
JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
WHERE o.channel = $channel AND o.cancelled_at IS NULL AND d.created_at < $as_of - INTERVAL 26 HOUR
  AND (SELECT COUNT(*) FROM matching.order_delivery AS n WHERE n.channel = o.channel AND n.order_id = o.order_id) = 1
  AND EXISTS (SELECT 1 FROM canonical.sync_event AS e
              WHERE e.channel = o.channel AND e.kind = 'status_read' AND e.order_ref IS NOT NULL
                AND COALESCE(e.finished_at, e.occurred_at, e.started_at) < $as_of - INTERVAL 1 DAY)
ORDER BY d.created_at DESC, o.order_id
-- change
UPDATE canonical.b1_delivery SET created_at = $released_at WHERE doc_entry = $doc_entry
