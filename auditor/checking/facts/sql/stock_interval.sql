-- Between which two figures a channel's stock may lie, given B1's stock, what was sold meanwhile and what moved between
-- the two readings. Quantities of B1 are inventory units; the interval is in the unit in which the channel sells.

-- Sold on the channel, not yet taken off in B1's reading: orders in their time of grace that B1 does not have yet, and
-- orders that B1 wrote down after its stock was read.
CREATE OR REPLACE TEMP TABLE in_flight AS
WITH young AS (
    SELECT o.order_no FROM canonical.sales_order AS o
    JOIN fact.as_of AS a ON a.channel = o.channel
    JOIN setting.channel AS c ON c.channel = o.channel
    JOIN matching.unposted_order AS v ON v.order_no = o.order_no
    WHERE o.placed_at > a.as_of - c.grace_order_minutes * INTERVAL 1 MINUTE
), late_document AS MATERIALIZED (
    SELECT CAST('order' AS matching.kind) AS object, doc_entry, created_at FROM canonical.b1_order
    WHERE created_at > (SELECT min(b1_stock_at) FROM fact.as_of)
    UNION ALL
    SELECT 'invoice', doc_entry, created_at FROM canonical.b1_invoice
    WHERE created_at > (SELECT min(b1_stock_at) FROM fact.as_of)
), late AS (
    SELECT v.order_no FROM late_document AS d
    JOIN matching.link AS x ON x.object = d.object AND x.doc_entry = d.doc_entry
    JOIN matching.order_coverage AS v ON v.order_no = x.order_no AND (d.object = 'order' OR v.orders = 0)
    JOIN fact.as_of AS a ON a.channel = v.channel
    WHERE d.created_at > a.b1_stock_at
), sold AS (
    SELECT o.order_no FROM canonical.sales_order AS o
    SEMI JOIN (SELECT * FROM young UNION SELECT * FROM late) AS u ON u.order_no = o.order_no
    WHERE o.is_test IS NOT TRUE AND o.cancelled_at IS NULL
      AND coalesce(o.payment_status, '') NOT IN ('voided', 'expired')
), assigned AS (
    SELECT f.channel, f.order_no, f.location, l.sku, sum(l.quantity) AS quantity
    FROM canonical.fulfilment_order AS f
    SEMI JOIN sold AS s ON s.order_no = f.order_no
    JOIN canonical.fulfilment_order_line AS l
      ON l.order_no = f.order_no AND l.fulfilment_order_id = f.fulfilment_order_id
    WHERE coalesce(f.status, '') <> 'cancelled'
    GROUP BY f.channel, f.order_no, f.location, l.sku
), unassigned AS (
    -- Nobody says where it will be sent from, so it may be any location.
    SELECT l.channel, p.location, l.sku, sum(coalesce(l.current_quantity, l.quantity)) AS quantity
    FROM canonical.sales_order_line AS l
    SEMI JOIN sold AS s ON s.order_no = l.order_no
    ANTI JOIN assigned AS f ON f.order_no = l.order_no
    JOIN (SELECT DISTINCT channel, location FROM place) AS p ON p.channel = l.channel
    WHERE l.sku IS NOT NULL
    GROUP BY l.channel, p.location, l.sku
)
SELECT channel, location, sku, CAST(sum(quantity) AS DECIMAL(19,6)) AS quantity
FROM (SELECT channel, location, sku, quantity FROM assigned UNION ALL SELECT * FROM unassigned)
GROUP BY channel, location, sku;

CREATE OR REPLACE TEMP TABLE stock_row AS
WITH item AS (
    SELECT i.channel, i.location, i.item_code, CAST(sum(i.on_hand) AS DECIMAL(19,6)) AS on_hand,
           CAST(sum(i.ordered) AS DECIMAL(19,6)) AS ordered, CAST(sum(i.demand) AS DECIMAL(19,6)) AS demand,
           CAST(sum(i.base) AS DECIMAL(19,6)) AS base,
           CAST(sum(CASE WHEN i.is_quarantine THEN greatest(i.base, 0) ELSE 0 END) AS DECIMAL(19,6)) AS quarantined
    FROM item_place AS i GROUP BY i.channel, i.location, i.item_code
), part AS (
    SELECT s.channel, s.location, s.sku, c.item_code, c.units, c.per, i.on_hand, i.ordered, i.demand, i.base,
           i.quarantined, coalesce(m.minus, 0) AS minus, coalesce(m.plus, 0) AS plus, b.stock_buffer
    FROM canonical.channel_stock AS s
    SEMI JOIN place AS p ON p.channel = s.channel AND p.location = s.location
    JOIN component AS c ON c.channel = s.channel AND c.sku = s.sku
    LEFT JOIN item AS i ON i.channel = s.channel AND i.location = s.location AND i.item_code = c.item_code
    LEFT JOIN movement AS m ON m.channel = s.channel AND m.location = s.location AND m.item_code = c.item_code
    LEFT JOIN canonical.b1_item AS b ON b.item_code = c.item_code
), sku AS (
    SELECT channel, location, sku, count(*) AS parts, count(base) AS known_parts, min(item_code) AS item_code,
           bool_and(units = per) AS is_one_to_one, max(stock_buffer) AS stock_buffer,
           max(units) AS units, max(per) AS per,
           max(on_hand) AS on_hand, max(ordered) AS ordered, max(demand) AS demand, max(quarantined) AS quarantined,
           max(base) AS base, max(base - minus) AS base_lo, max(base + plus) AS base_hi,
           min(fact.whole_units(base, units, per)) AS sets,
           min(fact.whole_units(base - minus, units, per)) AS sets_lo,
           min(fact.whole_units(base + plus, units, per)) AS sets_hi
    FROM part GROUP BY channel, location, sku
)
SELECT channel, location, sku, item_code, parts, stock_buffer, units, per,
       parts = 1 AND is_one_to_one AS is_plain,
       CASE WHEN parts = 1 THEN on_hand END AS on_hand,
       CASE WHEN parts = 1 THEN ordered END AS ordered,
       CASE WHEN parts = 1 THEN demand END AS demand,
       CASE WHEN parts = 1 AND is_one_to_one THEN quarantined ELSE 0 END AS quarantined,
       CAST(CASE WHEN parts = 1 AND is_one_to_one THEN base ELSE sets END AS DECIMAL(19,6)) AS base,
       CAST(CASE WHEN parts = 1 AND is_one_to_one THEN base_lo ELSE sets_lo END AS DECIMAL(19,6)) AS base_lo,
       CAST(CASE WHEN parts = 1 AND is_one_to_one THEN base_hi ELSE sets_hi END AS DECIMAL(19,6)) AS base_hi
FROM sku
WHERE parts = known_parts;

-- Where the platform does not say when a level changed: since when we have seen the same figure.
CREATE OR REPLACE TEMP TABLE level_since AS
WITH untimed AS (
    SELECT channel, location, sku, available FROM canonical.channel_stock WHERE updated_at IS NULL
), seen AS (
    SELECT u.channel, u.location, u.sku, h.known_from, h.known_to, h.available IS DISTINCT FROM u.available AS is_other
    FROM untimed AS u
    JOIN history_at.channel_stock AS h ON h.channel = u.channel AND h.location = u.location AND h.sku = u.sku
), other AS (
    SELECT channel, location, sku, max(known_to) AS ended_at FROM seen WHERE is_other GROUP BY channel, location, sku
)
SELECT s.channel, s.location, s.sku, min(s.known_from) AS since
FROM seen AS s
LEFT JOIN other AS o ON o.channel = s.channel AND o.location = s.location AND o.sku = s.sku
WHERE NOT s.is_other AND (o.ended_at IS NULL OR s.known_from >= o.ended_at)
GROUP BY s.channel, s.location, s.sku;

CREATE OR REPLACE TEMP TABLE judged_stock AS
WITH listed AS (
    SELECT channel, sku, bool_or(oversell_allowed IS TRUE) AS oversell_allowed, bool_or(is_bundle IS TRUE) AS is_bundle,
           bool_or(is_active IS NOT FALSE) AS is_active, bool_and(is_tracked IS NOT FALSE) AS is_tracked
    FROM canonical.listing WHERE sku IS NOT NULL GROUP BY channel, sku
), broken AS (
    SELECT DISTINCT channel, location FROM fact.stock_source WHERE is_missing
), new_buffer AS (
    -- Since when an item's own buffer is what it is, where it was another one before.
    SELECT h.item_code, max(h.known_to) AS changed_at
    FROM history_at.b1_item AS h JOIN canonical.b1_item AS b ON b.item_code = h.item_code
    WHERE h.stock_buffer IS DISTINCT FROM b.stock_buffer GROUP BY h.item_code
), bounds AS (
    SELECT s.channel, s.location, s.sku, coalesce(s.updated_at, t.since) AS level_updated_at, s.available,
           r.item_code, r.parts, r.is_plain, r.units, r.per, r.on_hand, r.ordered, r.demand, r.base,
           coalesce(f.quantity, 0) AS in_flight,
           CAST(r.base - r.base_lo AS DECIMAL(19,6)) AS movement_minus,
           CAST(r.base_hi - r.base AS DECIMAL(19,6)) AS movement_plus,
           CAST(greatest(0, floor(CAST(r.base_lo - coalesce(f.quantity, 0) AS DECIMAL(19,6)) * c.share
                                  - coalesce(r.stock_buffer, c.buffer))) AS DECIMAL(19,6)) AS e_lo,
           CAST(greatest(0, floor(r.base_hi * c.share - coalesce(r.stock_buffer, c.buffer))) AS DECIMAL(19,6)) AS e_hi,
           -- of what lies where returned goods wait, nobody can say that it should be on offer
           CAST(greatest(0, floor(CAST(r.base_lo - r.quarantined - coalesce(f.quantity, 0) AS DECIMAL(19,6)) * c.share
                                  - coalesce(r.stock_buffer, c.buffer))) AS DECIMAL(19,6)) AS e_least,
           CAST(greatest(0, floor(r.base_hi * c.share)) AS DECIMAL(19,6)) AS whole_share,
           r.stock_buffer AS own_buffer, n.changed_at AS buffer_changed_at, a.channel_stock_at,
           c.share, CAST(coalesce(r.stock_buffer, c.buffer) AS DECIMAL(19,6)) AS buffer, c.stock_policy, c.stock_minutes,
           c.currency,
           s.is_tracked IS NOT FALSE AND coalesce(l.is_tracked, TRUE) AS is_tracked,
           s.is_active IS NOT FALSE AND coalesce(l.is_active, TRUE) AS is_active,
           coalesce(l.is_bundle, FALSE) OR r.parts > 1 AS is_bundle,
           coalesce(l.oversell_allowed, FALSE) AS oversell_allowed,
           b.location IS NULL AS is_source_complete,
           coalesce(v.units_28d, 0) AS units_28d, coalesce(v.price, 0) AS price
    FROM canonical.channel_stock AS s
    JOIN stock_row AS r ON r.channel = s.channel AND r.location = s.location AND r.sku = s.sku
    JOIN setting.channel AS c ON c.channel = s.channel
    JOIN fact.as_of AS a ON a.channel = s.channel
    LEFT JOIN new_buffer AS n ON n.item_code = r.item_code
    LEFT JOIN in_flight AS f ON f.channel = s.channel AND f.location = s.location AND f.sku = s.sku
    LEFT JOIN level_since AS t ON t.channel = s.channel AND t.location = s.location AND t.sku = s.sku
    LEFT JOIN listed AS l ON l.channel = s.channel AND l.sku = s.sku
    LEFT JOIN broken AS b ON b.channel = s.channel AND b.location = s.location
    LEFT JOIN fact.sku_sales AS v ON v.channel = s.channel AND v.sku = s.sku
    WHERE s.available IS NOT NULL
)
SELECT *, CASE WHEN available > e_hi THEN available - e_hi WHEN available < e_lo THEN available - e_lo ELSE 0 END AS drift,
       -- what is on order and on its way covers it
       available > 0 AND e_hi <= 0 AND NOT (coalesce(ordered, 0) > 0 AND base + ordered >= available)
           AS is_offered_without_stock,
       coalesce(available > 0 AND demand > on_hand AND demand - on_hand > coalesce(ordered, 0), FALSE)
           AS is_sold_without_stock,
       is_tracked AND is_active AND NOT oversell_allowed AND is_source_complete AS is_judged
FROM bounds;
