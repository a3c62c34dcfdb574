/*---
title    = "The channel and B1 disagree on how many units were sent"
severity = "medium"
owner    = "OPS"
subject  = "line"
measure  = "quantity"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.shipment", "canonical.shipment_line",
            "canonical.refund", "canonical.refund_line", "canonical.b1_order", "canonical.b1_order_line",
            "canonical.b1_delivery", "canonical.b1_delivery_line", "canonical.b1_invoice", "canonical.b1_item",
            "canonical.b1_bom", "fact.shipment_quantity", "fact.order_item_side_by_side"]
needs    = ["canonical.shipment_line.quantity", "canonical.shipment_line.sku"]
muted_by = ["tracking_not_on_channel", "dispatch_sla_breach", "order_duplicate_in_b1"]
means    = "For every order of which both sides know a parcel, the units in the channel's parcels are added up by item and compared with the units in B1's deliveries, four hours after the last of them. Sets are taken apart, and the sales unit and the stock unit are both accepted. Nothing is tolerated. Where already the sales order holds another quantity than the channel's order, that is said of the order's line and not here."
why      = "The stock in B1 is wrong by the difference, and the customer is invoiced for more or less than the parcel held."
look     = "Channel: the lines of the order's parcels. B1: the delivery, and the packing list or the pick list."
fix      = "Ask the warehouse what was in the parcel. Correct the delivery by a return or a further delivery, or the parcel on the channel; send what is missing."
prevent  = "Scan each unit when packing, and let the parcel's lines on the channel be made from the delivery."
story    = "Of {item_code} in {order}, {channel} says that {expected} were sent; {b1} delivered {actual}."

[causes]
short_delivery = "B1 delivered fewer units than the channel says were sent"
over_delivery  = "B1 delivered more units than the channel says were sent"
other_item     = "B1 delivered another item than the channel says was sent"

[params]
grace_hours = {type = "int", default = 4, why = "parcels of one order may be packed and confirmed over a shift"}
---*/
SELECT
    CONCAT(q.order_id, ':', q.item_code) AS subject_id,
    o.currency                  AS currency,
    q.sent                      AS expected,
    q.delivered                 AS actual,
    q.delivered - q.sent        AS difference,
    ROUND(q.value, 2)           AS money_at_risk,
    q.changed_at                AS occurred_at,
    q.updated_at                AS source_updated_at,
    CASE WHEN q.is_swapped AND (q.sent = 0 OR q.delivered = 0) THEN 'other_item'
         WHEN q.delivered < q.sent THEN 'short_delivery' ELSE 'over_delivery' END AS cause,
    q.order_id                  AS order_id,
    o.order_ref                 AS order_ref,
    q.item_code                 AS item_code,
    'delivery'                  AS b1_object,
    q.doc_entry                 AS doc_entry,
    q.doc_num                   AS doc_num
FROM fact.shipment_quantity AS q
JOIN canonical.sales_order AS o ON o.order_no = q.order_no
WHERE q.channel = $channel AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
  AND q.changed_at + $grace_hours * INTERVAL 1 HOUR <= CAST($as_of AS TIMESTAMP)
ORDER BY q.order_id, q.item_code
