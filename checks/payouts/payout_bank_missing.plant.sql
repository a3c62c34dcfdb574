-- plant: the bank never booked the transfer
-- victim
SELECT p.payout_id AS subject_id, ABS(p.net) AS money_at_risk, 'not_there' AS cause, p.payout_id, k.bank_account AS account,
       k.line_id AS bank_line_id
FROM fact.payout_sum AS p
JOIN fact.payout_bank AS k ON k.channel = p.channel AND k.payout_id = p.payout_id
WHERE p.channel = $channel AND p.status = 'paid' AND p.net <> 0 AND k.is_covered AND k.rule IN ('reference', 'amount') AND k.payouts = 1
  -- no other payout and no other line of this amount
  AND (SELECT COUNT(*) FROM canonical.bank_line AS l WHERE l.amount = p.net) = 1
  AND (SELECT COUNT(*) FROM canonical.payout AS q WHERE q.net = p.net) = 1
  -- a payout over the end of a period is left to payout_spans_period
  AND NOT EXISTS (SELECT 1 FROM fact.payout_period AS x WHERE x.channel = p.channel AND x.payout_id = p.payout_id)
ORDER BY p.issued_at, p.payout_id
-- change
DELETE FROM canonical.bank_line WHERE account = $account AND line_id = $bank_line_id
