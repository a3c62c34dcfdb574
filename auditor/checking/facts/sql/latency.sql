-- How long what happened on a channel took to show in B1: one row for each event of the last days.
-- effect_at NULL: it has not shown yet. seconds is measured up to the effect, or up to the moment of reading, without
-- the hours in which nothing could move.
-- Few are called off; a table of their own tells DuckDB how few.
CREATE OR REPLACE TEMP TABLE called_off AS
SELECT o.channel, o.order_id, o.order_no, o.order_ref, o.cancelled_at,
       o.total - coalesce(o.tax, 0) AS net, o.currency, a.as_of, c.card_code, k.reference_key, c.reference_prefix
FROM canonical.sales_order AS o
JOIN fact.as_of AS a ON a.channel = o.channel
JOIN setting.channel AS c ON c.channel = o.channel
JOIN matching.channel_order AS k ON k.order_no = o.order_no
WHERE o.cancelled_at > a.as_of - INTERVAL 14 DAY AND o.cancelled_at <= a.as_of AND o.is_test IS NOT TRUE;

CREATE OR REPLACE TABLE fact.latency AS
WITH placed AS (
    SELECT o.channel, o.order_id, o.order_no, o.order_ref, o.placed_at, o.total, o.currency,
           a.as_of,
           o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.cancelled_at IS NULL
           AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
           AND coalesce(o.order_kind, 'sale') = 'sale' AS is_due
    FROM canonical.sales_order AS o JOIN fact.as_of AS a ON a.channel = o.channel
    WHERE o.placed_at > a.as_of - INTERVAL 2 DAY AND o.placed_at <= a.as_of
), paid AS (
    -- what waits for its money is due from the moment it came
    SELECT p.order_no, min(p.processed_at) AS paid_at FROM canonical.sales_payment AS p
    SEMI JOIN placed AS o ON o.order_no = p.order_no
    WHERE p.status = 'success' AND p.kind IN ('sale', 'capture') AND p.amount > 0
    GROUP BY p.order_no
), made AS (
    SELECT x.order_no, x.object, x.doc_entry FROM matching.link AS x
    WHERE x.object IN ('order', 'invoice', 'draft') AND x.order_no IN (SELECT order_no FROM placed)
), posted AS (
    SELECT order_no, min(created_at) AS posted_at FROM (
        SELECT m.order_no, d.created_at FROM made AS m JOIN canonical.b1_order AS d ON m.object = 'order' AND d.doc_entry = m.doc_entry
        UNION ALL
        SELECT m.order_no, d.created_at FROM made AS m JOIN canonical.b1_invoice AS d ON m.object = 'invoice' AND d.doc_entry = m.doc_entry
        UNION ALL
        SELECT m.order_no, d.created_at FROM made AS m JOIN canonical.b1_draft AS d ON m.object = 'draft' AND d.doc_entry = m.doc_entry
    ) AS d GROUP BY order_no
), ordered AS (
    SELECT 'orders' AS flow, o.channel, o.order_id, o.order_no, o.order_ref,
           greatest(o.placed_at, coalesce(p.paid_at, o.placed_at)) AS source_at, d.posted_at AS effect_at, o.total, o.currency, o.as_of
    FROM placed AS o
    LEFT JOIN paid AS p ON p.order_no = o.order_no
    LEFT JOIN posted AS d ON d.order_no = o.order_no
    WHERE o.is_due
), meant AS (
    SELECT c.order_no, d.doc_entry FROM called_off AS c
    JOIN canonical.b1_order AS d
      ON d.card_code = c.card_code AND d.is_cancelled AND d.is_cancellation IS NOT TRUE
     AND matching.reference_key(d.reference, c.reference_prefix) = c.reference_key
    UNION
    SELECT c.order_no, x.doc_entry FROM called_off AS c JOIN matching.link AS x ON x.order_no = c.order_no AND x.object = 'order'
), stopped AS (
    -- The first version in which the sales order is cancelled or closed tells when it was stopped.
    SELECT m.order_no, m.doc_entry, min(h.created_at) AS created_at,
           min(CASE WHEN h.is_cancelled OR h.status = 'closed' THEN coalesce(h.updated_at, h.known_from) END) AS stopped_at
    FROM meant AS m JOIN history_at.b1_order AS h ON h.doc_entry = m.doc_entry
    GROUP BY m.order_no, m.doc_entry
), cancelled AS (
    SELECT 'cancellations' AS flow, c.channel, c.order_id, c.order_no, c.order_ref,
           greatest(c.cancelled_at, max(s.created_at)) AS source_at,
           CASE WHEN count(s.stopped_at) = count(*) THEN greatest(c.cancelled_at, max(s.stopped_at)) END AS effect_at,
           c.net, c.currency, c.as_of
    FROM called_off AS c JOIN stopped AS s ON s.order_no = c.order_no
    -- what had left the house could not be stopped any more
    WHERE c.order_no NOT IN (
        SELECT x.order_no FROM matching.link AS x
        WHERE x.object IN ('delivery', 'invoice') AND x.order_no IN (SELECT order_no FROM called_off))
    GROUP BY c.channel, c.order_id, c.order_no, c.order_ref, c.cancelled_at, c.net, c.currency, c.as_of
)
SELECT e.flow, e.channel, e.order_id, e.order_no, e.order_ref, e.source_at, e.effect_at,
       greatest(0, date_diff('second', e.source_at, e.until) - coalesce((
           SELECT sum(date_diff('second', greatest(e.source_at, s.closed_at), least(e.until, s.opened_at)))
           FROM setting.standstill AS s
           WHERE s.channel = e.channel AND s.closed_at < e.until AND s.opened_at > e.source_at), 0)) AS seconds,
       e.total AS amount, e.currency
FROM (SELECT *, coalesce(effect_at, as_of) AS until FROM (SELECT * FROM ordered UNION ALL SELECT * FROM cancelled)) AS e
WHERE e.until <= e.as_of;

-- The first delivery of each order of the last days, and whether somebody looked at the channel before.
-- The middleware must be one that tells of such readings at all, or nobody can say anything.
CREATE OR REPLACE TABLE fact.release AS
WITH read AS (
    SELECT e.channel, matching.reference_key(e.order_ref, c.reference_prefix) AS reference_key, e.status,
           coalesce(e.finished_at, e.occurred_at, e.started_at) AS read_at
    FROM canonical.sync_event AS e JOIN setting.channel AS c ON c.channel = e.channel
    WHERE e.kind = 'status_read' AND e.order_ref IS NOT NULL
), telling AS (
    SELECT channel, min(read_at) AS since_at FROM read GROUP BY channel
), released AS (
    SELECT x.channel, x.order_id, x.order_no, o.reference_key, min(d.created_at) AS released_at, min(d.doc_entry) AS doc_entry
    FROM canonical.b1_delivery AS d
    JOIN matching.order_document AS x ON x.object = 'delivery' AND x.doc_entry = d.doc_entry
    JOIN matching.channel_order AS o ON o.order_no = x.order_no
    JOIN telling AS t ON t.channel = x.channel
    WHERE x.order_no IN (
        SELECT l.order_no FROM matching.link AS l JOIN canonical.b1_delivery AS n ON l.object = 'delivery' AND n.doc_entry = l.doc_entry
        WHERE n.created_at > (SELECT max(as_of) FROM fact.as_of) - INTERVAL 3 DAY)
    GROUP BY x.channel, x.order_id, x.order_no, o.reference_key
)
SELECT r.channel, r.order_id, r.order_no, r.doc_entry, r.released_at,
       max(CASE WHEN e.status = 'ok' THEN e.read_at END) AS read_at,
       max(CASE WHEN e.status = 'error' THEN e.read_at END) AS failed_at
FROM released AS r
JOIN telling AS t ON t.channel = r.channel AND t.since_at <= r.released_at
LEFT JOIN read AS e ON e.channel = r.channel AND e.reference_key = r.reference_key AND e.read_at <= r.released_at
GROUP BY r.channel, r.order_id, r.order_no, r.doc_entry, r.released_at;

-- When the middleware heard of a cancellation, as far as it tells.
CREATE OR REPLACE TABLE fact.cancel_notice AS
SELECT e.channel, matching.reference_key(e.order_ref, c.reference_prefix) AS reference_key, min(e.received_at) AS received_at
FROM canonical.sync_event AS e JOIN setting.channel AS c ON c.channel = e.channel
WHERE e.kind = 'webhook' AND e.flow = 'cancellations' AND e.received_at IS NOT NULL AND e.order_ref IS NOT NULL
GROUP BY e.channel, matching.reference_key(e.order_ref, c.reference_prefix);
