-- plant: an order was invoiced that nobody ever paid
-- Planted on the fact, in a month of its own: what other plants leave unexplained would be added to it.
-- victim
SELECT CONCAT(STRFTIME(m.first_at, '%Y-%m'), ':', c.currency) AS subject_id, 1000.00 AS money_at_risk, c.currency,
       CAST(STRFTIME(m.first_at, '%Y%m') AS INTEGER) AS period, m.first_at + INTERVAL 1 MONTH AS ended_at
FROM setting.channel AS c
CROSS JOIN (SELECT DATE_TRUNC('month', CAST($as_of AS TIMESTAMP)) - INTERVAL 15 MONTH AS first_at) AS m
WHERE c.channel = $channel
  AND NOT EXISTS (SELECT 1 FROM fact.tieout_figure AS f
                  WHERE f.channel = c.channel AND f.period = CAST(STRFTIME(m.first_at, '%Y%m') AS INTEGER))
-- change
INSERT INTO fact.tieout_figure BY NAME
SELECT $channel AS channel, $period AS period, $currency AS currency, 0 AS channel_net, 0 AS channel_tax, 5000.00 AS b1_net,
       1000.00 AS b1_tax, CAST($ended_at AS TIMESTAMP) AS ended_at, FALSE AS is_first
-- change
INSERT INTO fact.tieout_difference BY NAME
SELECT $channel AS channel, $period AS period, $currency AS currency, 'NEVERPAID2' AS order_id, '#NEVERPAID2' AS order_ref,
       5000.00 AS net, 1000.00 AS tax, 0 AS kept, FALSE AS is_waiting, FALSE AS is_uninvoiced, FALSE AS is_reasoned,
       FALSE AS is_tax_judged
-- change
INSERT INTO fact.bridge_item BY NAME
SELECT $channel AS channel, $period AS period, $currency AS currency, 'booked_not_sold' AS step, 'NEVERPAID2' AS order_id,
       6000.00 AS amount
