-- plant: an invoice that somebody typed months ago still waits for its approval
-- victim
SELECT CONCAT(m.period, ':', c.currency) AS subject_id, 43210.98 AS money_at_risk, m.day, c.currency, c.card_code,
       990000000 + c.place AS doc_entry
FROM (SELECT c.channel, c.currency, c.card_code, ROW_NUMBER() OVER (ORDER BY c.channel) AS place FROM setting.channel AS c) AS c
CROSS JOIN (
    -- a month about which nothing is said yet, and which is not locked
    SELECT CAST(DATE_TRUNC('month', CAST($as_of AS TIMESTAMP)) - n.months * INTERVAL 1 MONTH + INTERVAL 14 DAY AS DATE) AS day,
           STRFTIME(DATE_TRUNC('month', CAST($as_of AS TIMESTAMP)) - n.months * INTERVAL 1 MONTH, '%Y-%m') AS period
    FROM (SELECT UNNEST([11, 10, 9, 8, 7, 6, 5, 4]) AS months) AS n
) AS m
WHERE c.channel = $channel
  AND NOT EXISTS (SELECT 1 FROM fact.unposted_document AS u WHERE u.channel = c.channel AND u.period = m.period)
  AND NOT EXISTS (SELECT 1 FROM canonical.b1_period AS p WHERE m.day BETWEEN p.from_on AND p.to_on AND p.status = 'locked')
  -- where channels share a business partner, only one of them is told
  AND NOT EXISTS (SELECT 1 FROM setting.channel AS o WHERE o.card_code = c.card_code AND o.channel < c.channel)
ORDER BY m.day
-- change
INSERT INTO canonical.b1_draft BY NAME
SELECT $doc_entry AS doc_entry, $doc_entry AS doc_num, $card_code AS card_code, 'by hand' AS reference, 'open' AS status,
       'pending' AS authorization_status, FALSE AS is_cancelled, FALSE AS is_cancellation, $day AS doc_on,
       $currency AS currency, 43210.98 AS total, 7201.83 AS tax, '13' AS object_code,
       CAST($day AS TIMESTAMP) AS created_at, CAST($day AS TIMESTAMP) AS updated_at
