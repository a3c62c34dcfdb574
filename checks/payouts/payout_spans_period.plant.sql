-- plant: the part of the earlier period was booked on the day of the later one
-- victim
SELECT x.payout_id AS subject_id, ABS(x.earlier_net) AS money_at_risk, x.payout_id, MIN(e.doc_entry) AS trans_id, MAX(e.posted_on) AS later_on
FROM fact.payout_period AS x
JOIN canonical.payout AS p ON p.channel = x.channel AND p.payout_id = x.payout_id AND p.status = 'paid'
JOIN fact.payout_entry AS e ON e.channel = x.channel AND e.payout_id = x.payout_id AND e.object = 'journal'
WHERE x.channel = $channel AND x.is_split AND x.entries = 2 AND ABS(x.earlier_net) >= 1
GROUP BY x.payout_id, x.earlier_net, p.issued_at
HAVING COUNT(*) = 2 AND MAX(e.posted_on) > MIN(e.posted_on)
ORDER BY p.issued_at, x.payout_id
-- change
UPDATE canonical.b1_journal SET reference_on = $later_on
WHERE trans_id IN (SELECT j.trans_id FROM canonical.b1_journal AS j
                   WHERE j.payout_id = (SELECT k.payout_id FROM canonical.b1_journal AS k WHERE k.trans_id = $trans_id)
                      OR j.trans_id = $trans_id)

-- plant: the payout took up a movement of the month before and was booked in one piece
-- victim
SELECT p.payout_id AS subject_id, ABS(l.net) AS money_at_risk, p.payout_id, l.line_id,
       CAST(COALESCE(c.from_on, CAST(DATE_TRUNC('month', b.first_on) AS DATE)) AS TIMESTAMP) - INTERVAL 9 HOUR AS moved_at
FROM fact.payout_sum AS p
JOIN fact.payout_booking AS b ON b.channel = p.channel AND b.payout_id = p.payout_id AND b.entries = 1
LEFT JOIN canonical.b1_period AS c ON b.first_on BETWEEN c.from_on AND c.to_on
JOIN canonical.payout_line AS l
  ON l.channel = p.channel AND l.payout_id = p.payout_id AND l.kind = 'charge' AND l.net >= 1 AND l.is_test IS NOT TRUE
WHERE p.channel = $channel AND p.status = 'paid' AND p.lines > 1
  AND NOT EXISTS (SELECT 1 FROM fact.payout_period AS x WHERE x.channel = p.channel AND x.payout_id = p.payout_id)
  -- all of it is of the period in which it was booked
  AND (SELECT MIN(q.processed_at) FROM canonical.payout_line AS q
       WHERE q.channel = p.channel AND q.payout_id = p.payout_id AND q.kind IS DISTINCT FROM 'transfer')
      > CAST(COALESCE(c.from_on, CAST(DATE_TRUNC('month', b.first_on) AS DATE)) AS TIMESTAMP) + INTERVAL 1 DAY
  -- and the day before that is one of which the provider tells
  AND (SELECT MIN(q.processed_at) FROM canonical.payout_line AS q WHERE q.channel = p.channel)
      < CAST(COALESCE(c.from_on, CAST(DATE_TRUNC('month', b.first_on) AS DATE)) AS TIMESTAMP) - INTERVAL 2 DAY
ORDER BY p.issued_at, p.payout_id, l.line_id
-- change
UPDATE canonical.payout_line SET processed_at = $moved_at WHERE channel = $channel AND line_id = $line_id
