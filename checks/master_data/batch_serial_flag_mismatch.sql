/*---
title    = "Batch or serial numbers stand between an order and its delivery"
severity = "medium"
owner    = "MASTER"
subject  = "item"
measure  = "text"
reads    = ["canonical.listing", "canonical.sales_order", "canonical.b1_item", "canonical.b1_order", "canonical.b1_batch_stock",
            "canonical.b1_serial_stock", "canonical.b1_item_warehouse", "matching.sku_item", "fact.open_item_line", "setting.channel"]
needs    = ["canonical.sales_order", "canonical.b1_batch_stock", "canonical.b1_serial_stock", "canonical.b1_item_warehouse"]
means    = "Two things. First: B1's flags (managed by batches, by serial numbers) against what the middleware believes of the item, where the company keeps that in a field of the item ([b1.fields] item_tracking). Second: an open sales order of the channel that is due within a day asks for a tracked item, and its warehouse has units of it, but no released batch or serial number."
why      = "B1 accepts the order and refuses the delivery: the goods lie there and cannot be sent."
look     = "B1: Item Master Data > Manage Item by; Inventory > Item Management > Batches or Serial Numbers; the order line's warehouse."
fix      = "No batch: release or receive one, or send from another warehouse. Flags differ: correct the flag while the item has never moved; once it has moved B1 refuses that, then correct the middleware's setting or make a new item."
prevent  = "Settle batches and serial numbers when the item is created, before its first movement, and tell the middleware in the same step."
story    = "Item {item_code} on {channel}: {note_what}{note_waiting}{note_hint}."

[causes]
tracked_in_b1_only    = "B1 asks for a batch or serial number, and the middleware does not know it"
untracked_in_b1       = "the middleware sends batch or serial numbers, and B1 does not manage any"
other_kind            = "one side manages batches, the other serial numbers"
no_batch_released     = "all batches of the warehouse are locked or used up"
no_serial_available   = "the warehouse has no serial number left"

[params]
due_hours = {type = "int", default = 24, why = "what is due within a day has to be picked today"}
---*/
WITH open_line AS (
    SELECT l.item_code, COUNT(DISTINCT l.doc_entry) AS orders, CAST(SUM(l.gross) AS DECIMAL(19,6)) AS gross
    FROM fact.open_item_line AS l
    WHERE l.channel = $channel
    GROUP BY l.item_code
),
due_line AS (
    SELECT l.item_code, l.warehouse, COUNT(DISTINCT l.doc_entry) AS orders, CAST(SUM(l.gross) AS DECIMAL(19,6)) AS gross,
           MIN(l.doc_entry) AS doc_entry, MIN(l.doc_num) AS doc_num, MIN(l.due_on) AS due_on, MIN(l.order_id) AS order_id
    FROM fact.open_item_line AS l
    WHERE l.channel = $channel AND l.due_on < CAST($now AS TIMESTAMP) + $due_hours * INTERVAL 1 HOUR
    GROUP BY l.item_code, l.warehouse
),
released AS (
    SELECT b.item_code, b.warehouse, SUM(b.quantity) AS quantity
    FROM canonical.b1_batch_stock AS b
    WHERE b.status = 'released'
    GROUP BY b.item_code, b.warehouse
),
numbered AS (
    SELECT s.item_code, s.warehouse, SUM(s.quantity) AS quantity
    FROM canonical.b1_serial_stock AS s
    GROUP BY s.item_code, s.warehouse
),
listed AS (
    SELECT s.item_code, MIN(s.sku) AS sku
    FROM matching.sku_item AS s
    JOIN canonical.listing AS l ON l.channel = s.channel AND l.sku = s.sku AND l.is_active IS NOT FALSE
    WHERE s.channel = $channel
    GROUP BY s.item_code
),
stocked AS (
    SELECT w.item_code, SUM(w.on_hand) AS on_hand FROM canonical.b1_item_warehouse AS w GROUP BY w.item_code
),
flags AS (
    SELECT i.item_code, i.told_tracking, i.updated_at,
           CASE WHEN i.manages_batches THEN 'batch' WHEN i.manages_serials THEN 'serial' ELSE 'none' END AS tracking
    FROM canonical.b1_item AS i
    WHERE i.told_tracking IS NOT NULL
),
found AS (
    SELECT f.item_code AS subject_id, f.item_code, l.sku, NULL AS warehouse, f.tracking AS expected, f.told_tracking AS actual,
           COALESCE(o.orders, 0) AS orders, COALESCE(o.gross, 0) AS gross, f.updated_at AS occurred_at, 'MASTER' AS owner,
           CASE WHEN f.told_tracking = 'none' THEN 'tracked_in_b1_only' WHEN f.tracking = 'none' THEN 'untracked_in_b1'
                ELSE 'other_kind' END AS cause,
           CONCAT('SAP Business One tracks it by ', f.tracking, ', and the middleware by ', f.told_tracking) AS note_what,
           CASE WHEN s.on_hand <> 0 THEN '; it has stock already, so B1 will not let the flag be changed, and the other side must be corrected' ELSE '' END AS note_hint,
           NULL AS doc_entry, NULL AS doc_num, NULL AS deadline_at, NULL AS order_id
    FROM flags AS f
    LEFT JOIN listed AS l ON l.item_code = f.item_code
    LEFT JOIN open_line AS o ON o.item_code = f.item_code
    LEFT JOIN stocked AS s ON s.item_code = f.item_code
    WHERE f.tracking <> f.told_tracking AND (l.item_code IS NOT NULL OR o.item_code IS NOT NULL)
    UNION ALL
    SELECT CONCAT(d.item_code, '@', d.warehouse), d.item_code, l.sku, d.warehouse,
           CASE WHEN i.manages_batches THEN 'a released batch' ELSE 'a serial number' END, 'none', d.orders, d.gross,
           CAST(d.due_on AS TIMESTAMP), 'OPS',
           CASE WHEN i.manages_batches THEN 'no_batch_released' ELSE 'no_serial_available' END,
           CONCAT('warehouse ', d.warehouse, ' has no ', CASE WHEN i.manages_batches THEN 'released batch' ELSE 'serial number' END,
                  ' of it'),
           '', d.doc_entry, d.doc_num, CAST(d.due_on AS TIMESTAMP), d.order_id
    FROM due_line AS d
    JOIN canonical.b1_item AS i ON i.item_code = d.item_code AND (i.manages_batches OR i.manages_serials)
    -- an empty shelf is a matter of stock, not of numbers
    JOIN canonical.b1_item_warehouse AS h ON h.item_code = d.item_code AND h.warehouse = d.warehouse AND h.on_hand > 0
    LEFT JOIN released AS r ON r.item_code = d.item_code AND r.warehouse = d.warehouse
    LEFT JOIN numbered AS n ON n.item_code = d.item_code AND n.warehouse = d.warehouse
    LEFT JOIN listed AS l ON l.item_code = d.item_code
    WHERE COALESCE(CASE WHEN i.manages_batches THEN r.quantity ELSE n.quantity END, 0) <= 0
)
SELECT
    f.subject_id                        AS subject_id,
    c.currency                          AS currency,
    f.expected                          AS expected,
    f.actual                            AS actual,
    ROUND(f.gross, 2)                   AS money_at_risk,
    f.occurred_at                       AS occurred_at,
    f.owner                             AS owner,
    CASE WHEN f.orders > 0 THEN 'high' ELSE 'medium' END AS severity,
    f.cause                             AS cause,
    f.sku                               AS sku,
    f.item_code                         AS item_code,
    f.warehouse                         AS warehouse,
    CASE WHEN f.doc_entry IS NULL THEN NULL ELSE 'order' END AS b1_object,
    f.doc_entry                         AS doc_entry,
    f.doc_num                           AS doc_num,
    f.note_what                         AS note_what,
    CASE WHEN f.orders = 0 THEN '' ELSE CONCAT('; ', CAST(f.orders AS VARCHAR), CASE WHEN f.orders = 1 THEN ' open order asks' ELSE ' open orders ask' END,
                                              ' for it') END AS note_waiting,
    f.note_hint                         AS note_hint
FROM found AS f
JOIN setting.channel AS c ON c.channel = $channel
ORDER BY f.subject_id
