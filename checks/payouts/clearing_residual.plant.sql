-- plant: the takings of a day were not booked
-- victim
SELECT d.account AS subject_id, ABS(d.settled) AS money_at_risk, d.account, d.day, d.settled
FROM fact.clearing_day AS d
WHERE d.channel = $channel AND d.taken = d.settled AND ABS(d.settled) > 5 AND NOT d.is_doubtful
ORDER BY d.day, d.account
-- change
UPDATE fact.clearing_day
SET taken = CASE WHEN day = $day THEN 0 ELSE settled END,  -- what is wrong with other days would be added to it
    settled = CASE WHEN day = $day THEN $settled ELSE settled END, is_doubtful = FALSE
WHERE channel = $channel AND account = $account
