-- Parcels that B1 sent with a tracking number of which the channel's order knows nothing; one row for each number.
-- mismatch: the channel shows another number for it, and why that is not just a label of its own: the number of another
-- order's parcel, this number with a slip in it, or a number that looks like this one but is none of B1's.
CREATE OR REPLACE MACRO fact.number_shape(number) AS
    regexp_replace(regexp_replace(number, '[A-Z]', 'A', 'g'), '[0-9]', '9', 'g');
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
), foreign_number AS (
    SELECT m.channel, m.order_id, m.tracking_key, s.tracking_key AS told_key, s.tracking_number AS told_number
    FROM missing AS m
    JOIN canonical.shipment AS s ON s.channel = m.channel AND s.order_id = m.order_id AND s.tracking_key <> ''
    LEFT JOIN own_parcel AS p ON p.channel = s.channel AND p.order_id = s.order_id AND p.tracking_key = s.tracking_key
    WHERE p.order_id IS NULL AND coalesce(s.status, '') NOT IN ('cancelled', 'failed')
), of_another AS (
    SELECT f.told_key FROM (SELECT DISTINCT told_key FROM foreign_number) AS f
    SEMI JOIN canonical.b1_delivery AS d ON d.tracking_key = f.told_key
), likeness AS (
    SELECT f.channel, f.order_id, f.tracking_key, f.told_key, f.told_number,
           CASE WHEN a.told_key IS NOT NULL THEN 'other_order'
                WHEN length(f.tracking_key) >= 8 AND (levenshtein(f.tracking_key, f.told_key) <= 2
                     OR (length(f.told_key) >= 8 AND (contains(f.tracking_key, f.told_key)
                                                      OR contains(f.told_key, f.tracking_key)))) THEN 'slip'
                WHEN length(f.tracking_key) >= 8 AND fact.number_shape(f.tracking_key) = fact.number_shape(f.told_key)
                THEN 'other_number' END AS mismatch
    FROM foreign_number AS f LEFT JOIN of_another AS a ON a.told_key = f.told_key
), nearest AS (
    SELECT channel, order_id, tracking_key, mismatch, told_key, told_number FROM likeness WHERE mismatch IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY channel, order_id, tracking_key
        ORDER BY levenshtein(tracking_key, told_key), mismatch = 'other_order' DESC, told_key) = 1
)
SELECT m.channel, m.order_id, m.tracking_key, d.tracking_number, m.doc_entry, d.doc_num, d.created_at, d.updated_at,
       d.package_id, t.name AS b1_carrier, coalesce(c.channel_carrier, t.name) AS carrier,
       l.order_id IS NOT NULL AND o.fulfilment_status = 'shipped' AND n.mismatch IS NULL AS has_channel_label,
       n.mismatch, n.told_number, n.told_key
FROM missing AS m
JOIN canonical.b1_delivery AS d ON d.doc_entry = m.doc_entry
JOIN canonical.sales_order AS o ON o.channel = m.channel AND o.order_id = m.order_id
LEFT JOIN canonical.b1_shipping_type AS t ON t.shipping_type = d.shipping_type
LEFT JOIN setting.carrier_map AS c ON c.channel = m.channel AND c.b1_carrier = t.name
LEFT JOIN own_label AS l ON l.channel = m.channel AND l.order_id = m.order_id
LEFT JOIN nearest AS n ON n.channel = m.channel AND n.order_id = m.order_id AND n.tracking_key = m.tracking_key;
