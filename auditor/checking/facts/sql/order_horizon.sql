-- Where the known orders of each channel begin: what is older was archived, or is older than what was read first.
-- The digits in the middle of a reference count up; what stands around them says whose order it is.
CREATE OR REPLACE MACRO fact.order_number(reference_key) AS TRY_CAST(regexp_extract(reference_key, '[0-9]{3,}') AS HUGEINT);

CREATE OR REPLACE TABLE fact.order_horizon AS
WITH first AS (
    SELECT o.channel, min(o.placed_at) AS first_placed_at, arg_min(o.order_ref, o.placed_at) AS order_ref
    FROM canonical.sales_order AS o GROUP BY o.channel
)
SELECT f.channel, f.first_placed_at,
       fact.order_number(matching.reference_key(f.order_ref, c.reference_prefix)) AS first_number
FROM first AS f JOIN setting.channel AS c ON c.channel = f.channel;

-- Documents that stand on a channel's business partner with the number of an order that the channel does not know.
CREATE OR REPLACE TABLE fact.order_orphan AS
WITH near AS (
    SELECT n.object, n.doc_entry, min(n.order_id) AS order_id,
           arg_min(n.order_no, n.order_id) AS order_no, bool_or(n.is_booked) AS is_booked
    FROM matching.nearest_order AS n WHERE n.orders = 1 GROUP BY n.object, n.doc_entry
), linked AS (
    SELECT x.object, x.doc_entry, min(x.order_id) AS order_id, min(x.order_no) AS order_no, min(x.rule) AS rule
    FROM matching.order_document AS x
    SEMI JOIN matching.open_document AS d ON d.object = x.object AND d.doc_entry = x.doc_entry
    GROUP BY x.object, x.doc_entry HAVING min(x.order_no) = max(x.order_no)
)
SELECT d.channel, d.object, d.doc_entry, d.doc_num, d.reference, d.currency, d.total, d.doc_on, d.created_at,
       d.updated_at,
       coalesce(l.order_id, n.order_id) AS order_id, coalesce(l.order_no, n.order_no) AS order_no,
       CASE WHEN l.rule IN ('similar_reference', 'amount_and_lines') THEN 'reference_typo'
            WHEN l.rule = 'base_document' THEN 'other_than_its_base'
            WHEN n.is_booked THEN 'booked_again'
            WHEN n.order_id IS NOT NULL THEN 'reference_typo'
            ELSE 'unknown_order' END AS cause,
       h.first_placed_at,
       coalesce(fact.order_number(d.reference_key) < h.first_number, FALSE) AS is_below_first_number
FROM matching.open_document AS d
JOIN fact.order_horizon AS h ON h.channel = d.channel
LEFT JOIN linked AS l ON l.object = d.object AND l.doc_entry = d.doc_entry
LEFT JOIN near AS n ON n.object = d.object AND n.doc_entry = d.doc_entry
WHERE d.object IN ('order', 'delivery', 'invoice')
  AND d.is_reference_valid AND NOT d.is_manual_series AND d.is_reported
  -- whoever found its order by its second reference, its id or by hand knows it
  AND coalesce(l.rule IN ('similar_reference', 'amount_and_lines', 'base_document'), TRUE)
  -- reported where the wrong number was written: not again on what was drawn from that document
  AND NOT EXISTS (SELECT 1 FROM matching.open_document AS b
                  WHERE b.object = d.base_object AND b.doc_entry = d.base_entry)
  AND NOT EXISTS (SELECT 1 FROM matching.ambiguous AS a WHERE a.object = d.object AND a.doc_entry = d.doc_entry);
