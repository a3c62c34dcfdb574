/*---
title    = "Sent on the channel, but B1 still has the goods"
severity = "high"
owner    = "OPS"
subject  = "order"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.shipment", "canonical.b1_order", "canonical.b1_order_line",
            "canonical.b1_delivery", "canonical.b1_invoice", "fact.dispatch_unbooked"]
confirm  = ["canonical.b1_delivery by order_ref", "canonical.b1_invoice by order_ref"]
needs    = ["canonical.sales_order.fulfilment_status"]
means    = "Orders that the channel shows as sent, wholly or in part, are looked up in B1. The finding comes when the sales order is there, but an hour after the dispatch neither a delivery nor an invoice that moves stock follows it. Parcels that were called off on the channel do not count, nor do cancelled orders and goods that are no sale."
why      = "B1 counts goods that have left the house: its stock is too high, every channel is offered units that are not there, and the order is never invoiced."
look     = "Channel: the order's parcels and their tracking numbers. B1: the sales order, which is still open, and its relationship map."
fix      = "Create the delivery from the sales order with the day of the dispatch and the channel's tracking number. If nothing has left, take the dispatch back on the channel."
prevent  = "Let dispatch begin in B1: nobody should confirm a parcel on the channel by hand. Where another warehouse books once a day, name it in the policy of this check."
story    = "{Order} was sent on {channel}{occurred_on}, but {b1} has no delivery for it and still counts the goods as stock."

[params]
grace_minutes    = {type = "int", default = 60, why = "the delivery follows the parcel with the next runs of the sync"}
batch_warehouses = {type = "text", default = "", why = "warehouses, separated by commas, whose deliveries are booked in one batch; none unless told"}
batch_hours      = {type = "int", default = 20, why = "what was sent in the afternoon is booked in that batch the next morning"}
---*/
SELECT
    d.order_id                  AS subject_id,
    d.currency                  AS currency,
    'delivery'                  AS expected,
    NULL                        AS actual,
    ROUND(d.net, 2)             AS money_at_risk,
    d.shipped_at                AS occurred_at,
    d.updated_at                AS source_updated_at,
    d.order_id                  AS order_id,
    d.order_ref                 AS order_ref,
    'order'                     AS b1_object,
    d.doc_entry                 AS doc_entry,
    d.doc_num                   AS doc_num,
    d.warehouse                 AS warehouse,
    d.tracking_number           AS tracking_number
FROM fact.dispatch_unbooked AS d
WHERE d.channel = $channel
  AND d.shipped_at + CASE
        WHEN POSITION(CONCAT(',', d.warehouse, ',') IN CONCAT(',', REPLACE($batch_warehouses, ' ', ''), ',')) > 0
        THEN $batch_hours * INTERVAL 1 HOUR ELSE $grace_minutes * INTERVAL 1 MINUTE END <= CAST($as_of AS TIMESTAMP)
ORDER BY d.shipped_at, d.order_id
