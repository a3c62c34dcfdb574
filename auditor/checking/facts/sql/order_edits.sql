-- Orders that the channel changed after B1 had posted them, with the moment of the change and how it is known.
-- A version that we read before the change proves it; else the channel's own note of the edit or of the units called
-- off. Only what is booked counts: total, lines and country. Notes, tags and parcels change nothing here.
CREATE OR REPLACE TABLE fact.order_edit AS
WITH earlier AS (
    -- versions that are no longer true; most orders have none
    SELECT h.order_no, h.total, h.country, h.known_to
    FROM history_at.sales_order AS h WHERE h.known_to < TIMESTAMP '9999-12-31'
), replaced AS (
    SELECT o.channel, o.order_id, o.order_no,
           max(CASE WHEN e.total <> o.total THEN e.known_to END) AS total_known_to,
           max(CASE WHEN e.country <> o.country THEN e.known_to END) AS country_known_to
    FROM earlier AS e
    JOIN canonical.sales_order AS o ON o.order_no = e.order_no
    WHERE e.total <> o.total OR e.country <> o.country
    GROUP BY o.channel, o.order_id, o.order_no
), seen AS (
    SELECT r.channel, r.order_id, r.order_no,
           min(CASE WHEN v.known_from = r.total_known_to THEN coalesce(v.updated_at, v.known_from) END) AS total_at,
           min(CASE WHEN v.known_from = r.country_known_to THEN coalesce(v.updated_at, v.known_from) END) AS country_at
    FROM replaced AS r
    JOIN history_at.sales_order AS v ON v.order_no = r.order_no
    GROUP BY r.channel, r.order_id, r.order_no
), gap AS (
    SELECT i.order_no,
           bool_or(i.channel_quantity <> i.b1_quantity) AS is_quantity, bool_or(i.b1_quantity > i.channel_quantity) AS is_less,
           bool_or(i.b1_quantity < i.channel_quantity) AS is_more, sum(i.net_difference) AS net, sum(i.gross_difference) AS gross
    FROM fact.order_item_side_by_side AS i
    WHERE i.channel_quantity <> i.b1_quantity OR i.net_difference <> 0
    GROUP BY i.order_no
), called_off AS (
    SELECT c.channel, c.order_id, c.order_no, max(coalesce(c.closed_at, c.requested_at)) AS at_moment
    FROM canonical.cancellation AS c
    SEMI JOIN gap AS g ON g.order_no = c.order_no
    WHERE c.status = 'accepted'
    GROUP BY c.channel, c.order_id, c.order_no
), changed AS (
    SELECT s.channel, s.order_id, s.order_no, s.total_at AS edited_at, 'earlier_version' AS known_by, FALSE AS is_country
    FROM seen AS s WHERE s.total_at IS NOT NULL
    UNION ALL
    SELECT s.channel, s.order_id, s.order_no, s.country_at, 'earlier_version', TRUE FROM seen AS s WHERE s.country_at IS NOT NULL
    UNION ALL
    SELECT c.channel, c.order_id, c.order_no, c.at_moment, 'called_off', FALSE FROM called_off AS c
    JOIN gap AS g ON g.order_no = c.order_no AND g.is_less
    UNION ALL
    -- The flag has no time of its own: it is believed where units differ, and the order changed after it was posted.
    SELECT o.channel, o.order_id, o.order_no, o.updated_at, 'edited_flag', FALSE FROM canonical.sales_order AS o
    JOIN gap AS g ON g.order_no = o.order_no AND g.is_quantity
    WHERE o.is_edited
), posted AS (
    SELECT DISTINCT p.order_no, c.channel, c.order_id, p.object, p.doc_entry, d.created_at, d.updated_at
    FROM changed AS c
    JOIN pair AS p ON p.order_no = c.order_no
    JOIN canonical.b1_order AS d ON p.object = 'order' AND d.doc_entry = p.doc_entry
), after_post AS (
    SELECT p.order_no, p.channel, p.order_id, p.object, p.doc_entry, c.edited_at, c.known_by, c.is_country,
           row_number() OVER (PARTITION BY p.order_no, c.is_country ORDER BY c.known_by = 'edited_flag', c.edited_at) AS place
    FROM posted AS p
    JOIN changed AS c ON c.order_no = p.order_no
    WHERE c.edited_at > p.created_at AND (NOT c.is_country OR p.updated_at <= c.edited_at)
)
SELECT a.channel, a.order_id, a.order_no, a.object, a.doc_entry, a.edited_at, a.known_by, a.is_country,
       s.currency, s.channel_total, s.b1_total, s.priced_lines, s.b1_updated_at,
       coalesce(g.is_less, FALSE) AS is_less, coalesce(g.is_more, FALSE) AS is_more,
       EXISTS (SELECT 1 FROM matching.link AS x WHERE x.order_no = a.order_no AND x.object IN ('delivery', 'invoice'))
           AS is_dispatched,
       (SELECT min(d.created_at) FROM matching.link AS x JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
        WHERE x.order_no = a.order_no AND x.object = 'delivery') AS dispatched_at
FROM after_post AS a
LEFT JOIN fact.order_side_by_side AS s ON s.order_no = a.order_no
LEFT JOIN gap AS g ON g.order_no = a.order_no
WHERE a.place = 1;
