-- Tracking numbers that a channel shows on several orders, each order for which B1 does not say the same.
-- A parcel that holds several orders is one package on the channel, or one number in B1: neither is here.
-- Needs `parcels`.
CREATE OR REPLACE TABLE fact.shared_number AS
WITH suspect AS MATERIALIZED (
    SELECT number FROM channel_parcel GROUP BY number HAVING min(order_no) <> max(order_no)
), parcel AS MATERIALIZED (
    SELECT s.channel, s.order_id, s.order_no, s.shipment_id, s.tracking_key,
           s.tracking_number, coalesce(s.shipped_at, s.updated_at) AS shipped_at
    FROM canonical.shipment AS s
    WHERE s.tracking_key <> '' AND coalesce(s.status, '') NOT IN ('cancelled', 'failed')
      AND hash(s.tracking_key) IN (SELECT number FROM suspect)
), clash AS (
    SELECT tracking_key, count(DISTINCT order_no) AS orders FROM parcel
    GROUP BY tracking_key HAVING count(DISTINCT order_no) > 1 AND count(DISTINCT (channel, shipment_id)) > 1
), agreed AS (
    SELECT DISTINCT p.order_no, p.tracking_key
    FROM parcel AS p
    JOIN matching.link AS x ON x.order_no = p.order_no AND x.object = 'delivery'
    JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry AND d.tracking_key = p.tracking_key
)
SELECT p.channel, p.order_id, p.order_no, p.tracking_key, min(p.tracking_number) AS tracking_number, min(p.shipped_at) AS shipped_at,
       max(k.orders) AS orders
FROM parcel AS p
JOIN clash AS k ON k.tracking_key = p.tracking_key
ANTI JOIN agreed AS a ON a.order_no = p.order_no AND a.tracking_key = p.tracking_key
GROUP BY p.channel, p.order_id, p.order_no, p.tracking_key;
