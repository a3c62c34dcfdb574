-- Parcels that B1 sent with a tracking number of which the channel's order knows nothing; one row for each number.
-- mismatch: the channel shows another number for it, and why that is not just a label of its own: the number of another
-- order's parcel, this number with a slip in it, or a number that looks like this one but is none of B1's.
-- Needs `parcels`. The few orders in question first; then what the channel shows for them.
CREATE OR REPLACE MACRO fact.number_shape(number) AS
    regexp_replace(regexp_replace(number, '[A-Z]', 'A', 'g'), '[0-9]', '9', 'g');
CREATE OR REPLACE TEMP TABLE missing_package AS
WITH unknown AS (
    SELECT p.order_no, p.doc_entry FROM b1_parcel AS p
    ANTI JOIN channel_parcel AS s ON s.order_no = p.order_no AND s.number = p.number
)
SELECT u.order_no, o.channel, o.order_id, o.fulfilment_status, d.tracking_key, min(u.doc_entry) AS doc_entry
FROM unknown AS u
JOIN canonical.sales_order AS o ON o.order_no = u.order_no
JOIN canonical.b1_delivery AS d ON d.doc_entry = u.doc_entry
GROUP BY u.order_no, o.channel, o.order_id, o.fulfilment_status, d.tracking_key;

CREATE OR REPLACE TEMP TABLE missing_shipment AS
SELECT s.order_no, s.tracking_key, s.tracking_number
FROM canonical.shipment AS s
WHERE s.order_no IN (SELECT order_no FROM missing_package)
  AND coalesce(s.status, '') NOT IN ('cancelled', 'failed');

CREATE OR REPLACE TABLE fact.delivery_package AS
WITH own_parcel AS (
    SELECT p.order_no, d.tracking_key
    FROM (SELECT DISTINCT order_no FROM missing_package) AS p
    JOIN matching.link AS x ON x.order_no = p.order_no AND x.object = 'delivery'
    JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
    GROUP BY p.order_no, d.tracking_key
), own_label AS (
    -- The channel shows numbers for every parcel, and none of them is B1's: it issues the labels itself.
    SELECT s.order_no
    FROM missing_shipment AS s
    LEFT JOIN own_parcel AS p ON p.order_no = s.order_no AND p.tracking_key = s.tracking_key
    GROUP BY s.order_no
    HAVING count(*) = count(s.tracking_key) AND count(p.tracking_key) = 0
), foreign_number AS (
    SELECT m.order_no, m.tracking_key, s.tracking_key AS told_key, s.tracking_number AS told_number
    FROM missing_package AS m
    JOIN missing_shipment AS s ON s.order_no = m.order_no AND s.tracking_key <> ''
    LEFT JOIN own_parcel AS p ON p.order_no = s.order_no AND p.tracking_key = s.tracking_key
    WHERE p.order_no IS NULL
), of_another AS (
    SELECT f.told_key FROM (SELECT DISTINCT told_key FROM foreign_number) AS f
    SEMI JOIN canonical.b1_delivery AS d ON d.tracking_key = f.told_key
), likeness AS (
    SELECT f.order_no, f.tracking_key, f.told_key, f.told_number,
           CASE WHEN a.told_key IS NOT NULL THEN 'other_order'
                WHEN length(f.tracking_key) >= 8 AND (levenshtein(f.tracking_key, f.told_key) <= 2
                     OR (length(f.told_key) >= 8 AND (contains(f.tracking_key, f.told_key)
                                                      OR contains(f.told_key, f.tracking_key)))) THEN 'slip'
                WHEN length(f.tracking_key) >= 8 AND fact.number_shape(f.tracking_key) = fact.number_shape(f.told_key)
                THEN 'other_number' END AS mismatch
    FROM foreign_number AS f LEFT JOIN of_another AS a ON a.told_key = f.told_key
), nearest AS (
    SELECT order_no, tracking_key, mismatch, told_key, told_number FROM likeness WHERE mismatch IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY order_no, tracking_key
        ORDER BY levenshtein(tracking_key, told_key), mismatch = 'other_order' DESC, told_key) = 1
)
SELECT m.channel, m.order_id, m.order_no, m.tracking_key, d.tracking_number, m.doc_entry, d.doc_num, d.created_at, d.updated_at,
       d.package_id, t.name AS b1_carrier, coalesce(c.channel_carrier, t.name) AS carrier,
       l.order_no IS NOT NULL AND m.fulfilment_status = 'shipped' AND n.mismatch IS NULL AS has_channel_label,
       n.mismatch, n.told_number, n.told_key
FROM missing_package AS m
JOIN canonical.b1_delivery AS d ON d.doc_entry = m.doc_entry
LEFT JOIN canonical.b1_shipping_type AS t ON t.shipping_type = d.shipping_type
LEFT JOIN setting.carrier_map AS c ON c.channel = m.channel AND c.b1_carrier = t.name
LEFT JOIN own_label AS l ON l.order_no = m.order_no
LEFT JOIN nearest AS n ON n.order_no = m.order_no AND n.tracking_key = m.tracking_key;
