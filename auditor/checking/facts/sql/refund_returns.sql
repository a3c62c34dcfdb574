-- Goods that came back: what the channel says beside the stock that B1 took in, and what B1 took in beside the money.
-- Units are inventory units. Where a return was credited, its own lines moved the stock and the credit memo's did not.
CREATE OR REPLACE TEMP TABLE stock_back AS
SELECT x.channel, x.order_id, x.order_no, x.object, x.doc_entry, l.item_code, l.warehouse,
       coalesce(l.inventory_quantity, l.quantity) AS units, l.net + l.tax AS gross,
       l.without_stock_movement IS NOT TRUE AS is_moved
FROM matching.order_document AS x
JOIN canonical.b1_credit_memo_line AS l ON x.object = 'credit_memo' AND l.doc_entry = x.doc_entry
WHERE l.base_type IS DISTINCT FROM 16 AND l.quantity > 0
UNION ALL
SELECT x.channel, x.order_id, x.order_no, x.object, x.doc_entry, l.item_code, l.warehouse,
       coalesce(l.inventory_quantity, l.quantity), l.net + l.tax, TRUE
FROM matching.order_document AS x
JOIN canonical.b1_return_line AS l ON x.object = 'return' AND l.doc_entry = x.doc_entry
WHERE l.quantity > 0;

CREATE OR REPLACE TABLE fact.return_stock AS
WITH told AS (
    SELECT l.channel, l.order_id, l.order_no, l.refund_id, s.item_code, max(l.sku) AS sku, max(i.cost) AS cost,
           coalesce(r.processed_at, r.created_at) AS refunded_at, r.updated_at,
           CAST(sum(CAST(l.quantity * s.units AS DECIMAL(19,6))) AS DECIMAL(19,6)) AS units
    FROM canonical.refund_line AS l
    JOIN canonical.refund AS r ON r.channel = l.channel AND r.refund_id = l.refund_id
    JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku
    JOIN canonical.b1_item AS i ON i.item_code = s.item_code AND i.is_inventory IS NOT FALSE
    WHERE l.restock_type = 'return' AND l.quantity > 0 AND r.transaction_status IN ('success', 'none')
    GROUP BY l.channel, l.order_id, l.order_no, l.refund_id, s.item_code, refunded_at, r.updated_at
), place AS (
    SELECT channel, warehouse FROM setting.location_warehouse
    UNION SELECT c.channel, w.warehouse FROM setting.channel AS c CROSS JOIN setting.return_warehouse AS w
), booked AS (
    SELECT b.order_no, b.item_code,
           CAST(sum(CASE WHEN b.is_moved AND p.warehouse IS NOT NULL THEN b.units ELSE 0 END) AS DECIMAL(19,6)) AS restored,
           CAST(sum(CASE WHEN b.is_moved AND p.warehouse IS NULL THEN b.units ELSE 0 END) AS DECIMAL(19,6)) AS elsewhere,
           CAST(sum(CASE WHEN b.is_moved THEN 0 ELSE b.units END) AS DECIMAL(19,6)) AS unmoved,
           max(b.warehouse) FILTER (WHERE p.warehouse IS NULL) AS other_warehouse
    FROM stock_back AS b
    LEFT JOIN place AS p ON p.channel = b.channel AND p.warehouse = b.warehouse
    GROUP BY b.order_no, b.item_code
), waiting AS (
    -- Refunds that are credited take what came back first.
    SELECT t.*, sum(t.units) OVER (
               PARTITION BY t.order_no, t.item_code
               ORDER BY CASE WHEN m.refund_id IS NULL THEN 1 ELSE 0 END, t.refunded_at, t.refund_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS up_to
    FROM told AS t
    LEFT JOIN (SELECT DISTINCT channel, refund_id FROM matching.refund_credit_memo) AS m
      ON m.channel = t.channel AND m.refund_id = t.refund_id
), short AS (
    SELECT w.*, coalesce(b.elsewhere, 0) AS elsewhere, coalesce(b.unmoved, 0) AS unmoved, b.other_warehouse,
           CAST(least(w.units, w.up_to - coalesce(b.restored, 0)) AS DECIMAL(19,6)) AS missing
    FROM waiting AS w
    LEFT JOIN booked AS b ON b.order_no = w.order_no AND b.item_code = w.item_code
    WHERE w.up_to > coalesce(b.restored, 0)
)
SELECT s.channel, s.order_id, s.order_no, s.refund_id, s.refunded_at, s.updated_at,
       CAST(sum(s.units) AS DECIMAL(19,6)) AS units, CAST(sum(s.missing) AS DECIMAL(19,6)) AS missing,
       CAST(sum(CAST(s.missing * coalesce(s.cost, 0) AS DECIMAL(19,6))) AS DECIMAL(19,6)) AS value,
       CASE WHEN count(*) = 1 THEN min(s.sku) END AS sku, string_agg(s.item_code, ', ' ORDER BY s.item_code) AS items,
       bool_and(s.unmoved >= s.missing) AS is_unmoved, bool_and(s.elsewhere >= s.missing) AS is_elsewhere,
       min(s.other_warehouse) AS other_warehouse, d.doc_entry IS NOT NULL AS is_draft
FROM short AS s
LEFT JOIN (SELECT channel, refund_id, min(doc_entry) AS doc_entry FROM matching.refund_draft GROUP BY channel, refund_id) AS d
  ON d.channel = s.channel AND d.refund_id = s.refund_id
-- what never left was not taken back either
JOIN matching.document_count AS c ON c.order_no = s.order_no AND c.invoices > 0
GROUP BY s.channel, s.order_id, s.order_no, s.refund_id, s.refunded_at, s.updated_at, d.doc_entry;

-- Returns that B1 has taken in and that no refund of the order covers.
CREATE OR REPLACE TABLE fact.return_refund AS
WITH taken AS (
    SELECT b.channel, b.order_id, b.order_no, b.doc_entry, d.doc_num, d.created_at, d.updated_at, d.currency, b.item_code,
           CAST(sum(b.units) AS DECIMAL(19,6)) AS units, CAST(sum(b.gross) AS DECIMAL(19,6)) AS gross
    FROM stock_back AS b
    JOIN canonical.b1_return AS d ON d.doc_entry = b.doc_entry
    WHERE b.object = 'return'
    GROUP BY b.channel, b.order_id, b.order_no, b.doc_entry, d.doc_num, d.created_at, d.updated_at, d.currency, b.item_code
), given AS (
    -- An exchange, too, settles what came back. Money on its way counts.
    SELECT l.order_no, s.item_code, CAST(sum(CAST(l.quantity * s.units AS DECIMAL(19,6))) AS DECIMAL(19,6)) AS units
    FROM canonical.refund_line AS l
    JOIN canonical.refund AS r ON r.channel = l.channel AND r.refund_id = l.refund_id
    JOIN matching.sku_item AS s ON s.channel = l.channel AND s.sku = l.sku
    WHERE r.transaction_status <> 'failed'
      AND l.order_no IN (SELECT order_no FROM taken)
    GROUP BY l.order_no, s.item_code
), settled AS (
    -- Money that names no goods, an exchange, or a return that was refused.
    SELECT r.order_no FROM canonical.refund AS r
    WHERE r.total > 0 AND r.transaction_status IN ('success', 'pending')
      AND NOT EXISTS (SELECT 1 FROM canonical.refund_line AS l WHERE l.channel = r.channel AND l.refund_id = r.refund_id)
    UNION
    SELECT order_no FROM canonical.return_case WHERE has_exchange OR status IN ('declined', 'cancelled')
), owed AS (
    SELECT t.*, coalesce(g.units, 0) AS given,
           sum(t.units) OVER (PARTITION BY t.order_no, t.item_code ORDER BY t.created_at, t.doc_entry
                              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS up_to
    FROM taken AS t
    LEFT JOIN given AS g ON g.order_no = t.order_no AND g.item_code = t.item_code
    ANTI JOIN settled AS s ON s.order_no = t.order_no
), short AS (
    SELECT *, CAST(least(units, up_to - given) AS DECIMAL(19,6)) AS missing FROM owed WHERE up_to > given
)
SELECT channel, order_id, order_no, doc_entry, doc_num, created_at, updated_at, currency,
       CAST(sum(missing) AS DECIMAL(19,6)) AS units, string_agg(item_code, ', ' ORDER BY item_code) AS items,
       CAST(sum(fact.share(gross, missing, units)) AS DECIMAL(19,6)) AS gross
FROM short
GROUP BY channel, order_id, order_no, doc_entry, doc_num, created_at, updated_at, currency;
