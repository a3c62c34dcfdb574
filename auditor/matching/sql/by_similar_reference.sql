-- Documents whose reference is well formed and of no order: the order it may have been meant to name. One character
-- differs, the amount is the same. Two texts are that near only if they agree with one character left out of either, so
-- the shortened texts are joined instead of every text with every other.
INSERT INTO matching.nearest_order
WITH orphan AS MATERIALIZED (
    SELECT d.channel, d.doc_entry, d.reference_key, d.currency, d.total, d.doc_on
    FROM matching.open_document AS d
    WHERE d.object = '{object}' AND d.is_reference_valid AND NOT d.is_manual_series AND d.base_entry IS NULL
      AND length(d.reference_key) >= 4
      AND NOT EXISTS (SELECT 1 FROM matching.link AS x WHERE x.object = '{object}' AND x.doc_entry = d.doc_entry)
      AND NOT EXISTS (SELECT 1 FROM matching.manual_link AS m
                      WHERE m.object = '{object}' AND m.doc_entry = d.doc_entry)
), like_order AS MATERIALIZED (
    SELECT k.channel, k.order_id, k.order_no, k.reference_key, k.currency, k.total
    FROM matching.channel_order AS k
    SEMI JOIN orphan AS o ON o.channel = k.channel AND o.currency = k.currency AND o.total = k.total
    WHERE k.reference_key IS NOT NULL
), short_document AS (
    SELECT DISTINCT o.channel, o.doc_entry, o.currency, o.total,
           left(o.reference_key, CAST(n.place AS INTEGER) - 1)
           || substring(o.reference_key, CAST(n.place AS INTEGER) + 1) AS short
    FROM orphan AS o CROSS JOIN LATERAL unnest(range(1, length(o.reference_key) + 2)) AS n(place)
), short_order AS (
    SELECT DISTINCT k.channel, k.order_no, k.currency, k.total,
           left(k.reference_key, CAST(n.place AS INTEGER) - 1)
           || substring(k.reference_key, CAST(n.place AS INTEGER) + 1) AS short
    FROM like_order AS k CROSS JOIN LATERAL unnest(range(1, length(k.reference_key) + 2)) AS n(place)
), near AS (
    SELECT DISTINCT d.channel, d.doc_entry, k.order_no
    FROM short_document AS d
    JOIN short_order AS k
      ON k.channel = d.channel AND k.currency = d.currency AND k.total = d.total AND k.short = d.short
)
SELECT n.channel, '{object}', n.doc_entry, k.order_id, k.order_no,
       EXISTS (SELECT 1 FROM matching.link AS x
               WHERE x.order_no = n.order_no AND x.object IN ('order', 'invoice')) AS is_booked,
       count(*) OVER (PARTITION BY n.doc_entry) AS orders,
       abs(date_diff('day', o.doc_on,
                     CAST((s.placed_at AT TIME ZONE 'UTC') AT TIME ZONE c.timezone AS DATE))) AS days
FROM near AS n
JOIN orphan AS o ON o.channel = n.channel AND o.doc_entry = n.doc_entry
JOIN like_order AS k ON k.order_no = n.order_no
JOIN canonical.sales_order AS s ON s.order_no = k.order_no
JOIN setting.channel AS c ON c.channel = k.channel
WHERE levenshtein(o.reference_key, k.reference_key) <= 1;

-- An order that B1 has not booked otherwise, and no other order or document that fits as well: it is this one.
INSERT INTO matching.link
SELECT n.order_no, n.channel, '{object}', n.doc_entry, 'similar_reference', 'likely', 0 AS agreed_in
FROM matching.nearest_order AS n
WHERE n.object = '{object}' AND n.orders = 1 AND NOT n.is_booked AND n.days <= 3
  AND (SELECT count(*) FROM matching.nearest_order AS o WHERE o.object = n.object AND o.order_no = n.order_no) = 1
  AND NOT EXISTS (SELECT 1 FROM matching.manual_link AS m
                  WHERE m.order_no = n.order_no AND m.object = '{object}');
