-- plant: the journal entry of the payout was deleted
-- victim
SELECT p.payout_id AS subject_id, ABS(p.net) AS money_at_risk, p.payout_id, j.trans_id
FROM canonical.payout AS p
JOIN canonical.b1_journal AS j ON j.payout_id = p.payout_id OR j.reference = p.payout_id
WHERE p.channel = $channel AND p.status = 'paid' AND p.issued_at < $as_of - INTERVAL 7 DAY AND p.net <> 0
ORDER BY p.issued_at DESC, p.payout_id
-- change
DELETE FROM canonical.b1_journal WHERE payout_id = $payout_id OR reference = $payout_id
