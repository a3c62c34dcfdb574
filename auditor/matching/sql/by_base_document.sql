-- A document inherits the orders of the documents it was made from, even when its own reference got lost.
INSERT INTO matching.order_document
WITH base AS (
    SELECT DISTINCT l.doc_entry, l.base_entry,
        CASE l.base_type WHEN 17 THEN 'order' WHEN 15 THEN 'delivery' WHEN 13 THEN 'invoice' WHEN 16 THEN 'return'
                         WHEN 14 THEN 'credit_memo' END AS base_object
    FROM canonical.b1_{object}_line AS l
    WHERE l.base_type IN (13, 14, 15, 16, 17) AND l.doc_entry IN (
        SELECT d.doc_entry FROM matching.open_document AS d
        WHERE d.object = '{object}' AND NOT EXISTS (
            SELECT 1 FROM matching.order_document AS x WHERE x.object = '{object}' AND x.doc_entry = d.doc_entry
        )
    )
)
SELECT x.channel, x.order_id, x.order_no, '{object}', b.doc_entry, 'base_document',
       CASE WHEN bool_and(x.confidence = 'certain') THEN 'certain' ELSE 'likely' END
FROM base AS b
JOIN matching.order_document AS x ON x.object = b.base_object AND x.doc_entry = b.base_entry
GROUP BY x.channel, x.order_id, x.order_no, b.doc_entry;
