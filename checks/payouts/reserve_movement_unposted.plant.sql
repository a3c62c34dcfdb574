-- plant: what was withheld was left on the clearing account
-- victim
SELECT b.payout_id AS subject_id, ABS(b.expected_reserve) AS money_at_risk, 'on_clearing' AS cause, b.payout_id, b.first_entry AS trans_id,
       r.account AS reserve_account, k.account AS clearing_account
FROM fact.payout_booking AS b
JOIN setting.account AS r ON r.channel = b.channel AND r.role = 'reserve'
JOIN setting.account AS k ON k.channel = b.channel AND k.role = 'clearing'
WHERE b.channel = $channel AND b.status = 'paid' AND b.has_reserve AND b.entries = 1 AND b.object = 'journal'
  AND ABS(b.expected_reserve) > 1 AND b.posted_reserve = b.expected_reserve
  AND NOT EXISTS (SELECT 1 FROM fact.payout_period AS x WHERE x.channel = b.channel AND x.payout_id = b.payout_id)
ORDER BY b.issued_at, b.payout_id
-- change
UPDATE canonical.b1_journal_line SET account = $clearing_account WHERE trans_id = $trans_id AND account = $reserve_account
