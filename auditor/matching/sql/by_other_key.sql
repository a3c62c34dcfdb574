-- Documents that name the order by its second reference, by its number without the zeros in front of it (which people
-- leave out and Magento does not), or by the platform's own id. Magento's own ids are numbers like those of its orders,
-- but of others: they name nothing.
INSERT INTO matching.link
WITH wanted AS MATERIALIZED (
    SELECT d.channel, d.reference_key, d.object, d.doc_entry, c.kind
    FROM matching.open_document AS d JOIN setting.channel AS c ON c.channel = d.channel
    WHERE d.reference_key IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM matching.ambiguous AS a WHERE a.object = d.object AND a.doc_entry = d.doc_entry)
), asked AS (
    SELECT channel, reference_key AS other_key, FALSE AS is_bare, object, doc_entry FROM wanted
    UNION ALL
    SELECT channel, ltrim(reference_key, '0'), TRUE, object, doc_entry FROM wanted WHERE kind = 'magento'
), known AS (
    SELECT o.channel, o.order_no, o.alternate_key AS other_key, FALSE AS is_bare, 'alternate_reference' AS rule
    FROM matching.channel_order AS o WHERE o.alternate_key IS NOT NULL
    UNION ALL
    SELECT o.channel, o.order_no, ltrim(o.reference_key, '0'), TRUE, 'leading_zeros'
    FROM matching.channel_order AS o JOIN setting.channel AS c ON c.channel = o.channel AND c.kind = 'magento'
    UNION ALL
    SELECT o.channel, o.order_no, matching.plain_reference(matching.tail(o.order_id)), FALSE, 'order_id'
    FROM matching.channel_order AS o JOIN setting.channel AS c ON c.channel = o.channel AND c.kind <> 'magento'
)
SELECT k.order_no, k.channel, a.object, a.doc_entry, k.rule, 'certain', 0 AS agreed_in
FROM known AS k
JOIN asked AS a ON a.channel = k.channel AND a.other_key = k.other_key AND a.is_bare = k.is_bare
QUALIFY k.rule = min(k.rule) OVER (PARTITION BY a.object, a.doc_entry);
