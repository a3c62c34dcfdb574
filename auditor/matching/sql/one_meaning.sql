-- A document whose reference is that of several orders (a name used twice, two channels on one business partner).
CREATE OR REPLACE TEMP TABLE unclear AS
SELECT object, doc_entry FROM matching.link WHERE rule = '{rule}'
GROUP BY object, doc_entry HAVING count(DISTINCT order_no) > 1;
INSERT INTO matching.ambiguous
SELECT x.channel, 'order', x.order_id, x.object, x.doc_entry, x.rule
FROM matching.order_document AS x
SEMI JOIN unclear AS u ON u.object = x.object AND u.doc_entry = x.doc_entry
WHERE x.rule = '{rule}';
DELETE FROM matching.link AS l USING unclear AS u
WHERE l.object = u.object AND l.doc_entry = u.doc_entry AND l.rule = '{rule}';
