-- Lines of the channels' sales orders that still wait to be delivered, one row each; most of a company's orders are
-- closed, so they are looked for first.
CREATE OR REPLACE TABLE fact.open_item_line AS
WITH document AS (
    SELECT doc_entry, doc_num, due_on FROM canonical.b1_order
    WHERE status = 'open' AND is_cancelled IS NOT TRUE AND is_cancellation IS NOT TRUE
)
SELECT c.channel, c.order_id, c.order_no, d.doc_entry, d.doc_num, d.due_on, l.line_num, l.item_code, l.warehouse, l.open_quantity,
       CAST(CASE WHEN l.quantity > 0 THEN fact.share(coalesce(l.gross, l.net + l.tax, l.net, 0), l.open_quantity, l.quantity)
            ELSE 0 END AS DECIMAL(19,6)) AS gross
FROM document AS d
JOIN matching.link AS x ON x.object = 'order' AND x.doc_entry = d.doc_entry
JOIN matching.channel_order AS c ON c.order_no = x.order_no
JOIN canonical.b1_order_line AS l ON l.doc_entry = d.doc_entry
WHERE l.status IS DISTINCT FROM 'closed' AND l.open_quantity > 0 AND l.item_code IS NOT NULL;
