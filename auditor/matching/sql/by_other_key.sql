-- Documents that name the order by its second reference, or by the platform's own id.
INSERT INTO matching.order_document
WITH wanted AS (
    SELECT DISTINCT channel, reference_key FROM matching.open_document
    WHERE object = '{object}' AND reference_key IS NOT NULL
), known AS (
    SELECT o.channel, o.order_id, o.order_no, o.alternate_key AS other_key, 'alternate_reference' AS rule, 1 AS rank
    FROM matching.channel_order AS o WHERE o.alternate_key IS NOT NULL
    UNION ALL
    SELECT o.channel, o.order_id, o.order_no, matching.plain_reference(matching.tail(o.order_id)), 'order_id', 2
    FROM matching.channel_order AS o
), candidate AS (
    SELECT d.doc_entry, k.channel, k.order_id, k.order_no, k.rule, k.rank
    FROM known AS k
    JOIN wanted AS w ON w.channel = k.channel AND w.reference_key = k.other_key
    JOIN matching.open_document AS d
      ON d.object = '{object}' AND d.channel = w.channel AND d.reference_key = w.reference_key
    WHERE NOT EXISTS (SELECT 1 FROM matching.ambiguous AS a
                      WHERE a.object = '{object}' AND a.doc_entry = d.doc_entry)
)
SELECT channel, order_id, order_no, '{object}', doc_entry, rule, 'certain'
FROM candidate
QUALIFY rank = min(rank) OVER (PARTITION BY doc_entry)
    AND row_number() OVER (PARTITION BY doc_entry, order_no ORDER BY rank) = 1;
