/*---
title    = "Dispatched in B1, but the channel order does not know the tracking number"
severity = "medium"
owner    = "OPS"
subject  = "package"
measure  = "text"
action   = "push_tracking"
reads    = ["canonical.b1_delivery", "canonical.sales_order", "canonical.shipment", "canonical.b1_shipping_type",
            "fact.delivery_package", "fact.carrier_use", "setting.channel"]
needs    = ["canonical.sales_order.total", "canonical.shipment.tracking_key"]
confirm  = ["canonical.shipment by order_id"]
grace    = "tracking"
means    = "Every delivery in B1 that carries a tracking number is looked up on the channel, an hour after it was made. The finding comes when no parcel of the order shows that number; capitals, blanks and punctuation make no difference. Cancelled orders do not count, nor orders that the channel shows as sent with labels of its own. A number that the channel shows wrongly is a finding of its own."
why      = "The customer is not told, the dispatch deadline runs on, and the channel holds the money."
look     = "B1: Delivery > Logistics. Channel: the order's fulfilment."
fix      = "Approve the proposed tracking update; if the carrier is unmapped, map it first."
prevent  = "Keep the map of carriers complete, watch that the sync of tracking numbers runs every quarter of an hour, and look at what it refused each morning."
story    = "B1 sent {order} under tracking number {expected}{occurred_on}, but {channel} shows no parcel with that number."

[causes]
carrier_unmapped = "the channel does not know the carrier under the name that B1 has for it"
---*/
WITH missing AS (
    SELECT p.order_id, p.tracking_key, p.tracking_number, p.carrier, p.package_id, u.carrier AS unmapped, p.doc_entry, p.doc_num,
           p.created_at, p.updated_at, o.order_ref, o.currency, o.total, o.ship_by_at,
           ROW_NUMBER() OVER (PARTITION BY p.order_id ORDER BY p.created_at, p.tracking_key) AS place
    FROM fact.delivery_package AS p
    JOIN canonical.sales_order AS o ON o.order_no = p.order_no
    JOIN setting.channel AS c ON c.channel = p.channel
    LEFT JOIN fact.carrier_use AS u
      ON u.channel = p.channel AND u.problem IS NOT NULL AND u.carrier = COALESCE(p.b1_carrier, '(none)')
    WHERE p.channel = $channel AND NOT p.has_channel_label AND p.mismatch IS NULL
      AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
      AND p.created_at + c.grace_tracking_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
)
SELECT
    CONCAT(m.order_id, ':', m.tracking_key) AS subject_id,
    m.currency                          AS currency,
    m.tracking_number                   AS expected,
    NULL                                AS actual,
    -- the order's money is held once, however many parcels it has
    CASE WHEN m.place = 1 THEN ROUND(m.total, 2) ELSE 0 END AS money_at_risk,
    m.created_at                        AS occurred_at,
    m.updated_at                        AS source_updated_at,
    CASE WHEN m.unmapped IS NOT NULL THEN 'carrier_unmapped' END AS cause,
    m.ship_by_at                        AS deadline_at,
    CASE WHEN m.unmapped IS NOT NULL THEN 'carrier_unmapped' END AS parent_check,
    m.unmapped                          AS parent_subject_id,
    m.order_id                          AS order_id,
    m.order_ref                         AS order_ref,
    m.package_id                        AS package_id,
    m.tracking_number                   AS tracking_number,
    m.carrier                           AS carrier,
    'delivery'                          AS b1_object,
    m.doc_entry                         AS doc_entry,
    m.doc_num                           AS doc_num
FROM missing AS m
ORDER BY m.created_at, m.order_id, m.tracking_key
