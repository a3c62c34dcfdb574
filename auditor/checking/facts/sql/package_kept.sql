-- Packages that a marketplace numbered, and whether B1 keeps the numbers: one row for each order with a package.
-- A field of B1 may hold several numbers, with commas, semicolons or blanks between them.
CREATE OR REPLACE TABLE fact.package_kept AS
WITH package AS MATERIALIZED (
    SELECT s.order_no, s.package_id, max(coalesce(s.shipped_at, s.updated_at)) AS known_at
    FROM canonical.shipment AS s
    JOIN setting.channel AS c ON c.channel = s.channel AND c.kind = 'tiktok_shop'
    WHERE s.package_id <> '' AND coalesce(s.status, '') NOT IN ('cancelled', 'failed')
    GROUP BY order_no, s.package_id
), document AS MATERIALIZED (
    SELECT x.order_no, x.object, x.doc_entry FROM matching.link AS x
    WHERE x.object IN ('order', 'delivery') AND x.order_no IN (SELECT order_no FROM package)
), number AS (
    SELECT k.order_no, d.package_id
    FROM document AS k JOIN canonical.b1_order AS d ON k.object = 'order' AND d.doc_entry = k.doc_entry
    UNION ALL
    SELECT k.order_no, d.package_id
    FROM document AS k JOIN canonical.b1_delivery AS d ON k.object = 'delivery' AND d.doc_entry = k.doc_entry
), doubtful AS MATERIALIZED (
    -- Most orders have each package alone in some field; only the fields of the others are looked at closely.
    SELECT p.order_no FROM package AS p
    ANTI JOIN number AS n ON n.order_no = p.order_no AND n.package_id = p.package_id
    UNION
    SELECT order_no FROM package WHERE translate(package_id, ',; ', '') <> package_id
), wanted AS MATERIALIZED (
    SELECT k.order_no, k.object, k.doc_entry FROM document AS k SEMI JOIN doubtful AS n ON n.order_no = k.order_no
), field AS MATERIALIZED (
    SELECT k.order_no, k.object, d.doc_entry, d.doc_num, d.created_at, d.updated_at, d.package_id
    FROM wanted AS k JOIN canonical.b1_order AS d ON k.object = 'order' AND d.doc_entry = k.doc_entry
    UNION ALL
    SELECT k.order_no, k.object, d.doc_entry, d.doc_num, d.created_at, d.updated_at, d.package_id
    FROM wanted AS k JOIN canonical.b1_delivery AS d ON k.object = 'delivery' AND d.doc_entry = k.doc_entry
), word AS (
    SELECT order_no, unnest(string_split_regex(trim(package_id), '[,; ]+')) AS package_id
    FROM field WHERE package_id IS NOT NULL
), kept AS (
    SELECT p.order_no, string_agg(DISTINCT p.package_id, ', ' ORDER BY p.package_id) AS expected,
           string_agg(DISTINCT CASE WHEN w.package_id IS NULL THEN p.package_id END, ', ') AS missing,
           min(CASE WHEN w.package_id IS NULL THEN p.known_at END) AS known_at
    FROM package AS p
    SEMI JOIN doubtful AS n ON n.order_no = p.order_no
    LEFT JOIN word AS w ON w.order_no = p.order_no AND w.package_id = p.package_id
    GROUP BY p.order_no HAVING count(CASE WHEN w.package_id IS NULL THEN 1 END) > 0
), booked AS (
    -- the delivery, where there is one; else the sales order
    SELECT order_no, bool_or(object = 'delivery') AS has_delivery,
           arg_min(CAST(object AS VARCHAR), (object <> 'delivery', doc_entry)) AS object,
           arg_min(doc_entry, (object <> 'delivery', doc_entry)) AS doc_entry,
           arg_min(doc_num, (object <> 'delivery', doc_entry)) AS doc_num,
           min(CASE WHEN object = 'order' THEN created_at END) AS posted_at, max(updated_at) AS updated_at,
           string_agg(DISTINCT package_id, ', ' ORDER BY package_id) AS actual
    FROM field GROUP BY order_no
)
SELECT o.channel, o.order_id, o.order_no, k.expected, b.actual, k.missing,
       greatest(coalesce(k.known_at, b.posted_at), coalesce(b.posted_at, k.known_at)) AS due_at,
       b.has_delivery, b.object, b.doc_entry, b.doc_num, b.updated_at
FROM kept AS k
JOIN booked AS b ON b.order_no = k.order_no
JOIN matching.channel_order AS o ON o.order_no = k.order_no;
