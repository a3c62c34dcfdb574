-- Documents that name the order by its second reference, or by the platform's own id.
INSERT INTO matching.link
WITH wanted AS MATERIALIZED (
    SELECT d.channel, d.reference_key, d.object, d.doc_entry FROM matching.open_document AS d
    WHERE d.reference_key IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM matching.ambiguous AS a WHERE a.object = d.object AND a.doc_entry = d.doc_entry)
), known AS (
    SELECT o.channel, o.order_no, o.alternate_key AS other_key, 'alternate_reference' AS rule
    FROM matching.channel_order AS o WHERE o.alternate_key IS NOT NULL
    UNION ALL
    SELECT o.channel, o.order_no, matching.plain_reference(matching.tail(o.order_id)), 'order_id'
    FROM matching.channel_order AS o
)
SELECT k.order_no, w.object, w.doc_entry, k.rule, 'certain'
FROM known AS k
JOIN wanted AS w ON w.channel = k.channel AND w.reference_key = k.other_key
QUALIFY k.rule = min(k.rule) OVER (PARTITION BY w.object, w.doc_entry);
