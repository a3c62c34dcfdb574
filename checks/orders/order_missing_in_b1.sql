/*---
title    = "Sold on the channel, but B1 has no document for it"
severity = "high"
owner    = "INT"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.b1_order", "canonical.b1_invoice", "canonical.b1_draft",
            "canonical.b1_item", "fact.blocked_line", "matching.unposted_order", "matching.ambiguous", "setting.channel"]
needs    = ["canonical.sales_order.placed_at", "canonical.sales_order.payment_status", "canonical.sales_order.total"]
confirm  = ["canonical.b1_order by order_ref", "canonical.b1_invoice by order_ref", "canonical.b1_draft by order_ref"]
grace    = "order"
muted_by = ["customer_mapping_conflict"]
means    = "Every order that is paid, confirmed and not called off is looked up among the sales orders, invoices and open drafts of B1 by its number; where the number was lost, by amount and items. It has the time of grace to arrive, and it counts as missing only when B1 was read completely past that time. Test orders, orders that were paid back in full before, and goods sent as a replacement are not expected in B1."
why      = "The customer has paid, nobody will pick the goods, and the revenue is not in the books."
look     = "B1: Sales - A/R > Sales Order, find by customer reference. Integration log: the order's number."
fix      = "Replay the order from the channel. If its SKU is unknown to B1, create or map the item first, then replay."
prevent  = "Let the middleware repeat a failed order by itself and report what it gives up; create items in B1 before they are published."

[causes]
sku_unmapped    = "an item of the order is not known in B1 under this SKU"
bundle_unmapped = "a bundle of the order is known in B1 neither as a kit nor by a line of the SKU map"
---*/
WITH missing AS (
    SELECT o.order_id, o.order_no, o.order_ref, o.currency, o.total, o.placed_at, o.updated_at, o.ship_by_at
    FROM matching.unposted_order AS d
    JOIN canonical.sales_order AS o ON o.order_no = d.order_no
    JOIN setting.channel AS c ON c.channel = o.channel AND c.posting = 'order'
    WHERE d.channel = $channel AND d.open_drafts = 0
      -- 'refunded' in full and never posted: nothing is missing any more
      AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
      AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.cancelled_at IS NULL
      -- what is sent instead of something sold, or given away, is no revenue
      AND COALESCE(o.order_kind, 'sale') NOT IN ('exchange', 'replacement', 'sample')
      AND o.placed_at + c.grace_order_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
),
blocked AS (
    SELECT l.order_no, l.sku, l.is_bundle,
           ROW_NUMBER() OVER (PARTITION BY l.order_no ORDER BY CASE WHEN l.is_bundle THEN 0 ELSE 1 END, l.sku) AS place
    FROM fact.blocked_line AS l
    WHERE l.channel = $channel
)
SELECT
    m.order_id                  AS subject_id,
    m.currency                  AS currency,
    m.total                     AS expected,
    NULL                        AS actual,
    ROUND(m.total, 2)           AS money_at_risk,
    m.placed_at                 AS occurred_at,
    m.updated_at                AS source_updated_at,
    CASE WHEN u.order_no IS NULL THEN 'INT' ELSE 'MASTER' END AS owner,
    CASE WHEN u.order_no IS NULL THEN NULL WHEN u.is_bundle THEN 'bundle_unmapped' ELSE 'sku_unmapped' END AS cause,
    -- one SKU stops many orders: they hang below it and keep their money
    CASE WHEN u.order_no IS NULL THEN NULL WHEN u.is_bundle THEN 'bundle_mapping_missing' ELSE 'sku_unmapped' END AS parent_check,
    u.sku                       AS parent_subject_id,
    m.ship_by_at                AS deadline_at,
    m.order_id                  AS order_id,
    m.order_ref                 AS order_ref,
    u.sku                       AS sku
FROM missing AS m
LEFT JOIN blocked AS u ON u.order_no = m.order_no AND u.place = 1
WHERE NOT EXISTS (SELECT 1 FROM matching.ambiguous AS a
                  WHERE a.channel = $channel AND a.subject = 'order' AND a.subject_id = m.order_id
                    AND a.object IN ('order', 'invoice', 'draft'))
ORDER BY m.placed_at, m.order_id
