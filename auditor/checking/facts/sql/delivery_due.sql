-- Orders that nobody has seen leave yet, as the channel tells it: by when they must, and what B1 has of them.
-- The channel's deadline is that of the order or of the work to ship it; B1's is the end of the sales order's due date,
-- on a working day: one that falls on a day off moves to the next. A due date that is the day of the order itself was
-- never thought about and promises nothing.
CREATE OR REPLACE TABLE fact.delivery_due AS
WITH work AS (
    SELECT order_no, min(ship_by_at) AS ship_by_at, bool_and(status IN ('on_hold', 'scheduled')) AS is_paused
    FROM canonical.fulfilment_order WHERE status NOT IN ('cancelled', 'closed')
    GROUP BY order_no
), unsent AS (
    SELECT o.order_no, o.channel, o.order_id, o.order_ref, o.currency, o.total, o.placed_at, o.updated_at,
           coalesce(o.order_kind, 'sale') AS order_kind, o.fulfilment_status, o.ship_by_at
    FROM canonical.sales_order AS o
    WHERE coalesce(o.fulfilment_status, 'unknown') IN ('unshipped', 'partial', 'unknown')
      AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE
      AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
), waiting AS MATERIALIZED (
    SELECT o.order_no, o.channel, o.order_id, o.order_ref, o.currency, o.total,
           o.placed_at, o.updated_at, o.order_kind, coalesce(o.ship_by_at, w.ship_by_at) AS channel_due_at,
           c.timezone, c.posting
    FROM unsent AS o
    JOIN setting.channel AS c ON c.channel = o.channel
    LEFT JOIN work AS w ON w.order_no = o.order_no
    WHERE w.is_paused IS NOT TRUE
      -- a word that nobody knows is no news of a parcel, unless there is one
      AND (o.fulfilment_status IN ('unshipped', 'partial') OR NOT EXISTS (
          SELECT 1 FROM canonical.shipment AS s
          WHERE s.order_no = o.order_no AND s.status IN ('shipped', 'delivered')))
), document AS MATERIALIZED (
    SELECT w.order_no, x.object, x.doc_entry
    FROM waiting AS w JOIN matching.link AS x ON x.order_no = w.order_no AND x.object IN ('order', 'delivery', 'invoice')
), sent AS (
    SELECT order_no, bool_or(object = 'delivery') AS has_delivery, bool_or(object = 'invoice') AS has_invoice,
           bool_or(object = 'order') AS has_order
    FROM document GROUP BY order_no
), line AS MATERIALIZED (
    SELECT k.order_no, d.doc_entry, d.doc_num, d.doc_on, d.due_on, d.created_at, d.updated_at, l.item_code, l.warehouse,
           CASE WHEN d.status = 'open' THEN l.open_quantity ELSE l.quantity END AS quantity, l.quantity AS ordered,
           l.inventory_quantity, l.gross, i.is_inventory, i.manages_batches OR i.manages_serials AS is_tracked,
           d.status <> 'open' AS is_closed,
           d.is_approved IS FALSE OR d.authorization_status IN ('pending', 'rejected') OR p.is_frozen IS TRUE AS is_blocked
    FROM document AS k
    JOIN sent AS s ON s.order_no = k.order_no
    JOIN canonical.b1_order AS d ON d.doc_entry = k.doc_entry
    JOIN canonical.b1_order_line AS l ON l.doc_entry = d.doc_entry
    LEFT JOIN canonical.b1_item AS i ON i.item_code = l.item_code
    LEFT JOIN canonical.b1_partner AS p ON p.card_code = d.card_code
    WHERE k.object = 'order'
      -- services and gift cards need no delivery; a kit is none of the stock's items, but its parts are
      AND (i.is_inventory IS NOT FALSE OR l.tree_type = 'sales_tree')
      -- closed without anything having left the house: closed by hand
      AND CASE WHEN d.status = 'open' THEN l.open_quantity > 0 ELSE NOT s.has_delivery AND NOT s.has_invoice END
), need AS (
    SELECT order_no, item_code, warehouse, bool_or(is_tracked) AS is_tracked,
           CAST(sum(CASE WHEN inventory_quantity = ordered THEN quantity
                         ELSE fact.share(inventory_quantity, quantity, ordered) END) AS DECIMAL(19,6)) AS units
    FROM line WHERE is_inventory IS NOT FALSE GROUP BY order_no, item_code, warehouse
), released AS (
    SELECT item_code, warehouse, sum(quantity) AS units FROM (
        SELECT item_code, warehouse, quantity FROM canonical.b1_batch_stock WHERE status = 'released'
        UNION ALL SELECT item_code, warehouse, quantity FROM canonical.b1_serial_stock
    ) AS kept GROUP BY item_code, warehouse
), short AS (
    -- the first item of each order that the shelf, or the released batches on it, cannot give
    SELECT n.order_no, min(CASE WHEN q.on_hand < n.units THEN n.item_code END) AS without_stock,
           min(CASE WHEN q.on_hand >= n.units AND n.is_tracked AND coalesce(r.units, 0) < n.units THEN n.item_code END)
               AS without_batch,
           arg_min(n.warehouse, n.item_code) FILTER (
               WHERE q.on_hand >= n.units AND n.is_tracked AND coalesce(r.units, 0) < n.units) AS batch_warehouse
    FROM need AS n
    JOIN canonical.b1_item_warehouse AS q ON q.item_code = n.item_code AND q.warehouse = n.warehouse
    LEFT JOIN released AS r ON r.item_code = n.item_code AND r.warehouse = n.warehouse
    GROUP BY n.order_no
), open_order AS (
    SELECT l.order_no, min(l.doc_entry) AS doc_entry, arg_min(l.doc_num, l.doc_entry) AS doc_num,
           arg_min(l.warehouse, (l.doc_entry, l.item_code)) AS warehouse, max(l.updated_at) AS updated_at,
           max(CASE WHEN l.due_on > l.doc_on THEN l.due_on END) AS due_on,
           sum(fact.share(l.gross, l.quantity, l.ordered)) AS gross,
           bool_or(l.is_blocked) AS is_blocked, bool_and(l.is_closed) AS is_closed
    FROM line AS l WHERE l.ordered > 0 GROUP BY l.order_no
), working_day AS (
    -- no row of holidays is longer than a month
    SELECT b.due_on, min(b.due_on + n.days) AS day
    FROM (SELECT DISTINCT due_on FROM open_order) AS b, (SELECT CAST(range AS INTEGER) AS days FROM range(31)) AS n
    WHERE isodow(b.due_on + n.days) < 6 AND b.due_on + n.days NOT IN (SELECT day FROM setting.holiday)
    GROUP BY b.due_on
)
SELECT w.channel, w.order_id, w.order_no, w.order_ref, w.currency, w.total, w.placed_at, w.updated_at, w.order_kind, w.posting,
       w.channel_due_at,
       -- the first moment of the day after, in the company's time
       timezone('UTC', timezone(w.timezone, CAST(d.day + 1 AS TIMESTAMP))) AS b1_due_at,
       coalesce(s.has_order, FALSE) AS has_order, coalesce(s.has_delivery, FALSE) AS has_delivery,
       coalesce(s.has_invoice, FALSE) AS has_invoice,
       b.doc_entry, b.doc_num, b.warehouse, b.updated_at AS b1_updated_at,
       CAST(least(b.gross, w.total) AS DECIMAL(19,6)) AS waiting_gross,
       CASE WHEN b.is_closed THEN 'closed' WHEN b.is_blocked THEN 'blocked'
            WHEN t.without_stock IS NOT NULL THEN 'stock' WHEN t.without_batch IS NOT NULL THEN 'batch_serial'
            WHEN b.order_no IS NOT NULL THEN 'no_pick' END AS reason,
       coalesce(t.without_stock, t.without_batch) AS short_item, t.batch_warehouse
FROM waiting AS w
LEFT JOIN sent AS s ON s.order_no = w.order_no
LEFT JOIN open_order AS b ON b.order_no = w.order_no
LEFT JOIN working_day AS d ON d.due_on = b.due_on
LEFT JOIN short AS t ON t.order_no = w.order_no;
