/*---
title    = "Sold on the channel, but B1 has no document for it"
severity = "high"
owner    = "INT"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.b1_order", "canonical.b1_invoice", "canonical.b1_draft",
            "canonical.b1_item", "matching.order_coverage", "matching.ambiguous", "matching.sku_item", "setting.channel"]
why      = "The customer has paid, nobody will pick the goods, and the revenue is not in the books."
look     = "B1: Sales - A/R > Sales Order, find by customer reference. Integration log: the order's number."
fix      = "Replay the order from the channel. If its SKU is unknown to B1, create or map the item first, then replay."
---*/
WITH unknown_sku AS (
    SELECT l.order_id, COALESCE(MIN(l.sku), '(none)') AS sku
    FROM canonical.sales_order_line AS l
    LEFT JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku
    WHERE l.channel = $channel AND l.kind = 'product' AND l.is_shippable AND s.item_code IS NULL
    GROUP BY l.order_id
)
SELECT
    o.order_id                  AS subject_id,
    o.currency                  AS currency,
    o.total                     AS expected,
    NULL                        AS actual,
    ROUND(o.total, 2)           AS money_at_risk,
    o.placed_at                 AS occurred_at,
    o.updated_at                AS source_updated_at,
    CASE WHEN u.order_id IS NULL THEN 'INT' ELSE 'MASTER' END AS owner,
    CASE WHEN u.order_id IS NULL THEN NULL ELSE 'sku_unmapped' END AS cause,
    o.ship_by_at                AS deadline_at,
    o.order_id                  AS order_id,
    o.order_ref                 AS order_ref,
    u.sku                       AS sku
FROM canonical.sales_order AS o
JOIN setting.channel AS c ON c.channel = o.channel AND c.posting = 'order'
LEFT JOIN matching.order_coverage AS d ON d.channel = o.channel AND d.order_id = o.order_id
LEFT JOIN unknown_sku AS u ON u.order_id = o.order_id
WHERE o.channel = $channel
  -- 'refunded' in full and never posted: nothing is missing any more
  AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
  AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.cancelled_at IS NULL
  AND o.placed_at + c.grace_order_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
  AND COALESCE(d.orders, 0) = 0 AND COALESCE(d.invoices, 0) = 0 AND COALESCE(d.open_drafts, 0) = 0
  AND NOT EXISTS (SELECT 1 FROM matching.ambiguous AS a
                  WHERE a.channel = o.channel AND a.subject = 'order' AND a.subject_id = o.order_id
                    AND a.object IN ('order', 'invoice', 'draft'))
ORDER BY o.placed_at, o.order_id
