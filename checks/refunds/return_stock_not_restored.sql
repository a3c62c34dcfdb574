/*---
title    = "Goods came back, but B1's stock does not know of them"
severity = "low"
owner    = "OPS"
subject  = "refund"
measure  = "quantity"
reads    = ["canonical.refund", "canonical.refund_line", "canonical.sales_order", "canonical.b1_credit_memo",
            "canonical.b1_credit_memo_line", "canonical.b1_return", "canonical.b1_return_line", "canonical.b1_invoice",
            "canonical.b1_draft", "canonical.b1_item", "setting.channel", "setting.return_warehouse",
            "setting.location_warehouse", "fact.return_stock"]
needs    = ["canonical.refund_line.restock_type"]
muted_by = ["order_missing_in_b1", "refund_without_credit_memo"]
means    = "Units that the channel put back into stock with a refund are set beside the units that returns and credit memos of the same order brought into B1, in any warehouse of the channel or a returns warehouse. A returns or quarantine warehouse counts as put back, though nobody can sell from it."
why      = "The channel sells goods again that B1 does not have; at the next count they turn up as a surplus that nobody can explain."
look     = "B1: the returns and credit memos of the order, their quantities and warehouses. Warehouse: the returns shelf."
fix      = "Book the return into the returns warehouse; if the goods never came, take the units off the channel again."
prevent  = "Let the middleware create a return from the channel's restock, and credit from the return."
story    = "{Order}: {channel} put {expected} units back into stock{occurred_on}, B1 took in {actual} of them ({note_items})."

[causes]
not_booked        = "neither a return nor a credit memo with these goods was booked"
no_stock_movement = "the credit memo was booked without moving stock"
other_warehouse   = "the goods were booked into a warehouse that is neither the channel's nor one for returns"

[params]
days = {type = "int", default = 5, why = "a parcel is opened and booked within a working week"}
---*/
SELECT
    s.refund_id                         AS subject_id,
    k.currency                          AS currency,
    s.units                             AS expected,
    s.units - s.missing                 AS actual,
    ROUND(s.value, 2)                   AS money_at_risk,
    s.refunded_at                       AS occurred_at,
    s.updated_at                        AS source_updated_at,
    CASE WHEN s.is_unmoved THEN 'no_stock_movement'
         WHEN s.is_elsewhere THEN 'other_warehouse'
         ELSE 'not_booked' END          AS cause,
    s.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    s.refund_id                         AS refund_id,
    s.sku                               AS sku,
    CASE WHEN s.is_elsewhere THEN s.other_warehouse END AS warehouse,
    s.items                             AS note_items
FROM fact.return_stock AS s
JOIN setting.channel AS k ON k.channel = s.channel
LEFT JOIN canonical.sales_order AS o ON o.order_no = s.order_no
WHERE s.channel = $channel
  -- the credit memo waits as a draft: somebody is at it
  AND NOT s.is_draft
  AND s.refunded_at + $days * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)
ORDER BY s.refunded_at, s.refund_id
