-- What was kept in each payout beside what the contract in maps/fees.csv says, per type of fee, tax on the fee left out.
-- A type is the provider's own word for a fee that is a line of its own (COMMISSION_FEE), or the kind of the lines that
-- the fee was taken from (charge, refund, dispute). `percent` is of what was sold: for a line of its own, of the sales
-- of the same orders in the same payout.
CREATE OR REPLACE TABLE fact.payout_fee AS
WITH line AS (
    SELECT channel, payout_id, kind, source_type, currency, coalesce(order_id, order_ref) AS order_key,
           coalesce(gross, 0) AS gross, coalesce(fee, 0) AS fee
    FROM canonical.payout_line
    WHERE payout_id IS NOT NULL AND kind IS DISTINCT FROM 'transfer' AND is_test IS NOT TRUE
      AND channel IN (SELECT channel FROM setting.fee_map)
), sold AS (
    SELECT channel, payout_id, order_key, sum(gross) AS gross FROM line
    WHERE kind = 'charge' AND order_key IS NOT NULL GROUP BY channel, payout_id, order_key
), apart AS (
    SELECT l.channel, l.payout_id, l.currency, f.fee_type, f.percent, f.fixed, f.account, l.order_key, sum(l.fee) AS fee
    FROM line AS l
    JOIN setting.fee_map AS f ON f.channel = l.channel AND upper(f.fee_type) = upper(l.source_type)
    WHERE l.kind = 'fee'
    GROUP BY l.channel, l.payout_id, l.currency, f.fee_type, f.percent, f.fixed, f.account, l.order_key
), charged AS (
    SELECT a.channel, a.payout_id, a.currency, a.fee_type, a.percent, a.fixed, a.account, a.fee AS actual,
           coalesce(s.gross, 0) AS base
    FROM apart AS a
    LEFT JOIN sold AS s ON s.channel = a.channel AND s.payout_id = a.payout_id AND s.order_key = a.order_key
    UNION ALL
    SELECT l.channel, l.payout_id, l.currency, f.fee_type, f.percent, f.fixed, f.account, l.fee, abs(l.gross)
    FROM line AS l
    JOIN setting.fee_map AS f ON f.channel = l.channel AND f.fee_type = l.kind
    WHERE l.kind <> 'fee'
)
SELECT channel, payout_id, currency, fee_type, percent, fixed, account, count(*) AS items,
       CAST(sum(base) AS DECIMAL(19,6)) AS base, CAST(sum(actual) AS DECIMAL(19,6)) AS actual,
       CAST(round(sum(base) * percent * 0.01 + fixed * count(*), 2) AS DECIMAL(19,6)) AS contract
FROM charged
GROUP BY channel, payout_id, currency, fee_type, percent, fixed, account;
