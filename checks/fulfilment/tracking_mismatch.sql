/*---
title    = "The channel shows another tracking number than B1"
severity = "medium"
owner    = "OPS"
subject  = "package"
measure  = "text"
reads    = ["canonical.b1_delivery", "canonical.sales_order", "canonical.shipment", "canonical.b1_shipping_type",
            "fact.delivery_package", "fact.shared_number", "setting.channel"]
needs    = ["canonical.sales_order.total", "canonical.shipment.tracking_key"]
grace    = "tracking"
means    = "The tracking numbers of B1's deliveries are compared with those of the channel's parcels, without regard to capitals, blanks and punctuation. The finding comes when the channel shows a number for the order that B1 does not have, and it is the number of another order's parcel, this number with a slip in it, or one that looks like it. It also comes when several orders show one number and B1 does not say that they share a parcel. A label that the channel printed itself is none of these."
why      = "The customer follows somebody else's parcel or none, asks where the order is, and wins the dispute because the proof of delivery belongs to another address."
look     = "B1: Delivery > Logistics, and the carrier's own page for both numbers. Channel: the order's parcels."
fix      = "Ask the carrier which number went to this customer, and write that one on the channel and into the delivery."
prevent  = "Scan the number from the label instead of typing it, and let one system alone pass it on."
story    = "B1 sent {order} under {expected}, but {channel} shows {note_told}."

[causes]
other_order   = "the channel shows the number of another order's parcel"
slip          = "a digit was lost, added or changed on the way"
other_number  = "the channel shows a number of the same kind that no delivery in B1 has"
shared_number = "several orders on the channel show this number, and B1 does not know that they share a parcel"
---*/
WITH found AS (
    SELECT p.order_id, p.order_no, p.tracking_key, p.tracking_number AS expected, p.told_number AS actual, p.mismatch AS cause,
           p.created_at AS occurred_at, p.updated_at, p.tracking_number, p.carrier, p.package_id, p.doc_entry, p.doc_num,
           p.told_number AS told
    FROM fact.delivery_package AS p
    WHERE p.channel = $channel AND p.mismatch IS NOT NULL
    UNION ALL
    SELECT s.order_id, s.order_no, s.tracking_key, NULL, s.tracking_number, 'shared_number', s.shipped_at, NULL, s.tracking_number,
           NULL, NULL, NULL, NULL,
           CONCAT(s.tracking_number, ', which ', s.orders, ' orders show')
    FROM fact.shared_number AS s
    WHERE s.channel = $channel
      AND NOT EXISTS (SELECT 1 FROM fact.delivery_package AS p
                      WHERE p.order_no = s.order_no AND p.told_key = s.tracking_key)
), placed AS (
    SELECT f.order_id, f.tracking_key, f.expected, f.actual, f.cause, f.occurred_at, f.updated_at, f.tracking_number,
           f.carrier, f.package_id, f.doc_entry, f.doc_num, f.told, o.order_ref, o.currency, o.total,
           ROW_NUMBER() OVER (PARTITION BY f.order_no ORDER BY f.occurred_at, f.tracking_key) AS place
    FROM found AS f
    JOIN canonical.sales_order AS o ON o.order_no = f.order_no
    JOIN setting.channel AS c ON c.channel = o.channel
    WHERE o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
      AND f.occurred_at + c.grace_tracking_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
)
SELECT
    CONCAT(p.order_id, ':', p.tracking_key) AS subject_id,
    p.currency                  AS currency,
    p.expected                  AS expected,
    p.actual                    AS actual,
    -- the order is at stake once, however many parcels it has
    CASE WHEN p.place = 1 THEN ROUND(p.total, 2) ELSE 0 END AS money_at_risk,
    p.occurred_at               AS occurred_at,
    p.updated_at                AS source_updated_at,
    p.cause                     AS cause,
    p.order_id                  AS order_id,
    p.order_ref                 AS order_ref,
    p.package_id                AS package_id,
    p.tracking_number           AS tracking_number,
    p.carrier                   AS carrier,
    CASE WHEN p.doc_entry IS NOT NULL THEN 'delivery' END AS b1_object,
    p.doc_entry                 AS doc_entry,
    p.doc_num                   AS doc_num,
    p.told                      AS note_told
FROM placed AS p
ORDER BY p.occurred_at, p.order_id, p.tracking_key
