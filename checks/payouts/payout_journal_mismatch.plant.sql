-- plant: somebody typed ten pounds too many into the payout's journal entry
-- victim
SELECT p.payout_id AS subject_id, 10 AS money_at_risk, 'net_differs' AS cause, p.payout_id, b.first_entry AS trans_id,
       MIN(CASE WHEN a.role = 'bank' THEN l.line_id END) AS bank_line, MIN(CASE WHEN a.role = 'clearing' THEN l.line_id END) AS clearing_line
FROM fact.payout_sum AS p
JOIN fact.payout_booking AS b ON b.channel = p.channel AND b.payout_id = p.payout_id
JOIN canonical.b1_journal_line AS l ON l.trans_id = b.first_entry
JOIN setting.account AS a ON a.channel = p.channel AND a.account = l.account
WHERE p.channel = $channel AND p.status = 'paid' AND p.net > 0
  AND b.entries = 1 AND b.object = 'journal' AND b.posted_net = p.net AND b.posted_elsewhere = 0
  AND ((a.role = 'bank' AND l.debit > 0) OR (a.role = 'clearing' AND l.credit > 0))
  -- a payout over the end of a period is left to payout_spans_period
  AND NOT EXISTS (SELECT 1 FROM fact.payout_period AS x WHERE x.channel = p.channel AND x.payout_id = p.payout_id)
GROUP BY p.payout_id, p.issued_at, b.first_entry
HAVING COUNT(DISTINCT a.role) = 2
ORDER BY p.issued_at DESC, p.payout_id
-- change
UPDATE canonical.b1_journal_line SET debit = debit + 10 WHERE trans_id = $trans_id AND line_id = $bank_line
-- change
UPDATE canonical.b1_journal_line SET credit = credit + 10 WHERE trans_id = $trans_id AND line_id = $clearing_line
