-- plant: the takings of a day were not booked
-- victim
WITH day AS (
    SELECT d.account, d.day, d.taken, d.settled, d.is_doubtful, NOT d.is_doubtful AND ABS(d.taken - d.settled) > 1 AS is_odd
    FROM fact.clearing_day AS d WHERE d.channel = $channel
), known AS (
    SELECT d.account, SUM(CASE WHEN d.is_odd THEN d.taken - d.settled ELSE 0 END) AS gap, ARRAY_AGG(d.day) FILTER (WHERE d.is_odd) AS odd
    FROM day AS d GROUP BY d.account
)
SELECT d.account AS subject_id, ABS(k.gap - d.settled) AS money_at_risk, d.account, d.day, COALESCE(k.odd, []) AS odd
FROM day AS d JOIN known AS k ON k.account = d.account
WHERE d.taken = d.settled AND ABS(d.settled) > 5 AND NOT d.is_doubtful AND ABS(k.gap - d.settled) > 5
ORDER BY d.day DESC, d.account
-- change
UPDATE fact.clearing_day SET taken = CASE WHEN day = $day THEN 0 WHEN LIST_CONTAINS($odd, day) THEN taken ELSE settled END,
       is_doubtful = FALSE
WHERE channel = $channel AND account = $account
