-- plant: a movement of ten pounds is missing from the payout's lines
-- victim
SELECT p.payout_id AS subject_id, 10 AS money_at_risk, p.payout_id
FROM fact.payout_sum AS p
WHERE p.channel = $channel AND p.status = 'paid' AND p.net = p.line_sum AND p.broken_lines = 0 AND p.net <> 0
  -- a payout over the end of a period is left to payout_spans_period
  AND NOT EXISTS (SELECT 1 FROM fact.payout_period AS x WHERE x.channel = p.channel AND x.payout_id = p.payout_id)
ORDER BY p.issued_at DESC, p.payout_id
-- change
UPDATE canonical.payout SET net = net + 10 WHERE channel = $channel AND payout_id = $payout_id
