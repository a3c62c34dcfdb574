-- What people said outranks every rule: a link replaces what was found for the document, an unlink takes it away.
DELETE FROM matching.order_document AS x
USING matching.manual_link AS m
WHERE x.object = '{object}' AND m.object = x.object AND m.doc_entry = x.doc_entry
  AND (m.is_linked OR (m.channel = x.channel AND m.order_id = x.order_id));
INSERT INTO matching.order_document
SELECT o.channel, o.order_id, o.order_no, '{object}', m.doc_entry, 'manual', 'certain'
FROM matching.manual_link AS m
JOIN matching.channel_order AS o ON o.channel = m.channel AND o.order_id = m.order_id
JOIN canonical.b1_{object} AS d ON d.doc_entry = m.doc_entry
WHERE m.object = '{object}' AND m.is_linked AND d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE;
DELETE FROM matching.ambiguous AS a
USING matching.manual_link AS m
WHERE a.subject = 'order' AND m.is_linked AND a.object = m.object AND a.doc_entry = m.doc_entry;
