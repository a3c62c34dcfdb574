-- Gift cards that were sold, and the line on which B1 booked each; sold is a debt, no revenue.
CREATE OR REPLACE TABLE fact.gift_card_sale AS
WITH sold AS (
    SELECT l.order_no, l.channel, l.order_id, l.line_id, l.sku,
           coalesce(l.gross, l.net + l.tax) AS amount
    FROM canonical.sales_order_line AS l
    WHERE l.kind = 'gift_card' AND coalesce(l.gross, l.net + l.tax) <> 0
), document AS (
    SELECT DISTINCT s.order_no, CASE WHEN c.invoices > 0 THEN 'invoice' ELSE 'order' END AS object
    FROM sold AS s JOIN matching.document_count AS c ON c.order_no = s.order_no
), booked AS (
    SELECT d.order_no, d.object, x.doc_entry, h.doc_num, h.currency, h.created_at, h.updated_at, l.item_code, l.account, l.gross
    FROM document AS d
    JOIN matching.link AS x ON d.object = 'invoice' AND x.order_no = d.order_no AND x.object = 'invoice'
    JOIN canonical.b1_invoice AS h ON h.doc_entry = x.doc_entry
    JOIN canonical.b1_invoice_line AS l ON l.doc_entry = x.doc_entry
    UNION ALL
    SELECT d.order_no, d.object, x.doc_entry, h.doc_num, h.currency, h.created_at, h.updated_at, l.item_code, l.account, l.gross
    FROM document AS d
    JOIN matching.link AS x ON d.object = 'order' AND x.order_no = d.order_no AND x.object = 'order'
    JOIN canonical.b1_order AS h ON h.doc_entry = x.doc_entry
    JOIN canonical.b1_order_line AS l ON l.doc_entry = x.doc_entry
), card_item AS (
    SELECT s.channel, s.sku, m.item_code FROM matching.sku_item AS m
    JOIN (SELECT DISTINCT channel, sku FROM sold) AS s ON s.channel = m.channel AND s.sku = m.sku
), goods_account AS (
    -- Wherever goods are booked is revenue. What is no goods: the cards themselves.
    SELECT DISTINCT l.account FROM canonical.b1_invoice_line AS l
    WHERE l.account IS NOT NULL AND l.item_code NOT IN (SELECT item_code FROM card_item)
      AND l.item_code NOT IN (SELECT item_code FROM setting.gift_card_item)
    UNION
    SELECT DISTINCT l.account FROM canonical.b1_order_line AS l
    WHERE l.account IS NOT NULL AND l.item_code NOT IN (SELECT item_code FROM card_item)
      AND l.item_code NOT IN (SELECT item_code FROM setting.gift_card_item)
)
SELECT s.channel, s.order_id, s.order_no, s.line_id, s.sku, CAST(s.amount AS DECIMAL(19,6)) AS amount, b.object, b.doc_entry, b.doc_num,
       b.currency, b.created_at, b.updated_at, b.item_code, b.account,
       b.item_code IN (SELECT item_code FROM setting.gift_card_item) AS is_gift_card_item,
       EXISTS (SELECT 1 FROM setting.gift_card_item) AS has_gift_card_items,
       b.account IN (SELECT account FROM goods_account) AS is_on_goods_account
FROM sold AS s
LEFT JOIN card_item AS c ON c.channel = s.channel AND c.sku = s.sku
JOIN booked AS b ON b.order_no = s.order_no AND b.item_code = coalesce(c.item_code, s.sku);
