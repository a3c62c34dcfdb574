-- SKUs that are offered or sold and behind which B1 has nothing that could be booked, and the orders that wait for it.

-- Why a SKU that leads to an item cannot be booked all the same.
CREATE OR REPLACE TEMP TABLE broken_sku AS
WITH part AS (
    SELECT s.channel, s.sku, s.item_code, s.rule, i.item_code IS NULL AS is_ghost,
           i.tree_type = 'sales_tree' AND NOT EXISTS (
               SELECT 1 FROM canonical.b1_bom_line AS l WHERE l.item_code = s.item_code) AS is_empty_kit,
           count(*) OVER (PARTITION BY s.channel, s.sku) > 1 OR (s.rule = 'sku_map' AND s.units <> 1) AS is_set
    FROM matching.sku_item AS s
    LEFT JOIN canonical.b1_item AS i ON i.item_code = s.item_code
)
SELECT channel, sku, CASE WHEN bool_or(is_ghost) THEN 'mapped_to_unknown_item' ELSE 'kit_without_parts' END AS cause,
       bool_or(is_set OR is_empty_kit) AS is_bundle,
       string_agg(CASE WHEN is_ghost THEN item_code END, ', ' ORDER BY item_code) AS item_codes
FROM part
GROUP BY channel, sku
HAVING bool_or(is_ghost OR is_empty_kit);

-- What is offered, bundles with their parts.
CREATE OR REPLACE TEMP TABLE offered AS
WITH active AS (
    SELECT channel, listing_id, sku, title, barcode, is_tracked, coalesce(is_bundle, FALSE) AS is_bundle
    FROM canonical.listing WHERE is_active IS NOT FALSE
), part AS (
    SELECT a.channel, a.listing_id, c.component_sku AS sku
    FROM active AS a
    JOIN canonical.listing_component AS c ON c.channel = a.channel AND c.listing_id = a.listing_id
)
SELECT channel, coalesce(sku, '(none)') AS sku, min(title) AS title, min(barcode) AS barcode,
       bool_or(is_bundle) AS is_bundle, bool_or(is_tracked IS NOT FALSE) AS is_tracked, count(*) AS listings
FROM (
    SELECT channel, sku, title, barcode, is_tracked,
           is_bundle OR listing_id IN (SELECT p.listing_id FROM part AS p WHERE p.channel = a.channel) AS is_bundle
    FROM active AS a
    UNION ALL
    SELECT channel, sku, NULL, NULL, TRUE, FALSE FROM part WHERE sku IS NOT NULL
)
GROUP BY channel, coalesce(sku, '(none)');

-- Lines of orders that should be in B1 by now and are not, as far as nobody knows what to book for them.
CREATE OR REPLACE TABLE fact.blocked_line AS
WITH due AS (
    SELECT o.order_no, o.currency, o.placed_at
    FROM matching.unposted_order AS u
    JOIN canonical.sales_order AS o ON o.order_no = u.order_no
    JOIN setting.channel AS c ON c.channel = o.channel AND c.posting = 'order'
    JOIN fact.as_of AS a ON a.channel = o.channel
    WHERE o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
      AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.cancelled_at IS NULL
      AND coalesce(o.order_kind, 'sale') NOT IN ('exchange', 'replacement', 'sample')
      AND o.placed_at + c.grace_order_minutes * INTERVAL 1 MINUTE <= a.as_of
), line AS (
    SELECT l.channel, l.order_id, l.order_no, coalesce(l.sku, '(none)') AS sku, l.title, l.gross, d.currency, d.placed_at,
           s.sku IS NULL AS is_unknown
    FROM due AS d
    JOIN canonical.sales_order_line AS l ON l.order_no = d.order_no
    LEFT JOIN (SELECT DISTINCT channel, sku FROM matching.sku_item) AS s ON s.channel = l.channel AND s.sku = l.sku
    WHERE l.kind = 'product' AND l.is_shippable IS NOT FALSE AND coalesce(l.current_quantity, l.quantity) > 0
)
SELECT l.channel, l.order_id, l.order_no, l.sku, min(l.title) AS title, min(l.currency) AS currency, min(l.placed_at) AS placed_at,
       CAST(sum(coalesce(l.gross, 0)) AS DECIMAL(19,6)) AS gross,
       bool_or(CASE WHEN b.sku IS NULL THEN coalesce(f.is_bundle, FALSE) ELSE b.is_bundle END) AS is_bundle
FROM line AS l
LEFT JOIN broken_sku AS b ON b.channel = l.channel AND b.sku = l.sku
LEFT JOIN offered AS f ON f.channel = l.channel AND f.sku = l.sku
WHERE l.is_unknown OR b.sku IS NOT NULL
GROUP BY l.channel, l.order_id, l.order_no, l.sku;

CREATE OR REPLACE TABLE fact.unknown_sku AS
WITH waiting AS (
    SELECT channel, sku, count(*) AS orders, CAST(sum(gross) AS DECIMAL(19,6)) AS gross, min(title) AS title,
           min(currency) AS currency, min(placed_at) AS since, bool_or(is_bundle) AS is_bundle
    FROM fact.blocked_line GROUP BY channel, sku
), known AS (
    SELECT DISTINCT channel, sku FROM matching.sku_item
), unknown AS (
    SELECT channel, sku FROM waiting
    UNION
    -- A bundle that the shop takes apart itself needs no item of its own; its parts are looked at one by one.
    SELECT f.channel, f.sku FROM offered AS f
    LEFT JOIN known AS k ON k.channel = f.channel AND k.sku = f.sku
    WHERE k.sku IS NULL AND NOT f.is_bundle
    UNION
    SELECT b.channel, b.sku FROM broken_sku AS b JOIN offered AS f ON f.channel = b.channel AND f.sku = b.sku
), sold AS (
    SELECT l.channel, coalesce(l.sku, '(none)') AS sku,
           bool_or(l.kind = 'product' AND l.is_shippable IS NOT FALSE) AS is_shipped
    FROM canonical.sales_order_line AS l
    JOIN unknown AS u ON u.channel = l.channel AND u.sku = coalesce(l.sku, '(none)')
    GROUP BY l.channel, coalesce(l.sku, '(none)')
), barcode AS (
    SELECT barcode, min(item_code) AS item_code FROM canonical.b1_item
    WHERE barcode IS NOT NULL GROUP BY barcode HAVING count(*) = 1
)
SELECT u.channel, u.sku, coalesce(f.title, w.title) AS title, f.sku IS NOT NULL AS is_listed,
       coalesce(f.listings, 0) AS listings,
       coalesce(b.is_bundle, w.is_bundle, f.is_bundle, FALSE) AS is_bundle,
       -- what was only ever sold as a gift card or a service, or is not counted and was never sold, needs no item
       coalesce(s.is_shipped, f.is_tracked, TRUE) AS is_goods,
       CASE WHEN u.sku = '(none)' THEN 'no_sku' WHEN b.sku IS NOT NULL THEN b.cause
            WHEN coalesce(f.is_bundle, FALSE) THEN 'not_taken_apart'
            WHEN g.item_code IS NOT NULL THEN 'same_barcode' ELSE 'unknown_item' END AS cause,
       CASE WHEN b.sku IS NULL AND u.sku <> '(none)' THEN g.item_code END AS likely_item, b.item_codes,
       coalesce(w.orders, 0) AS waiting_orders, coalesce(w.gross, 0) AS waiting_gross, w.currency, w.since
FROM unknown AS u
LEFT JOIN offered AS f ON f.channel = u.channel AND f.sku = u.sku
LEFT JOIN waiting AS w ON w.channel = u.channel AND w.sku = u.sku
LEFT JOIN broken_sku AS b ON b.channel = u.channel AND b.sku = u.sku
LEFT JOIN sold AS s ON s.channel = u.channel AND s.sku = u.sku
LEFT JOIN barcode AS g ON g.barcode = f.barcode;
