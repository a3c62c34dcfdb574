/*---
title    = "The channel's dispatch deadline runs out, and the channel has not been told of a parcel"
severity = "medium"
owner    = "OPS"
subject  = "order"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.fulfilment_order", "canonical.shipment", "canonical.b1_order",
            "canonical.b1_delivery", "canonical.b1_invoice", "canonical.b1_draft", "matching.unposted_order",
            "fact.delivery_due"]
needs    = ["canonical.sales_order.ship_by_at", "canonical.sales_order.fulfilment_status", "canonical.sales_order.total"]
muted_by = ["delivery_overdue", "tracking_not_on_channel", "tracking_mismatch", "shipped_on_channel_not_in_b1",
            "order_blocked_document"]
means    = "Each paid order has a time by which the channel wants to hear that it was sent. The finding comes four hours before that time, is urgent in the last hour, and stays until the channel shows the order as sent. Orders on hold do not count, because their clock stands still. Where B1 or a lost tracking number says why, that finding stands alone and this one is muted."
why      = "Late dispatch is counted against the shop; marketplaces charge for it, show the shop less, and in the end cancel the order and keep the money."
look     = "Channel: the order, its dispatch deadline and its parcels. B1: the deliveries of the order and their tracking numbers."
fix      = "Confirm the dispatch on the channel, with the tracking number where there is one. If the goods are still here, send them now."
prevent  = "Book every delivery with carrier and tracking number, also what is handed over in person, and let the middleware confirm dispatches every quarter of an hour."
story    = "{Order} must be confirmed as sent by {expected}, and {channel} has heard nothing of it. {note_state}"

[causes]
not_confirmed = "B1 has delivered the order, but the channel was not told"
not_sent      = "B1 has not delivered the order either"
not_in_b1     = "B1 has no sales order for it, so that nobody there knows that it is due"

[params]
warn_hours   = {type = "int", default = 4, why = "half a shift is left in which it can be packed and confirmed"}
urgent_hours = {type = "int", default = 1, why = "one run of the sync must still follow the confirmation"}
penalty      = {type = "decimal", default = 0, why = "what the channel charges for one late order; set it per channel from its contract"}
---*/
SELECT
    d.order_id                  AS subject_id,
    d.currency                  AS currency,
    d.channel_due_at            AS expected,
    'not confirmed'             AS actual,
    ROUND(d.total + CASE WHEN d.channel_due_at <= CAST($now AS TIMESTAMP) THEN $penalty ELSE 0 END, 2) AS money_at_risk,
    d.placed_at                 AS occurred_at,
    d.updated_at                AS source_updated_at,
    CASE WHEN d.channel_due_at - $urgent_hours * INTERVAL 1 HOUR <= CAST($now AS TIMESTAMP) THEN 'high' END AS severity,
    CASE WHEN d.has_delivery OR d.has_invoice THEN 'not_confirmed'
         WHEN d.has_order THEN 'not_sent' ELSE 'not_in_b1' END AS cause,
    d.channel_due_at            AS deadline_at,
    d.order_id                  AS order_id,
    d.order_ref                 AS order_ref,
    CASE WHEN d.has_delivery THEN 'SAP Business One has delivered it.'
         WHEN d.has_invoice THEN 'SAP Business One has invoiced it.'
         WHEN d.has_order THEN 'SAP Business One has not delivered it.'
         ELSE 'SAP Business One has no sales order for it.' END AS note_state
FROM fact.delivery_due AS d
WHERE d.channel = $channel
  AND d.channel_due_at - $warn_hours * INTERVAL 1 HOUR <= CAST($now AS TIMESTAMP)
  AND NOT EXISTS (SELECT 1 FROM matching.unposted_order AS u
                  WHERE u.order_no = d.order_no AND u.open_drafts > 0)
ORDER BY d.channel_due_at, d.order_id
