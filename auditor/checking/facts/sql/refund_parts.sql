-- Each refund beside the sum of its credit memos, in parts that mean the same on both sides.
-- Freight codes that are not shipping (goodwill, handling) stand for the platform's correction that belongs to no item.
-- A refund without tax (NULL) tells its parts with tax: then the credit memo's are compared with tax too. A part that
-- is not told is nothing where the others make up the total; where they do not, it is not compared.
CREATE OR REPLACE TABLE fact.refund_parts AS
WITH memo AS (
    SELECT DISTINCT x.channel, x.refund_id, x.doc_entry FROM matching.refund_credit_memo AS x
), item AS (
    SELECT l.doc_entry, sum(l.net) AS net FROM canonical.b1_credit_memo_line AS l
    WHERE l.doc_entry IN (SELECT doc_entry FROM memo) GROUP BY l.doc_entry
), freight AS (
    SELECT e.doc_entry,
           sum(e.net) FILTER (WHERE k.kind = 'shipping') AS shipping,
           sum(e.tax) FILTER (WHERE k.kind = 'shipping') AS shipping_tax,
           sum(e.net + e.tax) FILTER (WHERE k.kind IS DISTINCT FROM 'shipping') AS other,
           sum(e.tax) FILTER (WHERE k.kind IS DISTINCT FROM 'shipping') AS other_tax
    FROM canonical.b1_credit_memo_expense AS e
    LEFT JOIN setting.expense AS k ON k.expense_code = e.expense_code
    WHERE e.doc_entry IN (SELECT doc_entry FROM memo) GROUP BY e.doc_entry
), booked AS (
    SELECT m.channel, m.refund_id, min(d.doc_entry) AS doc_entry, min(d.doc_num) AS doc_num, count(*) AS credit_memos,
           max(d.doc_entry) AS last_entry, arg_max(d.doc_num, d.doc_entry) AS last_num,
           max(d.updated_at) AS updated_at, min(d.currency) AS currency, sum(d.total) AS total,
           sum(coalesce(i.net, 0) - coalesce(d.discount, 0)) AS item, sum(coalesce(f.shipping, 0)) AS shipping,
           sum(coalesce(d.tax, 0) - coalesce(f.other_tax, 0)) AS tax, sum(coalesce(f.other, 0)) AS other,
           sum(coalesce(f.shipping_tax, 0)) AS shipping_tax
    FROM memo AS m
    JOIN canonical.b1_credit_memo AS d ON d.doc_entry = m.doc_entry
    LEFT JOIN item AS i ON i.doc_entry = m.doc_entry
    LEFT JOIN freight AS f ON f.doc_entry = m.doc_entry
    GROUP BY m.channel, m.refund_id
), line AS (
    SELECT channel, refund_id, count(*) FILTER (WHERE net IS DISTINCT FROM 0) AS lines
    FROM canonical.refund_line GROUP BY channel, refund_id
), told AS (
    SELECT r.*, r.tax IS NULL AS is_gross,
           coalesce(item, 0) + coalesce(shipping, 0) + coalesce(tax, 0) + coalesce(adjustment, 0) = total AS is_whole
    FROM canonical.refund AS r
), side AS (
    SELECT r.channel, r.refund_id, r.order_id, r.order_no, b.currency, r.processed_at, r.updated_at, r.transaction_status, r.total,
           r.tax, r.is_gross,
           CASE WHEN r.is_whole THEN coalesce(r.item, 0) ELSE r.item END AS item,
           CASE WHEN r.is_whole THEN coalesce(r.shipping, 0) ELSE r.shipping END AS shipping,
           CASE WHEN r.is_whole THEN coalesce(r.adjustment, 0) ELSE r.adjustment END AS adjustment,
           b.doc_entry, b.doc_num, b.credit_memos, b.last_entry, b.last_num, b.updated_at AS b1_updated_at,
           b.total AS b1_total, b.other AS b1_other,
           b.item + CASE WHEN r.is_gross THEN b.tax - b.shipping_tax ELSE 0 END AS b1_item,
           b.shipping + CASE WHEN r.is_gross THEN b.shipping_tax ELSE 0 END AS b1_shipping,
           CASE WHEN NOT r.is_gross THEN b.tax END AS b1_tax
    FROM told AS r
    JOIN booked AS b ON b.channel = r.channel AND b.refund_id = r.refund_id AND b.currency = coalesce(r.currency, b.currency)
)
SELECT r.channel, r.refund_id, r.order_id, r.order_no, r.currency, r.processed_at, r.updated_at, r.transaction_status,
       CAST(coalesce(l.lines, 0) + CASE WHEN coalesce(r.shipping, 0) <> 0 THEN 1 ELSE 0 END AS BIGINT) AS priced_lines,
       r.total, r.item, r.shipping, r.tax, coalesce(r.adjustment, 0) AS adjustment, r.is_gross,
       r.doc_entry, r.doc_num, r.credit_memos, r.last_entry, r.last_num, r.b1_updated_at,
       CAST(r.b1_total AS DECIMAL(19,6)) AS b1_total, CAST(r.b1_item AS DECIMAL(19,6)) AS b1_item,
       CAST(r.b1_shipping AS DECIMAL(19,6)) AS b1_shipping, CAST(r.b1_tax AS DECIMAL(19,6)) AS b1_tax,
       CAST(r.b1_other AS DECIMAL(19,6)) AS b1_other,
       CAST(abs(r.b1_total - r.total) AS DECIMAL(19,6)) AS total_gap,
       CAST(greatest(coalesce(abs(r.b1_item - r.item), 0), coalesce(abs(r.b1_shipping - r.shipping), 0),
                     coalesce(abs(r.b1_tax - r.tax), 0), coalesce(abs(r.b1_other - r.adjustment), 0)) AS DECIMAL(19,6))
           AS part_gap
FROM side AS r
LEFT JOIN line AS l ON l.channel = r.channel AND l.refund_id = r.refund_id;
