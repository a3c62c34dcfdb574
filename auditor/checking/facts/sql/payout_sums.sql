-- Each payout beside its lines, with the day by which it should be in the books (NULL while nobody says when it was
-- issued) and a posting that may be it.
CREATE OR REPLACE TABLE fact.payout_sum AS
WITH line AS (
    SELECT channel, payout_id,
           count(*) AS lines, sum(net) AS net,
           -- a line without its amounts proves nothing, so it is broken too
           count(*) FILTER (WHERE net IS DISTINCT FROM gross - coalesce(fee, 0) - coalesce(tax, 0) OR net IS NULL)
               AS broken_lines,
           coalesce(sum(abs(coalesce(net, 0) - (coalesce(gross, 0) - coalesce(fee, 0) - coalesce(tax, 0))))
                    FILTER (WHERE net IS DISTINCT FROM gross - coalesce(fee, 0) - coalesce(tax, 0)), 0) AS broken_sum
    FROM canonical.payout_line
    WHERE payout_id IS NOT NULL AND kind IS DISTINCT FROM 'transfer' AND is_test IS NOT TRUE
    GROUP BY channel, payout_id
), posted AS (
    -- what was entered and taken back again is no posting
    SELECT channel, payout_id, CASE WHEN is_reversed THEN 0 ELSE entries END AS postings, is_reversed
    FROM fact.payout_booking
), unposted AS (
    SELECT p.channel, p.payout_id, abs(p.net) AS amount, d.issued_on
    FROM canonical.payout AS p
    JOIN payout_day AS d ON d.channel = p.channel AND d.payout_id = p.payout_id
    ANTI JOIN posted AS x ON x.channel = p.channel AND x.payout_id = p.payout_id
    WHERE p.net <> 0
), entry AS (
    SELECT j.trans_id, j.reference_on, l.debit + l.credit AS amount
    FROM canonical.b1_journal_line AS l
    JOIN canonical.b1_journal AS j ON j.trans_id = l.trans_id
    WHERE l.debit + l.credit IN (SELECT amount FROM unposted)
      AND (j.source_type IS NULL OR j.source_type NOT IN ('ttARInvoice', 'ttARCredItnote', 'ttDelivery', 'ttReturn'))
      AND j.trans_id NOT IN (SELECT doc_entry FROM matching.payout_posting WHERE object = 'journal')
), candidate AS (
    SELECT DISTINCT u.channel, u.payout_id, e.trans_id
    FROM unposted AS u JOIN entry AS e
      ON e.amount = u.amount AND abs(date_diff('day', u.issued_on, e.reference_on)) <= 3
), suggestion AS (
    SELECT channel, payout_id, min(trans_id) AS trans_id FROM candidate
    WHERE trans_id IN (SELECT trans_id FROM candidate GROUP BY trans_id HAVING count(*) = 1)
    GROUP BY channel, payout_id HAVING count(*) = 1
)
SELECT p.channel, p.payout_id, p.status, p.kind, p.currency, p.issued_at, d.issued_on, d.due_at, p.net, p.trace_id,
       coalesce(l.lines, 0) AS lines, CAST(coalesce(l.net, 0) AS DECIMAL(19,6)) AS line_sum,
       coalesce(l.broken_lines, 0) AS broken_lines, CAST(coalesce(l.broken_sum, 0) AS DECIMAL(19,6)) AS broken_sum,
       coalesce(x.postings, 0) AS postings,
       coalesce(x.is_reversed, FALSE) AS is_reversed, s.trans_id AS suggested_trans_id
FROM canonical.payout AS p
LEFT JOIN payout_day AS d ON d.channel = p.channel AND d.payout_id = p.payout_id
LEFT JOIN line AS l ON l.channel = p.channel AND l.payout_id = p.payout_id
LEFT JOIN posted AS x ON x.channel = p.channel AND x.payout_id = p.payout_id
LEFT JOIN suggestion AS s ON s.channel = p.channel AND s.payout_id = p.payout_id;
