-- plant: a new shipping type was used before anybody mapped it
-- victim
SELECT CONCAT('Night Post ', $channel) AS subject_id, 0 AS money_at_risk, 'not_mapped' AS cause, o.order_id,
       d.doc_entry, d.doc_entry + 900000000 AS shipping_type, CONCAT('Night Post ', $channel) AS carrier
FROM canonical.sales_order AS o
JOIN matching.order_delivery AS x ON x.channel = o.channel AND x.order_id = o.order_id
JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry AND d.tracking_key <> ''
WHERE o.channel = $channel AND d.created_at > $as_of - INTERVAL 6 DAY
  -- where nobody keeps a list or a map, any name is taken
  AND ($channel IN (SELECT channel FROM canonical.carrier) OR $channel IN (SELECT channel FROM setting.carrier_map))
ORDER BY d.created_at DESC, o.order_id
-- change
INSERT INTO canonical.b1_shipping_type BY NAME SELECT $shipping_type AS shipping_type, $carrier AS name
-- change
UPDATE canonical.b1_delivery SET shipping_type = $shipping_type WHERE doc_entry = $doc_entry
