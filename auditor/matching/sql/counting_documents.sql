SELECT '{channel}' AS channel, CAST('{object}' AS matching.kind) AS object, doc_entry,
       matching.reference_key(reference, '{prefix}') AS reference_key
FROM canonical.b1_{object}
WHERE card_code = '{card_code}' AND is_cancelled IS NOT TRUE AND is_cancellation IS NOT TRUE
