SELECT c.link_channel, CAST('{object}' AS matching.kind) AS object, d.doc_entry,
       matching.reference_key(d.reference, c.reference_prefix) AS reference_key,
       CASE WHEN '{object}' IN ('order', 'invoice') AND coalesce(d.discount, 0) = 0 AND coalesce(d.rounding, 0) = 0
            THEN hash(d.currency, d.total, d.tax) END AS figures,
       CASE WHEN '{object}' IN ('order', 'invoice') THEN matching.month(d.doc_on) END AS month
FROM canonical.b1_{object} AS d
JOIN own_channel AS c ON c.card_code = d.card_code
WHERE d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE
