-- A document whose reference is that of several orders (a name used twice, two channels on one business partner).
INSERT INTO matching.ambiguous
SELECT x.channel, 'order', x.order_id, x.object, x.doc_entry, x.rule
FROM matching.order_document AS x
WHERE x.object = '{object}' AND x.rule = '{rule}' AND x.doc_entry IN (
    SELECT doc_entry FROM matching.order_document WHERE object = '{object}' AND rule = '{rule}'
    GROUP BY doc_entry HAVING count(DISTINCT order_no) > 1
);
DELETE FROM matching.order_document AS x
USING matching.ambiguous AS a
WHERE a.object = x.object AND a.doc_entry = x.doc_entry AND x.object = '{object}' AND x.rule = '{rule}'
  AND a.rule = x.rule AND a.channel = x.channel AND a.subject_id = x.order_id;
