-- Documents that carry the number and the amount of a channel's order, but stand on a business partner of no channel.
-- The amount and the days are asked for as well, because short numbers are also the order numbers of other customers.
CREATE OR REPLACE TEMP TABLE foreign_document AS
WITH document AS (
    SELECT CAST('order' AS matching.kind) AS object, doc_entry, doc_num, card_code, reference, total, currency, doc_on, updated_at
    FROM canonical.b1_order
    WHERE reference IS NOT NULL AND is_cancelled IS NOT TRUE AND is_cancellation IS NOT TRUE
      AND card_code NOT IN (SELECT card_code FROM setting.channel)
    UNION ALL
    SELECT 'invoice', doc_entry, doc_num, card_code, reference, total, currency, doc_on, updated_at
    FROM canonical.b1_invoice
    WHERE reference IS NOT NULL AND is_cancelled IS NOT TRUE AND is_cancellation IS NOT TRUE
      AND card_code NOT IN (SELECT card_code FROM setting.channel)
)
SELECT c.channel, matching.reference_key(d.reference, c.reference_prefix) AS reference_key, d.*
FROM document AS d CROSS JOIN setting.channel AS c;

CREATE OR REPLACE TABLE fact.other_partner_document AS
WITH found AS (
    SELECT o.channel, o.order_id, o.order_no, d.object, d.doc_entry, d.doc_num, d.card_code, d.total, d.currency,
           d.doc_on, d.updated_at,
           row_number() OVER (PARTITION BY o.order_no ORDER BY d.object, d.doc_entry) AS place
    FROM foreign_document AS d
    JOIN matching.channel_order AS o ON o.channel = d.channel AND o.reference_key = d.reference_key
    WHERE o.is_comparable AND d.currency = o.currency AND d.total = o.total
)
SELECT f.channel, f.order_id, f.order_no, f.object, f.doc_entry, f.doc_num, f.card_code, f.total, f.currency, f.doc_on, f.updated_at,
       k.order_no IS NOT NULL AS is_posted
FROM found AS f
LEFT JOIN matching.document_count AS k ON k.order_no = f.order_no
WHERE f.place = 1;
