/*---
title    = "Sold on the channel, but B1 has no document for it"
severity = "high"
owner    = "INT"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.b1_order", "canonical.b1_invoice", "canonical.b1_draft",
            "canonical.b1_item", "matching.unposted_order", "matching.ambiguous", "matching.sku_item", "setting.channel"]
needs    = ["canonical.sales_order.placed_at", "canonical.sales_order.payment_status", "canonical.sales_order.total"]
grace    = "order"
why      = "The customer has paid, nobody will pick the goods, and the revenue is not in the books."
look     = "B1: Sales - A/R > Sales Order, find by customer reference. Integration log: the order's number."
fix      = "Replay the order from the channel. If its SKU is unknown to B1, create or map the item first, then replay."
---*/
WITH missing AS (
    SELECT o.order_id, o.order_ref, o.currency, o.total, o.placed_at, o.updated_at, o.ship_by_at
    FROM matching.unposted_order AS d
    JOIN canonical.sales_order AS o ON o.channel = d.channel AND o.order_id = d.order_id
    JOIN setting.channel AS c ON c.channel = o.channel AND c.posting = 'order'
    WHERE d.channel = $channel AND d.open_drafts = 0
      -- 'refunded' in full and never posted: nothing is missing any more
      AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
      AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.cancelled_at IS NULL
      -- what is sent instead of something sold, or given away, is no revenue
      AND COALESCE(o.order_kind, 'sale') NOT IN ('exchange', 'replacement', 'sample')
      AND o.placed_at + c.grace_order_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
),
unknown_sku AS (
    SELECT l.order_id, COALESCE(MIN(l.sku), '(none)') AS sku
    FROM canonical.sales_order_line AS l
    JOIN missing AS m ON m.order_id = l.order_id
    LEFT JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku
    WHERE l.channel = $channel AND l.kind = 'product' AND l.is_shippable AND s.item_code IS NULL
    GROUP BY l.order_id
)
SELECT
    m.order_id                  AS subject_id,
    m.currency                  AS currency,
    m.total                     AS expected,
    NULL                        AS actual,
    ROUND(m.total, 2)           AS money_at_risk,
    m.placed_at                 AS occurred_at,
    m.updated_at                AS source_updated_at,
    CASE WHEN u.order_id IS NULL THEN 'INT' ELSE 'MASTER' END AS owner,
    CASE WHEN u.order_id IS NULL THEN NULL ELSE 'sku_unmapped' END AS cause,
    m.ship_by_at                AS deadline_at,
    m.order_id                  AS order_id,
    m.order_ref                 AS order_ref,
    u.sku                       AS sku
FROM missing AS m
LEFT JOIN unknown_sku AS u ON u.order_id = m.order_id
WHERE NOT EXISTS (SELECT 1 FROM matching.ambiguous AS a
                  WHERE a.channel = $channel AND a.subject = 'order' AND a.subject_id = m.order_id
                    AND a.object IN ('order', 'invoice', 'draft'))
ORDER BY m.placed_at, m.order_id
