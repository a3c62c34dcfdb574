/*---
title    = "A marketplace holds money because it was not told of the dispatch"
severity = "medium"
owner    = "OPS"
subject  = "channel"
reads    = ["canonical.sales_order", "canonical.shipment", "canonical.payout_line", "canonical.b1_delivery",
            "canonical.b1_shipping_type", "fact.settlement_held", "fact.delivery_package", "setting.channel"]
needs    = ["canonical.payout_line.gross", "canonical.sales_order.total", "canonical.shipment.shipped_at"]
means    = "Orders of a marketplace that pays only what was sent: B1 has the delivery and the grace for tracking is over, the marketplace shows the order as not or not wholly sent, and its account holds no money for it. All such orders of a channel are one finding. Orders with a tracking number or a deadline have findings of their own (tracking not on the channel, dispatch deadline) and keep their money there, so that it is counted once."
why      = "Every day that the confirmation is late the company lends the marketplace the money, and the dispatch rate falls."
look     = "B1: Delivery > Logistics; the marketplace's list of orders to ship."
fix      = "Confirm the dispatch of the orders with their tracking numbers; the money follows with the next payout."
prevent  = "Let the middleware confirm each delivery within the hour, also those without a tracking number."
story    = "{channel} holds {actual} for {note_count} that have left the warehouse, because it was not told of the dispatch."
---*/
SELECT
    h.channel                           AS subject_id,
    MIN(h.currency)                     AS currency,
    0                                   AS expected,
    SUM(h.total)                        AS actual,
    ROUND(SUM(CASE WHEN h.has_finding THEN 0 ELSE h.total END), 2) AS money_at_risk,
    MIN(h.sent_at)                      AS occurred_at,
    CONCAT(CAST(COUNT(*) AS VARCHAR), CASE WHEN COUNT(*) = 1 THEN ' order' ELSE ' orders' END) AS note_count
FROM fact.settlement_held AS h
JOIN setting.channel AS c ON c.channel = h.channel
WHERE h.channel = $channel AND h.sent_at + c.grace_tracking_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
GROUP BY h.channel
ORDER BY h.channel
