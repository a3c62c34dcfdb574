-- plant: the payout was posted again after a time-out
-- victim
SELECT p.payout_id AS subject_id, ABS(p.net) AS money_at_risk, 'posted_twice' AS cause, p.payout_id, b.first_entry AS trans_id
FROM fact.payout_sum AS p
JOIN fact.payout_booking AS b ON b.channel = p.channel AND b.payout_id = p.payout_id
WHERE p.channel = $channel AND p.status = 'paid' AND p.net <> 0
  AND b.entries = 1 AND b.object = 'journal' AND b.posted_net = p.net
  -- a payout over the end of a period is left to payout_spans_period
  AND NOT EXISTS (SELECT 1 FROM fact.payout_period AS x WHERE x.channel = p.channel AND x.payout_id = p.payout_id)
ORDER BY p.issued_at DESC, p.payout_id
-- change
INSERT INTO canonical.b1_journal SELECT * REPLACE (-trans_id AS trans_id) FROM canonical.b1_journal WHERE trans_id = $trans_id
-- change
INSERT INTO canonical.b1_journal_line SELECT * REPLACE (-trans_id AS trans_id) FROM canonical.b1_journal_line WHERE trans_id = $trans_id
