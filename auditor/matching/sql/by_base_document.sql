-- A document inherits the orders of the documents it was made from, even when its own reference got lost.
INSERT INTO matching.link
WITH loose AS MATERIALIZED (
    SELECT doc_entry FROM matching.open_document WHERE object = '{object}'
    EXCEPT SELECT doc_entry FROM matching.link WHERE object = '{object}' AND rule <> 'reference'
), base AS MATERIALIZED (
    SELECT DISTINCT l.doc_entry, l.base_entry,
        CAST(CASE l.base_type WHEN 17 THEN 'order' WHEN 15 THEN 'delivery' WHEN 13 THEN 'invoice' WHEN 16 THEN 'return'
                              WHEN 14 THEN 'credit_memo' END AS matching.kind) AS base_object
    FROM canonical.b1_{object}_line AS l
    SEMI JOIN loose AS k ON k.doc_entry = l.doc_entry
    WHERE l.base_type IN (13, 14, 15, 16, 17)
)
SELECT x.order_no, min(x.channel), '{object}', b.doc_entry, 'base_document',
       CASE WHEN bool_and(x.confidence = 'certain') THEN 'certain' ELSE 'likely' END, 0 AS agreed_in
FROM base AS b
JOIN matching.link AS x ON x.object = b.base_object AND x.doc_entry = b.base_entry
GROUP BY x.order_no, b.doc_entry;
