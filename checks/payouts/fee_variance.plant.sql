-- plant: the provider kept far more on one movement than the contract says
-- victim
WITH kept AS (
    SELECT f.payout_id, f.fee_type, f.actual, f.contract, 5 + ROUND(f.contract * 0.02, 2) AS more
    FROM fact.payout_fee AS f WHERE f.channel = $channel AND ABS(f.actual - f.contract) <= 1
)
SELECT CONCAT(p.payout_id, ':', k.fee_type) AS subject_id, k.actual + k.more - k.contract AS money_at_risk, p.payout_id, k.more,
       MIN(l.line_id) AS line_id
FROM fact.payout_sum AS p
JOIN kept AS k ON k.payout_id = p.payout_id
JOIN canonical.payout_line AS l
  ON l.channel = p.channel AND l.payout_id = p.payout_id AND l.is_test IS NOT TRUE AND l.fee > 0
 AND ((l.kind = 'fee' AND UPPER(l.source_type) = UPPER(k.fee_type)) OR (l.kind <> 'fee' AND l.kind = k.fee_type))
WHERE p.channel = $channel AND p.status = 'paid' AND p.net > 20
  -- a payout over the end of a period is left to payout_spans_period
  AND NOT EXISTS (SELECT 1 FROM fact.payout_period AS x WHERE x.channel = p.channel AND x.payout_id = p.payout_id)
GROUP BY p.payout_id, p.issued_at, k.fee_type, k.actual, k.contract, k.more
ORDER BY p.issued_at, p.payout_id, k.fee_type
-- change
UPDATE canonical.payout_line SET fee = fee + $more, net = net - $more WHERE channel = $channel AND line_id = $line_id
-- change
UPDATE canonical.payout SET net = net - $more WHERE channel = $channel AND payout_id = $payout_id
