-- Parcels with a tracking number, as B1 and as the channels know them. Orders and numbers stand there as hashes, because
-- millions of them are compared.
CREATE OR REPLACE TEMP TABLE b1_parcel AS
SELECT x.order_no, x.channel, hash(d.tracking_key) AS number, d.doc_entry, d.shipping_type, d.created_at
FROM canonical.b1_delivery AS d
JOIN matching.link AS x ON x.object = 'delivery' AND x.doc_entry = d.doc_entry
WHERE d.tracking_key <> '';

CREATE OR REPLACE TEMP TABLE channel_parcel AS
SELECT order_no, hash(tracking_key) AS number FROM canonical.shipment
WHERE tracking_key <> '' AND coalesce(status, '') NOT IN ('cancelled', 'failed');
