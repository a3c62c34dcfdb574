-- plant: the provider gave money under a word that nobody has heard of
-- victim
SELECT 'GOODWILL_OF_THE_PROVIDER' AS subject_id, 12.34 AS money_at_risk, MIN(l.currency) AS currency
FROM canonical.payout_line AS l
WHERE l.channel = $channel AND l.source_type IS NOT NULL
HAVING COUNT(*) > 0
-- change
INSERT INTO canonical.payout_line (channel, line_id, kind, source_type, currency, gross, fee, tax, net, processed_at, is_test)
VALUES ($channel, 'goodwill', 'other', 'GOODWILL_OF_THE_PROVIDER', $currency, 12.34, 0, 0, 12.34,
        CAST($as_of AS TIMESTAMP) - INTERVAL 2 DAY, FALSE)
