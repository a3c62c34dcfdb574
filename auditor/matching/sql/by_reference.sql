-- Documents of one kind whose reference is that of an order.
INSERT INTO matching.order_document
SELECT o.channel, o.order_id, o.order_no, '{object}', d.doc_entry, 'reference', 'certain'
FROM canonical.b1_{object} AS d
JOIN setting.channel AS c ON c.card_code = d.card_code
JOIN matching.channel_order AS o
  ON o.channel = c.channel AND o.reference_key = matching.reference_key(d.reference, c.reference_prefix)
WHERE d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE;
