SELECT c.channel, c.link_channel, CAST('{object}' AS matching.kind) AS object, d.doc_entry,
       matching.reference_key(d.reference, c.reference_prefix) AS reference_key
FROM canonical.b1_{object} AS d
JOIN own_channel AS c ON c.card_code = d.card_code
WHERE d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE
