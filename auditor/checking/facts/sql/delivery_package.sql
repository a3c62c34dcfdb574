-- Parcels that B1 sent with a tracking number of which the channel's order knows nothing; one row for each number.
CREATE OR REPLACE TABLE fact.delivery_package AS
WITH parcel AS (
    SELECT x.order_no, d.tracking_key, d.doc_entry
    FROM canonical.b1_delivery AS d
    JOIN matching.link AS x ON x.object = 'delivery' AND x.doc_entry = d.doc_entry
    WHERE d.tracking_key <> ''
), unknown AS MATERIALIZED (
    SELECT p.order_no, p.tracking_key, p.doc_entry FROM parcel AS p
    ANTI JOIN (
        SELECT hash(channel, order_id) AS order_no, tracking_key FROM canonical.shipment
        WHERE tracking_key IS NOT NULL AND coalesce(status, '') NOT IN ('cancelled', 'failed')
    ) AS s ON s.order_no = p.order_no AND s.tracking_key = p.tracking_key
), missing AS MATERIALIZED (
    SELECT o.channel, o.order_id, u.tracking_key, min(u.doc_entry) AS doc_entry
    FROM unknown AS u JOIN matching.channel_order AS o ON o.order_no = u.order_no
    GROUP BY o.channel, o.order_id, u.tracking_key
), own_parcel AS (
    SELECT p.channel, p.order_id, d.tracking_key
    FROM (SELECT DISTINCT channel, order_id FROM missing) AS p
    JOIN matching.order_delivery AS x ON x.channel = p.channel AND x.order_id = p.order_id
    JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
    GROUP BY p.channel, p.order_id, d.tracking_key
), own_label AS (
    -- The channel shows numbers for every parcel, and none of them is B1's: it issues the labels itself.
    SELECT m.channel, m.order_id
    FROM (SELECT DISTINCT channel, order_id FROM missing) AS m
    JOIN canonical.shipment AS s ON s.channel = m.channel AND s.order_id = m.order_id
    LEFT JOIN own_parcel AS p ON p.channel = s.channel AND p.order_id = s.order_id AND p.tracking_key = s.tracking_key
    WHERE coalesce(s.status, '') NOT IN ('cancelled', 'failed')
    GROUP BY m.channel, m.order_id
    HAVING count(*) = count(s.tracking_key) AND count(p.tracking_key) = 0
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
