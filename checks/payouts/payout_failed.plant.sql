-- plant: the bank refused the transfer, and nothing was paid again
-- victim
SELECT p.payout_id AS subject_id, p.net AS money_at_risk, 'refused' AS cause, p.payout_id
FROM fact.payout_sum AS p
WHERE p.channel = $channel AND p.status = 'paid' AND p.net > 0 AND p.lines > 0
  AND NOT EXISTS (SELECT 1 FROM canonical.payout AS q
                  WHERE q.channel = p.channel AND q.payout_id <> p.payout_id AND (q.net = p.net OR q.other_gross = p.net))
  -- a payout over the end of a period is left to payout_spans_period
  AND NOT EXISTS (SELECT 1 FROM fact.payout_period AS x WHERE x.channel = p.channel AND x.payout_id = p.payout_id)
ORDER BY p.issued_at DESC, p.payout_id
-- change
UPDATE canonical.payout SET status = 'failed', source_status = 'FAILED' WHERE channel = $channel AND payout_id = $payout_id
