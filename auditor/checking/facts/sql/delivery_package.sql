-- Parcels that B1 sent with a tracking number of which the channel's order knows nothing; one row for each number.
CREATE OR REPLACE TABLE fact.delivery_package AS
WITH parcel AS (
    SELECT x.order_no, x.channel, x.order_id, d.tracking_key, min(d.doc_entry) AS doc_entry
    FROM matching.order_document AS x
    JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
    WHERE x.object = 'delivery' AND d.tracking_key <> ''
    GROUP BY x.order_no, x.channel, x.order_id, d.tracking_key
), known AS (
    SELECT channel, order_id, tracking_key FROM canonical.shipment
    WHERE tracking_key IS NOT NULL AND coalesce(status, '') NOT IN ('cancelled', 'failed')
), missing AS (
    SELECT p.channel, p.order_id, p.tracking_key, p.doc_entry FROM parcel AS p
    ANTI JOIN known AS k ON k.channel = p.channel AND k.order_id = p.order_id AND k.tracking_key = p.tracking_key
), own_label AS (
    -- The channel shows numbers for every parcel, and none of them is B1's: it issues the labels itself.
    SELECT m.channel, m.order_id
    FROM (SELECT DISTINCT channel, order_id FROM missing) AS m
    JOIN canonical.shipment AS s ON s.channel = m.channel AND s.order_id = m.order_id
    LEFT JOIN parcel AS p ON p.channel = s.channel AND p.order_id = s.order_id AND p.tracking_key = s.tracking_key
    WHERE coalesce(s.status, '') NOT IN ('cancelled', 'failed')
    GROUP BY m.channel, m.order_id
    HAVING count(*) = count(s.tracking_key) AND count(p.doc_entry) = 0
)
SELECT m.channel, m.order_id, m.tracking_key, d.tracking_number, m.doc_entry, d.doc_num, d.created_at, d.updated_at,
       d.package_id, t.name AS b1_carrier, coalesce(c.channel_carrier, t.name) AS carrier,
       l.order_id IS NOT NULL AND o.fulfilment_status = 'shipped' AS has_channel_label
FROM missing AS m
JOIN canonical.b1_delivery AS d ON d.doc_entry = m.doc_entry
JOIN canonical.sales_order AS o ON o.channel = m.channel AND o.order_id = m.order_id
LEFT JOIN canonical.b1_shipping_type AS t ON t.shipping_type = d.shipping_type
LEFT JOIN setting.carrier_map AS c ON c.channel = m.channel AND c.b1_carrier = t.name
LEFT JOIN own_label AS l ON l.channel = m.channel AND l.order_id = m.order_id;
