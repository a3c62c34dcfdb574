/*---
title    = "Cancelled on the channel, but the B1 sales order is still open"
severity = "high"
owner    = "OPS"
subject  = "order"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.b1_order", "canonical.b1_order_line", "canonical.b1_delivery", "canonical.b1_invoice",
            "matching.document_count", "matching.link"]
needs    = ["canonical.sales_order.cancelled_at", "canonical.sales_order.total"]
means    = "Orders cancelled on the channel are looked up in B1. It fires a quarter of an hour after the cancellation, while a sales order of it is still open and nothing was delivered or invoiced. A cancellation that was only asked for does not count. Where B1 tells that a pick was released for it, or that it was picked, it is critical."
why      = "Goods nobody has paid for may be picked and sent, and their stock stays reserved."
look     = "B1: the sales order and its pick list. Channel: who cancelled the order, when and why."
fix      = "Stop the pick, then cancel the sales order in B1."
prevent  = "Let cancellations travel before everything else, and let the release to the pick list ask the channel once more."

[params]
grace_minutes = {type = "int", default = 15, why = "cancellations travel first in the sync, which runs every quarter of an hour"}
---*/
WITH picked AS (
    -- of open lines only: what was picked of all others has left the house
    SELECT l.doc_entry, COUNT(*) AS released
    FROM canonical.b1_order_line AS l
    WHERE l.status = 'open' AND l.pick_status IN ('released', 'partially_picked', 'picked')
    GROUP BY l.doc_entry
)
SELECT
    o.order_id                          AS subject_id,
    o.currency                          AS currency,
    'cancelled'                         AS expected,
    'open'                              AS actual,
    ROUND(MAX(o.total - COALESCE(o.tax, 0)), 2) AS money_at_risk,
    o.cancelled_at                      AS occurred_at,
    CASE WHEN MAX(p.released) > 0 THEN 'critical' END AS severity,
    MAX(d.updated_at)                   AS source_updated_at,
    o.order_id                          AS order_id,
    MAX(o.order_ref)                    AS order_ref,
    'order'                             AS b1_object,
    MIN(d.doc_entry)                    AS doc_entry,
    MIN(d.doc_num)                      AS doc_num,
    CASE WHEN MAX(p.released) > 0 THEN 'The warehouse has it on a pick list already.' END AS note_pick
FROM canonical.sales_order AS o
JOIN matching.document_count AS c ON c.order_no = o.order_no
JOIN matching.link AS x ON x.order_no = c.order_no AND x.object = 'order'
JOIN canonical.b1_order AS d ON d.doc_entry = x.doc_entry AND d.status = 'open'
LEFT JOIN picked AS p ON p.doc_entry = d.doc_entry
WHERE o.channel = $channel AND o.is_test IS NOT TRUE AND o.cancelled_at IS NOT NULL
  AND o.cancelled_at + $grace_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
  AND c.invoices = 0
  AND NOT EXISTS (SELECT 1 FROM matching.link AS s WHERE s.order_no = c.order_no AND s.object = 'delivery')
GROUP BY o.order_id, o.currency, o.cancelled_at
ORDER BY o.cancelled_at, o.order_id
