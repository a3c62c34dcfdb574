-- plant: a large difference was accepted for good
-- victim
SELECT CONCAT(STRFTIME(CAST($now AS TIMESTAMP) - INTERVAL 14 MONTH, '%Y-%m'), ':', MIN(c.currency)) AS subject_id,
       4000.00 AS money_at_risk, 'over_limit' AS cause, MIN(c.currency) AS currency,
       STRFTIME(CAST($now AS TIMESTAMP) - INTERVAL 14 MONTH, '%Y-%m') AS period
FROM setting.channel AS c
WHERE $channel = 'b1'
HAVING COUNT(*) > 0
-- change
INSERT INTO fact.standing BY NAME
SELECT 'planted acceptance' AS finding_id, 'order_total_mismatch' AS check_id, 'orders' AS area, 'b1' AS channel,
       'accepted' AS state, $currency AS currency, 5000.00 AS money_at_risk, $period AS period, FALSE AS is_judged
-- change
INSERT INTO fact.acceptance BY NAME
SELECT 'planted acceptance' AS finding_id, CAST($now AS TIMESTAMP) AS accepted_at, 'somebody' AS accepted_by,
       'nobody asks' AS reason
