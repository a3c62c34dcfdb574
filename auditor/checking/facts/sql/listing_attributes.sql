-- Attributes of products on the channels that are not what B1 says, or no longer what the channel showed when it agreed
-- with B1. A title or a switch that never agreed was never sent from B1, so nobody has overwritten it.
CREATE OR REPLACE TABLE fact.listing_attribute AS
WITH single AS (
    SELECT channel, sku, min(item_code) AS item_code
    FROM matching.sku_item GROUP BY channel, sku HAVING count(*) = 1 AND (min(rule) <> 'sku_map' OR max(units) = 1)
), offer AS (
    SELECT l.channel, l.listing_id, l.sku, l.title, l.barcode, l.is_tracked, l.updated_at, s.item_code, i.name,
           i.barcode AS b1_barcode, i.is_inventory
    FROM canonical.listing AS l
    JOIN single AS s ON s.channel = l.channel AND s.sku = l.sku
    JOIN canonical.b1_item AS i ON i.item_code = s.item_code
    WHERE l.is_active IS NOT FALSE
), bar AS (
    SELECT o.channel, o.sku, o.item_code, o.barcode, o.b1_barcode, o.updated_at,
           ltrim(regexp_replace(upper(o.barcode), '[^0-9A-Z]', '', 'g'), '0') AS key
    FROM offer AS o
    WHERE o.barcode IS NOT NULL AND o.b1_barcode IS NOT NULL AND o.barcode <> o.b1_barcode
), owner AS (
    SELECT ltrim(regexp_replace(upper(barcode), '[^0-9A-Z]', '', 'g'), '0') AS key, min(item_code) AS item_code
    FROM canonical.b1_item WHERE barcode IS NOT NULL GROUP BY key
), text AS (
    -- without mark-up and superfluous blanks, in small letters; B1's names end after a hundred characters
    SELECT o.*, left(trim(regexp_replace(lower(o.name), '\s+', ' ', 'g')), 100) AS b1_text,
           left(trim(regexp_replace(lower(replace(regexp_replace(o.title, '<[^>]*>', ' ', 'g'), '&amp;', '&')), '\s+', ' ',
                                    'g')), 100) AS channel_text
    FROM offer AS o
), before AS (
    SELECT t.channel, t.listing_id, t.sku, t.item_code, t.title, t.name, t.is_tracked, t.is_inventory, t.b1_text,
           t.channel_text, h.is_tracked AS was_tracked, h.known_to,
           left(trim(regexp_replace(lower(replace(regexp_replace(h.title, '<[^>]*>', ' ', 'g'), '&amp;', '&')), '\s+', ' ',
                                    'g')), 100) AS old_text
    FROM text AS t
    JOIN history_at.listing AS h ON h.channel = t.channel AND h.listing_id = t.listing_id
     AND (h.title IS DISTINCT FROM t.title OR h.is_tracked IS DISTINCT FROM t.is_tracked)
)
SELECT b.channel, b.sku, b.item_code, 'barcode' AS attribute, min(b.b1_barcode) AS expected, min(b.barcode) AS actual,
       CASE WHEN min(w.item_code) IS NULL THEN 'barcode_differs' ELSE 'barcode_of_other_item' END AS cause,
       min(w.item_code) AS other_item, max(b.updated_at) AS since
FROM bar AS b LEFT JOIN owner AS w ON w.key = b.key
WHERE b.key <> ltrim(regexp_replace(upper(b.b1_barcode), '[^0-9A-Z]', '', 'g'), '0')
GROUP BY b.channel, b.sku, b.item_code
UNION ALL
SELECT channel, sku, item_code, 'title', min(name), min(title), 'title_changed', NULL, max(known_to)
FROM before WHERE old_text = b1_text AND channel_text <> b1_text
GROUP BY channel, sku, item_code
UNION ALL
SELECT channel, sku, item_code, 'tracking', 'counted', 'not counted', 'tracking_switched_off', NULL, max(known_to)
FROM before WHERE was_tracked AND NOT is_tracked AND is_inventory
GROUP BY channel, sku, item_code;
