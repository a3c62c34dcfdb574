-- What B1 calls the carriers of each channel's parcels, and whether the channel takes them under that name.
-- Names are compared without regard to capitals and blanks; `is_variant` says that only so one was found.
-- problem: not_mapped | not_in_list | no_carrier | nothing. Without a list of the channel's own any name is taken, so
-- that there only a gap in a map that somebody keeps is a problem. Needs `parcels` and `delivery_package`.
CREATE OR REPLACE MACRO fact.carrier_name(name) AS upper(trim(regexp_replace(name, '\s+', ' ', 'g')));
CREATE OR REPLACE TABLE fact.carrier_use AS
WITH used AS (
    SELECT CAST(p.channel AS VARCHAR) AS channel, p.shipping_type, max(p.created_at) AS last_used_at, count(*) AS parcels
    FROM b1_parcel AS p
    GROUP BY p.channel, p.shipping_type
), named AS (
    SELECT u.channel, t.name AS b1_carrier, max(u.last_used_at) AS last_used_at, sum(u.parcels) AS parcels
    FROM used AS u LEFT JOIN canonical.b1_shipping_type AS t ON t.shipping_type = u.shipping_type
    GROUP BY u.channel, t.name
), mapped AS (
    SELECT n.channel, n.b1_carrier, min(n.last_used_at) AS last_used_at, min(n.parcels) AS parcels,
           arg_min(c.channel_carrier, c.b1_carrier <> n.b1_carrier) AS channel_carrier,
           arg_min(c.b1_carrier, c.b1_carrier <> n.b1_carrier) AS mapped_as
    FROM named AS n
    LEFT JOIN setting.carrier_map AS c
      ON c.channel = n.channel AND fact.carrier_name(c.b1_carrier) = fact.carrier_name(n.b1_carrier)
    GROUP BY n.channel, n.b1_carrier
), listed AS (
    SELECT channel, fact.carrier_name(word) AS name
    FROM (SELECT channel, unnest([carrier, name, standard_code]) AS word FROM canonical.carrier) AS words
    WHERE word IS NOT NULL GROUP BY ALL
), judged AS (
    SELECT m.channel, m.b1_carrier, m.channel_carrier, m.mapped_as, m.last_used_at, m.parcels,
           m.channel IN (SELECT channel FROM canonical.carrier) AS has_list,
           m.channel IN (SELECT channel FROM setting.carrier_map) AS has_map,
           l.name IS NOT NULL AS is_listed
    FROM mapped AS m
    LEFT JOIN listed AS l
      ON l.channel = m.channel AND l.name = fact.carrier_name(coalesce(m.channel_carrier, m.b1_carrier))
), waiting AS (
    SELECT p.channel, p.b1_carrier, count(DISTINCT p.order_id) AS orders
    FROM fact.delivery_package AS p
    JOIN canonical.sales_order AS o ON o.order_no = p.order_no
    WHERE NOT p.has_channel_label AND p.mismatch IS NULL AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
    GROUP BY p.channel, p.b1_carrier
)
SELECT j.channel, coalesce(j.b1_carrier, '(none)') AS carrier, j.b1_carrier, j.channel_carrier, j.mapped_as,
       j.last_used_at, j.parcels, j.has_list, coalesce(w.orders, 0) AS waiting,
       j.mapped_as IS NOT NULL AND j.mapped_as <> j.b1_carrier AS is_variant,
       CASE WHEN j.has_list AND j.is_listed THEN NULL
            WHEN j.has_list AND j.b1_carrier IS NULL THEN 'no_carrier'
            WHEN j.has_list AND j.channel_carrier IS NOT NULL THEN 'not_in_list'
            WHEN j.has_list THEN 'not_mapped'
            WHEN j.has_map AND j.b1_carrier IS NOT NULL AND j.channel_carrier IS NULL THEN 'not_mapped' END AS problem
FROM judged AS j
LEFT JOIN waiting AS w ON w.channel = j.channel AND w.b1_carrier IS NOT DISTINCT FROM j.b1_carrier;
