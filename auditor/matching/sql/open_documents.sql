-- Documents of one kind that no reference has linked, with the document they were made from.
INSERT INTO matching.open_document
WITH loose AS MATERIALIZED (
    SELECT doc_entry FROM open_entry WHERE object = '{object}'
), base AS (
    SELECT l.doc_entry,
           min(CASE l.base_type WHEN 17 THEN 'order' WHEN 15 THEN 'delivery' WHEN 13 THEN 'invoice'
                                WHEN 16 THEN 'return' WHEN 14 THEN 'credit_memo' END) AS base_object,
           min(l.base_entry) AS base_entry
    FROM canonical.b1_{object}_line AS l
    SEMI JOIN loose AS k ON k.doc_entry = l.doc_entry
    WHERE l.base_type IN (13, 14, 15, 16, 17)
    GROUP BY l.doc_entry
), judged AS (
    SELECT c.channel, d.doc_entry, d.doc_num, d.series, d.reference, d.currency, d.total, d.doc_on, d.created_at,
           d.updated_at, matching.reference_key(d.reference, c.reference_prefix) AS reference_key,
           coalesce(regexp_full_match(matching.reference_key(d.reference, c.reference_prefix), c.reference_pattern, 'i'),
                    FALSE)
           OR coalesce(regexp_full_match(trim(d.reference), c.reference_pattern, 'i'), FALSE) AS is_valid
    FROM canonical.b1_{object} AS d
    SEMI JOIN loose AS k ON k.doc_entry = d.doc_entry
    JOIN setting.channel AS c ON c.card_code = d.card_code
)
SELECT
    j.channel, '{object}', j.doc_entry, j.doc_num, j.series, j.reference, j.reference_key,
    bool_or(j.is_valid) OVER (PARTITION BY j.doc_entry),
    EXISTS (SELECT 1 FROM setting.manual_series AS m WHERE m.channel = j.channel AND m.series = j.series),
    row_number() OVER (PARTITION BY j.doc_entry ORDER BY j.channel) = 1,
    b.base_object, b.base_entry, NULL,
    j.currency, j.total, j.doc_on, j.created_at, j.updated_at
FROM judged AS j
LEFT JOIN base AS b ON b.doc_entry = j.doc_entry;
