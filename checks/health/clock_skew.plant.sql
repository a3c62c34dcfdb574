-- plant: the system's clock fell five minutes behind
-- victim
SELECT 'clock' AS subject_id, 0 AS money_at_risk, 'clock_behind' AS cause
WHERE EXISTS (SELECT 1 FROM fact.call_statistic AS s
              WHERE s.system = $channel AND s.clock_difference_seconds IS NOT NULL
                AND s.quarter_at > CAST($now AS TIMESTAMP) - INTERVAL 2 HOUR)
-- change
UPDATE fact.call_statistic SET clock_difference_seconds = -300
WHERE system = $channel AND clock_difference_seconds IS NOT NULL
