-- What people said outranks every rule: a link replaces what was found for the document, an unlink takes it away.
DELETE FROM matching.link AS l
USING matching.manual_link AS m
WHERE l.object = '{object}' AND m.object = l.object AND m.doc_entry = l.doc_entry
  AND (m.is_linked OR l.order_no = m.order_no);
INSERT INTO matching.link
SELECT o.order_no, o.channel, '{object}', m.doc_entry, 'manual', 'certain', 0 AS agreed_in
FROM matching.manual_link AS m
JOIN matching.channel_order AS o ON o.order_no = m.order_no
JOIN canonical.b1_{object} AS d ON d.doc_entry = m.doc_entry
WHERE m.object = '{object}' AND m.is_linked AND d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE;
DELETE FROM matching.ambiguous AS a
USING matching.manual_link AS m
WHERE a.subject = 'order' AND m.is_linked AND a.object = m.object AND a.doc_entry = m.doc_entry;
