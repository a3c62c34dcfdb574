-- Orders that the channel shows as sent and B1 has, without anything in B1 that takes the goods off its stock.
-- An invoice that is drawn from no delivery takes them off itself, unless it is a reserve invoice.
CREATE OR REPLACE TEMP TABLE undelivered AS
SELECT c.order_no
FROM matching.document_count AS c
ANTI JOIN (SELECT order_no FROM matching.link WHERE object = 'delivery') AS d ON d.order_no = c.order_no
WHERE c.orders > 0;

CREATE OR REPLACE TABLE fact.dispatch_unbooked AS
WITH invoiced AS (
    SELECT u.order_no
    FROM undelivered AS u
    JOIN matching.link AS x ON x.order_no = u.order_no AND x.object = 'invoice'
    JOIN canonical.b1_invoice AS i ON i.doc_entry = x.doc_entry AND i.is_reserve IS NOT TRUE
    JOIN canonical.b1_invoice_line AS l ON l.doc_entry = i.doc_entry
    WHERE l.base_type IS DISTINCT FROM 15 AND l.without_stock_movement IS NOT TRUE
), missing AS MATERIALIZED (
    SELECT u.order_no, o.channel, o.order_id, o.order_ref, o.currency, o.total, o.updated_at
    FROM undelivered AS u
    ANTI JOIN invoiced AS i ON i.order_no = u.order_no
    JOIN canonical.sales_order AS o ON o.order_no = u.order_no
    WHERE o.fulfilment_status IN ('shipped', 'partial') AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
      -- what is no sale leaves the stock by another way than a delivery
      AND coalesce(o.order_kind, 'sale') = 'sale'
), parcel AS (
    SELECT m.order_no, count(*) AS parcels, count(CASE WHEN s.status IN ('shipped', 'delivered') THEN 1 END) AS sent,
           min(CASE WHEN s.status IN ('shipped', 'delivered') THEN coalesce(s.shipped_at, s.updated_at) END) AS shipped_at,
           min(CASE WHEN s.status IN ('shipped', 'delivered') THEN s.tracking_number END) AS tracking_number
    FROM missing AS m JOIN canonical.shipment AS s ON s.order_no = m.order_no
    GROUP BY m.order_no
), booked AS (
    SELECT m.order_no, min(d.doc_entry) AS doc_entry, arg_min(d.doc_num, d.doc_entry) AS doc_num,
           sum(d.total - coalesce(d.tax, 0)) AS net
    FROM missing AS m
    JOIN matching.link AS x ON x.order_no = m.order_no AND x.object = 'order'
    JOIN canonical.b1_order AS d ON d.doc_entry = x.doc_entry
    GROUP BY m.order_no
), place AS (
    SELECT doc_entry, min(warehouse) AS warehouse FROM canonical.b1_order_line
    WHERE doc_entry IN (SELECT doc_entry FROM booked) GROUP BY doc_entry
)
SELECT m.channel, m.order_id, m.order_no, m.order_ref, m.currency, m.updated_at, coalesce(p.shipped_at, m.updated_at) AS shipped_at,
       p.tracking_number, b.doc_entry, b.doc_num, w.warehouse,
       CAST(least(b.net, m.total) AS DECIMAL(19,6)) AS net
FROM missing AS m
JOIN booked AS b ON b.order_no = m.order_no
LEFT JOIN place AS w ON w.doc_entry = b.doc_entry
LEFT JOIN parcel AS p ON p.order_no = m.order_no
-- parcels that are only being made ready have not left
WHERE p.order_no IS NULL OR p.sent > 0;
